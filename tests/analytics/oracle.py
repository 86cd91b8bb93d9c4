"""The contract's words about tickets and corrections, as plain loops over plain dictionaries.

It shares nothing with the SQL: the tests compare the two.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

from analytics.store.rows import Row

Event = Any


def distinct(records: Iterable[Row], name: str) -> list[Row]:
    """Each event once, whatever was repeated; of corrections with one event_id the last published."""
    kept: dict[str, Row] = {}
    for record in sorted((r for r in records if r.name == name), key=lambda r: r.position.offset):
        kept[record.event["event_id"]] = record
    return list(kept.values())


def _order(answer: Event) -> tuple[int, int, int]:
    return answer["source"]["timestamp"], answer["source"]["offset"], answer["revision"]


def judged(correction: Event, answers: list[Event]) -> Event | None:
    """The answer that a correction judges: the one named, else the latest at that time, else revision 0."""
    if not answers:
        return None
    for answer in answers:
        if answer["event_id"] == correction["judged_event_id"]:
            return answer
    existing = [answer for answer in answers if answer["categorized_at"] <= correction["corrected_at"]]
    if existing:
        return max(existing, key=_order)
    return min((answer for answer in answers if answer["revision"] == 0), key=_order)


class Ticket(NamedTuple):
    """What `tickets` says about one ticket."""

    ticket_id: str
    event_id: str
    final_category: str
    final_subcategory: str | None
    label_state: str
    subcategory_state: str
    judged_event_id: str | None
    judged_revision: int | None


def states(correction: Event, answer: Event) -> tuple[str, str]:
    """Whether the category and the subcategory were confirmed or corrected."""
    same = correction["category"] == answer["category"]
    label = "confirmed" if same else "corrected"
    if correction["subcategory"] is None:
        return label, "unreviewed"
    return label, "confirmed" if same and correction["subcategory"] == answer["subcategory"] else "corrected"


def tickets(records: list[Row]) -> dict[str, Ticket]:
    """Every ticket that has an answer, by its id."""
    answers: dict[str, list[Event]] = {}
    for record in distinct(records, "TicketCategorized"):
        answers.setdefault(record.event["ticket_id"], []).append(record.event)
    latest: dict[str, Event] = {}
    for record in sorted(
        distinct(records, "TicketCorrected"),
        key=lambda r: (r.event["corrected_at"], r.position.partition, r.position.offset),
    ):
        latest[record.event["ticket_id"]] = record.event
    return {ticket_id: _ticket(ticket_id, known, latest.get(ticket_id)) for ticket_id, known in answers.items()}


def _ticket(ticket_id: str, answers: list[Event], correction: Event | None) -> Ticket:
    current = max(answers, key=_order)
    if correction is None:
        labels = current["category"], current["subcategory"]
        return Ticket(ticket_id, current["event_id"], *labels, "unreviewed", "unreviewed", None, None)
    answer = judged(correction, answers)
    assert answer is not None
    subcategory = correction["subcategory"]
    if subcategory is None and correction["category"] == current["category"]:
        subcategory = current["subcategory"]
    return Ticket(
        ticket_id,
        current["event_id"],
        correction["category"],
        subcategory,
        *states(correction, answer),
        answer["event_id"],
        answer["revision"],
    )
