"""The answers of champion, challenger and best model ever to the gate's tickets."""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, Protocol

from classifier.model import Model
from classifier.model_folder import ModelFolder
from classifier.storage import ModelError
from learning.gate import Pair

MOST_EARLIER = 10
"""So many earlier champions are asked, the latest first; each takes as long as the challenger."""

Translate = Callable[[str, str | None], tuple[str, str | None] | None]
"""Labels of any time to those in use; None where there is none. `Taxonomy.translate` is one."""


class AuditedTicket(Protocol):
    """A ticket that was drawn at random and judged: a `learning.choosing.Row` of the gate."""

    @property
    def event_id(self) -> str: ...
    @property
    def subject(self) -> str: ...
    @property
    def description(self) -> str: ...
    @property
    def category(self) -> str: ...


class Trial(NamedTuple):
    """What the gate judges.

    Attributes:
        champion: version of the champion.
        challenger: version of the challenger.
        best_version: the earlier champion that answers best, if it is better than the champion; else None.
        pairs: champion and challenger.
        best: best and challenger; None where the champion is the best.
        event_ids: of the judged answers, in the order of the pairs.
        left_out: tickets that one of the models was trained on.
        since_last: how many of the tickets no gate has seen.
    """

    champion: str
    challenger: str
    best_version: str | None
    pairs: tuple[Pair, ...]
    best: tuple[Pair, ...] | None
    event_ids: tuple[str, ...]
    left_out: int
    since_last: int


def trial(folder: ModelFolder, challenger: str, tickets: Iterable[AuditedTicket], translate: Translate) -> Trial:
    """Let champion, challenger and earlier champions answer audited tickets that none of them was trained on.

    Args:
        folder: has both, and a champion.
        challenger: its version.
        tickets: their categories are labels in use.
        translate: what models answer to labels in use; models of an earlier taxonomy have its labels.

    Raises:
        ModelError: there is no champion, or one of the two cannot be loaded.
    """
    champion = folder.champion()
    if champion is None:
        raise ModelError(f"{folder.folder} has no champion to compare {challenger} with")
    earlier = earlier_champions(folder, but={champion, challenger})
    known = frozenset[str]().union(*(folder.trained_on(version) for version in (champion, challenger, *earlier)))
    given = list(tickets)
    kept = [ticket for ticket in given if ticket.event_id not in known]
    standing = right(folder.load(champion), kept, translate)
    new = right(folder.load(challenger), kept, translate)
    best_version, best = _best(folder, earlier, kept, translate)
    better = sum(best) > sum(standing)
    seen = folder.gate_tickets()
    return Trial(
        champion=champion,
        challenger=challenger,
        best_version=best_version if better else None,
        pairs=paired(standing, new, kept),
        best=paired(best, new, kept) if better else None,
        event_ids=tuple(ticket.event_id for ticket in kept),
        left_out=len(given) - len(kept),
        since_last=sum(ticket.event_id not in seen for ticket in kept),
    )


def right(model: Model, tickets: Sequence[AuditedTicket], translate: Translate) -> list[bool]:
    """Whether the model gives each ticket the category that people gave."""
    answers = model.predict([(ticket.subject, ticket.description) for ticket in tickets], top_k=1)
    return [
        _in_use(answer[0].category, answer[0].subcategory, translate) == ticket.category
        for ticket, answer in zip(tickets, answers, strict=True)
    ]


def paired(standing: Sequence[bool], new: Sequence[bool], tickets: Sequence[AuditedTicket]) -> tuple[Pair, ...]:
    """The pairs of two models' answers to the same tickets."""
    answers = zip(standing, new, tickets, strict=True)
    return tuple(Pair(before, after, ticket.category) for before, after, ticket in answers)


def earlier_champions(folder: ModelFolder, but: Iterable[str]) -> list[str]:
    """The versions that were champions, the latest first."""
    promoted = [event.version for event in folder.history() if event.event in {"promoted", "rolled_back"}]
    there = {version.name for version in folder.versions()} - set(but)
    return [version for version in dict.fromkeys(reversed(promoted)) if version in there][:MOST_EARLIER]


def _best(
    folder: ModelFolder, earlier: Sequence[str], tickets: Sequence[AuditedTicket], translate: Translate
) -> tuple[str | None, list[bool]]:
    best_version, best = None, list[bool]()
    for version in earlier:
        try:
            answered = right(folder.load(version), tickets, translate)
        except ModelError:
            # A damaged one can be nobody's measure.
            continue
        if best_version is None or sum(answered) > sum(best):
            best_version, best = version, answered
    return best_version, best


def _in_use(category: str, subcategory: str | None, translate: Translate) -> str | None:
    found = translate(category, subcategory)
    return found[0] if found else None
