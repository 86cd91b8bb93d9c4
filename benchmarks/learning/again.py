"""One stream: the champion of a tenth of the tickets, and the models that are trained again on what people said."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from benchmarks.learning.choice import Choice, part
from benchmarks.learning.fitting import Fitted, Rights, fitted, packed, unpacked
from benchmarks.learning.packs import Pack, Part
from benchmarks.learning.stream import Answered, Judgement, Kind, Turner, drawn_label, judged, stream
from classifier.model import Label
from learning.choosing import Chosen

SLY_SHARE = 0.2
EARLY_SHARE = 1 / 3


class Line(NamedTuple):
    """One model of one stream, asked about the tickets that no model is trained on.

    Attributes:
        pack: The name of the set.
        seed: Of the stream.
        model: Which one.
        rows: How many rows it was trained on.
        left_out: How many judgements were left out for the person who gave them.
        tickets: How many tickets it answered.
        label: Whether each answer is right, packed.
        category: Whether the category of each answer is right, packed.
        turned: Whether each answer has the category to which the stream's turner turns, packed.
        took_s: Processor seconds of fitting and answering.
    """

    pack: str
    seed: int
    model: str
    rows: int
    left_out: int
    tickets: int
    label: str
    category: str
    turned: str
    took_s: float

    @property
    def rights(self) -> Rights:
        """Whether each answer is right."""
        return Rights(unpacked(self.label, self.tickets), unpacked(self.category, self.tickets))


class Told(NamedTuple):
    """A stream that was answered and judged: by everybody rightly, and with three kinds of a person who does harm.

    Attributes:
        answered: What the champion said.
        clean: What people say.
        turned: One person turns everything that they touch.
        hidden: The same, under another name each time.
        sly: The same person turns a fifth of it, and judges the rest rightly.
    """

    answered: list[Answered]
    clean: list[Judgement]
    turned: list[Judgement]
    hidden: list[Judgement]
    sly: list[Judgement]


def told(pack: Pack, seed: int, places: Sequence[int], champion: Fitted) -> Told:
    """The champion answers the tickets, and people judge."""
    arriving = pack.arriving.picked(places)
    answers = champion.answers(arriving.texts)
    answered = [Answered(*one) for one in zip(places, answers, arriving.labels, strict=True)]
    turner = Turner(turned_to(pack, seed))
    turned = judged(answered, seed, turner=turner)
    return Told(
        answered,
        clean=judged(answered, seed),
        turned=turned,
        hidden=[one._replace(by=f"{one.by} {one.ticket}") if one.by == turner.by else one for one in turned],
        sly=judged(answered, seed, turner=turner._replace(turned=SLY_SHARE)),
    )


def turned_to(pack: Pack, seed: int) -> Label:
    """The label to which the turner of the stream turns."""
    return drawn_label(pack.bench.labels, seed)


def _kinds(said: Told, *kinds: Kind) -> list[Judgement]:
    return [one for one in said.clean if one.kind in kinds]


MODELS: Mapping[str, Callable[[Told], list[Judgement]]] = {
    "early": lambda said: said.clean[: round(EARLY_SHARE * len(said.clean))],
    "again": lambda said: said.clean,
    "turned": lambda said: said.turned,
    "hidden": lambda said: said.hidden,
    "sly": lambda said: said.sly,
    "corrections": lambda said: _kinds(said, Kind.correction),
    "confirmations": lambda said: _kinds(said, Kind.correction, Kind.confirmation),
}


def measured(pack: Pack, choice: Choice, seed: int, models: Sequence[str]) -> Iterator[Line]:
    """The champion's line and those of the models, as each is ready."""
    flow = stream(len(pack.arriving.texts), seed)
    label = turned_to(pack, seed)
    began_s = time.process_time()
    first = part(choice.of(flow, [], []))
    champion = fitted(first)
    yield _line(pack, seed, "seed", champion, first, 0, label)._replace(took_s=_since(began_s))
    said = told(pack, seed, flow.arriving, champion)
    for name in models:
        began_s = time.process_time()
        found = choice.of(flow, said.answered, MODELS[name](said))
        rows = part(found)
        line = _line(pack, seed, name, fitted(rows), rows, _left_out(found), label)
        yield line._replace(took_s=_since(began_s))


def _since(began_s: float) -> float:
    return round(time.process_time() - began_s, 3)


def _left_out(found: Chosen) -> int:
    return sum(one.left_out for one in found.left_out.one_sided)


def _line(pack: Pack, seed: int, name: str, model: Fitted, rows: Part, left_out: int, label: Label) -> Line:
    answers = model.answers(pack.bench.texts)
    rights = Rights.of(answers, pack.bench.labels)
    return Line(
        pack=pack.name,
        seed=seed,
        model=name,
        rows=len(rows.texts),
        left_out=left_out,
        tickets=len(answers),
        label=packed(rights.label),
        category=packed(rights.category),
        turned=packed([category == label[0] for category, _ in answers]),
        took_s=0.0,
    )
