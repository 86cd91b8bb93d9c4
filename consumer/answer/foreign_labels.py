"""Whether the model speaks of the taxonomy's categories. Pure, but for what it tells.

A model whose labels are all unknown is a model for another taxonomy: the keyword rules, which belong to ours, must not
answer in its place.
"""

from collections.abc import Callable, Sequence
from enum import Enum, auto
from typing import NamedTuple

import structlog

from consumer.answer.taxonomy import Taxonomy
from consumer.model.types import Label

log = structlog.get_logger()

# So many replies in a row without one known label are no accident.
ENOUGH = 20
SHORTEST_PAUSE_S = 1.0
MAX_NAMED = 5
MAX_NAME_CHARS = 40


class Fit(Enum):
    """What the labels of one reply say: one is known, or none is: by exception, by rule, or that is not decided yet."""

    KNOWN = auto()
    EXCEPTION = auto()
    UNDECIDED = auto()
    FOREIGN = auto()


class Speech(NamedTuple):
    """The model began or ceased to speak of categories outside the taxonomy.

    Attributes:
        foreign: whether it does.
        replies: how many replies this rests on; 0 when no ticket waits any more, and nothing is known.
        labels: some of the unknown categories, printable and short.
        model: name and version of the model, if it gave one.
        taxonomy: the taxonomy's version.
    """

    foreign: bool
    replies: int
    labels: tuple[str, ...]
    model: str | None
    taxonomy: str


class ForeignLabels:
    """Counts replies in a row without one label that the taxonomy knows. Not thread-safe.

    Renamed and retired labels are known. A model that has named a known category is believed to speak of ours, until
    `ENOUGH` replies in a row say otherwise. Of another model, by its name, nothing is known before that.

    Args:
        taxonomy: whose categories are known.
        told: is called at each change; never waits.
        probe_every_s: the pause between two probes.

    Attributes:
        foreign: whether the last `ENOUGH` replies and more hold no known label.
    """

    def __init__(
        self, taxonomy: Taxonomy, told: Callable[[Speech], None] = lambda _: None, *, probe_every_s: float = 30.0
    ) -> None:
        self.foreign = False
        self._taxonomy = taxonomy
        self._told = told
        self._pause_s = max(probe_every_s, SHORTEST_PAUSE_S)
        self._next_probe_s = 0.0
        self._in_a_row = 0
        self._unknown: dict[str, None] = {}
        self._speaks_ours = False
        self._model: str | None = None

    def judge(self, model: str | None, labels: Sequence[Label], now: float) -> Fit:
        """Count the labels of one reply; `now` in monotonic seconds."""
        knows = self._taxonomy.knows
        for label in labels:
            if knows(label.category):
                self._model, self._speaks_ours, self._in_a_row = model, True, 0
                self._change(foreign=False, replies=1)
                return Fit.KNOWN
        return self._unknown_reply(model, labels, now)

    def may_probe(self, now: float) -> bool:
        """Whether some tickets may be asked about again; the next time is a pause later."""
        if now < self._next_probe_s:
            return False
        self._next_probe_s = now + self._pause_s
        return True

    def forget(self) -> None:
        """No ticket waits: what the model speaks of is not known any more."""
        self._in_a_row, self._speaks_ours = 0, False
        self._change(foreign=False, replies=0)

    def _unknown_reply(self, model: str | None, labels: Sequence[Label], now: float) -> Fit:
        if not self._in_a_row:
            self._unknown.clear()
        self._in_a_row += 1
        if labels and not self.foreign and len(self._unknown) < MAX_NAMED:
            self._unknown[printable(labels[0].category)] = None
        if self._in_a_row >= ENOUGH:
            if not self.foreign:
                self._model, self._speaks_ours = model, False
                self._next_probe_s = now + self._pause_s
            self._change(foreign=True, replies=self._in_a_row)
            return Fit.FOREIGN
        return Fit.EXCEPTION if self._speaks_ours and model == self._model else Fit.UNDECIDED

    def _change(self, *, foreign: bool, replies: int) -> None:
        if foreign is self.foreign:
            return
        self.foreign = foreign
        self._told(Speech(foreign, replies, tuple(self._unknown), self._model, self._taxonomy.version))


def printable(name: str) -> str:
    """A name that the model made up, fit for a log line: short, and without control characters."""
    cut = name if len(name) <= MAX_NAME_CHARS else f"{name[: MAX_NAME_CHARS - 1]}…"
    return "".join(sign if sign.isprintable() else "�" for sign in cut)


def sentence(labels: str) -> str:
    """What is wrong and the mend, for people."""
    return (
        f"the model names only categories that the taxonomy does not know ({labels}); "
        "set TAXONOMY_FILE to the taxonomy of this model, or ML_API_URL to a model of this taxonomy"
    )


def log_speech(speech: Speech) -> None:
    """One log event when the labels become foreign, and one when they fit again."""
    if speech.foreign:
        log.error(
            "labels.foreign",
            setting="TAXONOMY_FILE",
            detail=sentence(", ".join(speech.labels)),
            labels=list(speech.labels),
            model=None if speech.model is None else printable(speech.model),
            taxonomy=speech.taxonomy,
            replies=speech.replies,
        )
    else:
        log.info("labels.known" if speech.replies else "labels.forgotten", taxonomy=speech.taxonomy)
