"""What a model learns from, of all that is there. Pure: the order of the tickets makes no difference.

Labels are taken from people alone: seed rows, corrections, confirmations and the audit together. An answer that nobody
contradicted is no label, and nothing is weighted: both were measured, and gained nothing.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final, Literal, NamedTuple

from classifier.model import Label
from consumer.answer.taxonomy import Taxonomy
from learning.judged_tickets import EVER, JudgedTicket
from learning.people import Contradiction, OneSided, agreed, one_sided, path_of, seconded
from learning.texts import is_for_gate

Kind = Literal["seed", "correction", "confirmation", "audit"]
KINDS: Final[tuple[Kind, ...]] = ("seed", "correction", "confirmation", "audit")


class Row(NamedTuple):
    """One labelled text to learn from.

    Attributes:
        event_id: of the judged answer; empty for a seed row.
    """

    kind: Kind
    event_id: str
    text_id: str
    subject: str
    description: str
    category: str
    subcategory: str | None

    @property
    def label(self) -> Label:
        return self.category, self.subcategory


class LeftOut(NamedTuple):
    """What is not learned from, and why.

    Attributes:
        unknown: how many rows have each label that the taxonomy in use does not know.
        for_gate: rows whose text belongs to the gate.
        replaced: seed rows whose text people judged meanwhile.
        earlier: judged texts of answers before the moment that was asked for.
    """

    contradictions: tuple[Contradiction, ...]
    one_sided: tuple[OneSided, ...]
    unknown: Mapping[str, int]
    for_gate: int
    replaced: int
    earlier: int


class Chosen(NamedTuple):
    """What a model learns from, and what is kept to judge it.

    Attributes:
        rows: in one order, whatever the order of what came in.
        gate: audited texts that no model learns from, one ticket of each text, by event_id.
        from_answer: in how many rows the subcategory is that of the answer, for the person gave the category alone.
        newest: when the last judgement was made that was looked at; None where there is none.
    """

    rows: tuple[Row, ...]
    gate: tuple[Row, ...]
    left_out: LeftOut
    from_answer: int
    newest: datetime | None

    def used(self) -> dict[Kind, int]:
        """How many rows there are of each kind."""
        counts = Counter(row.kind for row in self.rows)
        return {kind: counts[kind] for kind in KINDS}


def chosen(judged: Sequence[JudgedTicket], seed: Sequence[Row], taxonomy: Taxonomy, since: datetime = EVER) -> Chosen:
    """Choose what a model learns from.

    Args:
        judged: what people said, all of it: which texts belong to the gate depends on the first that was said of each.
        seed: labelled rows that were there before, in labels of any time.
        taxonomy: the one in use; labels are translated by it.
        since: judgements of answers given before are not learned from. They stay with the gate.
    """
    said, unknown = _translated(judged, taxonomy)
    suspects = one_sided(said)
    counted, left_by = seconded(said, {suspect.by for suspect in suspects})
    contradictions, texts = agreed(counted)
    gate_texts = _gate_texts(judged)
    rows, from_answer = _judged_rows(texts, taxonomy)
    late_enough = {one.text_id for text in texts for one in text if one.categorized_at >= since}
    learned = [row for row in rows if row.text_id not in gate_texts]
    recent = [row for row in learned if row.text_id in late_enough]
    old, unknown_seed = _seed_today(seed, taxonomy)
    of_gate = [row for row in old if row.text_id in gate_texts]
    told = {row.text_id for row in recent}
    kept = [row for row in old if row.text_id not in gate_texts and row.text_id not in told]
    gate = [_of(gate_texts[row.text_id], row) for row in rows if row.text_id in gate_texts]
    return Chosen(
        rows=tuple(sorted((*kept, *recent), key=_in_order)),
        gate=tuple(sorted(gate, key=lambda row: (row.event_id, row.text_id))),
        left_out=LeftOut(
            contradictions,
            tuple(suspect._replace(left_out=left_by[suspect.by]) for suspect in suspects),
            dict(sorted((unknown + unknown_seed).items())),
            for_gate=len(of_gate),
            replaced=len(old) - len(of_gate) - len(kept),
            earlier=len(learned) - len(recent),
        ),
        from_answer=sum(row.event_id in from_answer for row in recent),
        newest=max((ticket.corrected_at for ticket in judged), default=None),
    )


def _translated(judged: Iterable[JudgedTicket], taxonomy: Taxonomy) -> tuple[list[JudgedTicket], Counter[str]]:
    said, unknown = [], Counter[str]()
    for ticket in judged:
        label = taxonomy.translate(ticket.category, ticket.subcategory)
        answered = taxonomy.translate(*ticket.answered) or ticket.answered
        if label is None:
            unknown[path_of(ticket.category, ticket.subcategory)] += 1
        else:
            said.append(ticket._replace(category=label[0], subcategory=label[1], answered=answered))
    return said, unknown


def _gate_texts(judged: Sequence[JudgedTicket]) -> dict[str, JudgedTicket]:
    """The texts that no model learns from, each with its first judgement: which was an audit, and they were drawn.

    The first one decides, so that a text which a model has learned never becomes the gate's afterwards.
    """
    first: dict[str, JudgedTicket] = {}
    for ticket in sorted(judged, key=lambda one: (one.corrected_at, one.correction_id)):
        first.setdefault(ticket.text_id, ticket)
    return {text_id: ticket for text_id, ticket in first.items() if ticket.is_audit and is_for_gate(text_id)}


def _of(ticket: JudgedTicket, row: Row) -> Row:
    """The row with another ticket of its text: the gate's are known by their first audit, whatever is said later."""
    return row._replace(event_id=ticket.event_id, subject=ticket.subject, description=ticket.description)


def _judged_rows(texts: Iterable[Sequence[JudgedTicket]], taxonomy: Taxonomy) -> tuple[list[Row], frozenset[str]]:
    """One row of each text, and the event_ids of those whose subcategory is that of the answer."""
    rows, from_answer = [], set()
    for of_text in texts:
        ticket = of_text[0]
        category = ticket.category
        subcategory = next((one.subcategory for one in reversed(of_text) if one.subcategory is not None), None)
        if subcategory is None and ticket.likely_subcategory is not None:
            likely = taxonomy.translate(category, ticket.likely_subcategory)
            if likely and likely[0] == category and likely[1] is not None:
                subcategory = likely[1]
                from_answer.add(ticket.event_id)
        row = Row(_kind(of_text), ticket.event_id, ticket.text_id, ticket.subject, ticket.description, category, None)
        rows.append(row._replace(subcategory=subcategory))
    return rows, frozenset(from_answer)


def _kind(of_text: Sequence[JudgedTicket]) -> Kind:
    if any(one.is_audit for one in of_text):
        return "audit"
    return "correction" if any(one.is_correction for one in of_text) else "confirmation"


def _seed_today(seed: Iterable[Row], taxonomy: Taxonomy) -> tuple[list[Row], Counter[str]]:
    rows, unknown = [], Counter[str]()
    for row in seed:
        label = taxonomy.translate(row.category, row.subcategory)
        if label is None:
            unknown[path_of(row.category, row.subcategory)] += 1
        else:
            rows.append(row._replace(category=label[0], subcategory=label[1]))
    return rows, unknown


def _in_order(row: Row) -> tuple[str, ...]:
    return (row.text_id, row.subject, row.description, path_of(row.category, row.subcategory), row.event_id, row.kind)
