"""The review queue: answers that are worth a person's judgement, a few at a time."""

from collections.abc import Collection, Sequence
from datetime import datetime

from analytics.clickhouse.client import Client
from analytics.reports.report import Report, Table, in_json
from analytics.reports.review_choice import chosen
from analytics.reports.review_question import WINDOW, Asked, Waiting, candidates, tickets_of
from analytics.reports.review_tickets import (
    KINDS,
    TWICE_SHARE,
    Judgement,
    Kind,
    Origin,
    ReviewTicket,
    is_known,
    typed_name,
)

__all__ = [
    "KINDS",
    "TWICE_SHARE",
    "Judgement",
    "Kind",
    "Origin",
    "ReviewTicket",
    "is_known",
    "queue_report",
    "review_candidates",
    "typed_name",
]


def review_candidates(
    client: Client,
    *,
    limit: int,
    without: Collection[str] = (),
    now: datetime,
    by: str | None = None,
    with_texts: bool = True,
    twice_share: float = TWICE_SHARE,
    kinds: Collection[Kind] = (),
    seed: int | None = None,
) -> list[ReviewTicket]:
    """Return what is worth judging now, in the order in which to ask.

    Half of it, about, was drawn for the audit, the oldest first: the others are a mix of all reasons. None was judged
    before, but for second opinions, and for answers drawn for the audit that somebody has corrected at work: without
    those, the audit would see fewer wrong answers than there are.

    Args:
        client: a client of the database.
        limit: the most to return.
        without: event_ids of answers that are not wanted, such as those that somebody else is looking at.
        now: an aware time.
        by: who is asked. Second opinions are asked only of somebody who is known and did not judge the answer.
        with_texts: whether to read the texts; a user without the right on them is answered without them.
        twice_share: how many of the judged answers a second person is asked about, 0 to 1.
        kinds: of these alone; all of them when it is empty.
        seed: equal seeds mix the kinds in the same way; None takes one from `now`.

    Raises:
        analytics.clickhouse.errors.Unavailable: when ClickHouse may answer later.
        analytics.clickhouse.errors.Misconfigured: when something has to be changed first.
    """
    waiting = candidates(client, Asked(now, limit + len(without), by, twice_share))
    found = {one.event_id: one for kind in reversed(KINDS) for one in waiting.get(kind, ())}
    lines = {kind: [one.event_id for one in waiting.get(kind, ())] for kind in (kinds or KINDS)}
    taken = chosen(lines, limit, without, int(now.timestamp() * 1_000_000) if seed is None else seed)
    return tickets_of(client, [(found[event_id], kind) for event_id, kind in taken], with_texts=with_texts)


def queue_report(tickets: Sequence[ReviewTicket], waiting: Waiting) -> Report:
    """Lay the queue out for showing, without texts."""
    columns = (
        "kind",
        "ticket_id",
        "category",
        "subcategory",
        "confidence",
        "decision",
        "method",
        "channel",
        "language",
    )
    rows = tuple(
        (*(getattr(ticket, column) for column in columns), in_json(ticket.categorized_at), ticket.event_id)
        for ticket in tickets
    )
    return Report(
        "review",
        {
            "window_days": WINDOW.days,
            "waiting_for_audit": waiting.audit,
            "waiting_for_second_opinion": waiting.second_opinion,
        },
        (Table("tickets", (*columns, "categorized_at", "event_id"), rows),),
        ("Judge them with `ticketstream review`, or on the page.",) if tickets else ("Nothing waits for a judgement.",),
    )
