"""One stream: the champion of a tenth of the tickets, and the models that are trained again on what people said."""

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from benchmarks.learning.fitting import Fitted, Rights, fitted, packed, unpacked
from benchmarks.learning.packs import Pack, Part
from benchmarks.learning.stream import Answered, Judgement, Kind, Stream, Turner, drawn_label, judged, stream

SLY_SHARE = 0.55
EARLY_SHARE = 1 / 3


class Line(NamedTuple):
    """One model of one stream, beside the tickets that no model is trained on.

    Attributes:
        pack: The name of the set.
        seed: Of the stream.
        model: Which one.
        rows: What it was trained on.
        tickets: How many it answered.
        label, category: Whether each answer is right, packed.
        took_s: Processor seconds of fitting and answering.
    """

    pack: str
    seed: int
    model: str
    rows: int
    tickets: int
    label: str
    category: str
    took_s: float

    @property
    def rights(self) -> Rights:
        """Whether each answer is right."""
        return Rights(unpacked(self.label, self.tickets), unpacked(self.category, self.tickets))


class Told(NamedTuple):
    """A stream that was answered and judged.

    Attributes:
        pack: Its set.
        flow: Its order.
        clean: What people say.
        turned: What they say where one person turns everything that they touch.
        sly: The same, where that person judges the smaller half rightly.
    """

    pack: Pack
    flow: Stream
    clean: list[Judgement]
    turned: list[Judgement]
    sly: list[Judgement]


def told(pack: Pack, flow: Stream, champion: Fitted) -> Told:
    """The champion answers every ticket, and people judge."""
    arriving = pack.arriving.picked(flow.arriving)
    answers = champion.answers(arriving.texts)
    answered = [Answered(*one) for one in zip(flow.arriving, answers, arriving.labels, strict=True)]
    turner = Turner(drawn_label(pack.bench.labels, flow.seed))
    return Told(
        pack,
        flow,
        judged(answered, flow.seed),
        judged(answered, flow.seed, turner=turner),
        judged(answered, flow.seed, turner=turner._replace(turned=SLY_SHARE)),
    )


def plainly(pack: Pack, judgements: Sequence[Judgement]) -> Part:
    """Everything that was said, but for the audited tickets that belong to the gate."""
    kept = [one for one in judgements if not (one.kind is Kind.audit and is_for_gate(pack.arriving.texts[one.ticket]))]
    return Part([pack.arriving.texts[one.ticket] for one in kept], [one.label for one in kept])


def is_for_gate(text: str) -> bool:
    return hashlib.sha256(text.encode()).digest()[0] % 2 == 0


Rows = Callable[[Told], Part]


def _of(kinds: set[Kind]) -> Rows:
    return lambda said: plainly(said.pack, [one for one in said.clean if one.kind in kinds])


def _early(said: Told) -> Part:
    return plainly(said.pack, said.clean[: round(EARLY_SHARE * len(said.clean))])


MODELS: Mapping[str, Rows] = {
    "early": _early,
    "again": lambda said: plainly(said.pack, said.clean),
    "poisoned": lambda said: plainly(said.pack, said.turned),
    "sly": lambda said: plainly(said.pack, said.sly),
    "corrections": _of({Kind.correction}),
    "confirmations": _of({Kind.correction, Kind.confirmation}),
}


def measured(pack: Pack, seed: int, models: Sequence[str]) -> Iterator[Line]:
    """The champion's line and those of the models, as each is ready."""
    flow = stream(len(pack.arriving.texts), seed)
    labelled = pack.arriving.picked(flow.labelled)
    began_s = time.process_time()
    champion = fitted(labelled)
    yield line(pack, seed, "seed", champion, len(labelled.texts), began_s)
    said = told(pack, flow, champion)
    for name in models:
        began_s = time.process_time()
        rows = MODELS[name](said)
        every = Part(labelled.texts + rows.texts, labelled.labels + rows.labels)
        yield line(pack, seed, name, fitted(every), len(every.texts), began_s)


def line(pack: Pack, seed: int, name: str, model: Fitted, rows: int, began_s: float) -> Line:
    """The model's answers to the tickets that no model is trained on."""
    rights = model.rights(pack.bench)
    took_s = round(time.process_time() - began_s, 3)
    return Line(
        pack.name, seed, name, rows, len(rights.label), packed(rights.label), packed(rights.category), took_s
    )


def as_line(fields: Mapping[str, Any]) -> Line:
    """What `_asdict` gave."""
    return Line(**fields)
