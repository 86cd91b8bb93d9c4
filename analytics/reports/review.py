"""The review queue: answers that are worth a person's judgement, a few at a time."""

from collections.abc import Collection
from datetime import datetime
from typing import Final, Literal, NamedTuple

from analytics.clickhouse.client import Client

Kind = Literal["audit", "second_opinion", "unsure", "disagreement", "new_kind", "spot_check"]
Origin = Literal["AUDIT", "AGENT"]


class ReviewTicket(NamedTuple):
    """One answer, with what a person needs to judge it.

    Attributes:
        event_id: of the answer: what a correction of it names as `judged_event_id`.
        ticket_id: of the ticket, as its publisher wrote it.
        kind: why it is asked about.
        category: what was answered.
        subcategory: the same; None for none.
        confidence: of the category, 0 to 1.
        decision: AUTO, SUGGEST or REVIEW.
        method: MODEL, CACHE, OVERRIDE or RULES.
        model: name and version of the model; None when no model answered.
        alternatives: (category, subcategory, confidence), at most three, best first.
        explanation: the codes of the answer.
        text: (subject, description), cleaned; None where no text is kept, or none may be read.
        categorized_at: when it was answered; aware, in UTC.
        channel: of the ticket; None when it is not known.
        language: of the ticket; None when it is not known.
        judged_by: who judged it before, for second opinions.
        audit_probability: with which the answer was drawn for the audit; 0 when it was not drawn.
    """

    event_id: str
    ticket_id: str
    kind: Kind
    category: str
    subcategory: str | None
    confidence: float
    decision: str
    method: str
    model: str | None
    alternatives: tuple[tuple[str, str | None, float], ...]
    explanation: tuple[str, ...]
    text: tuple[str, str] | None
    categorized_at: datetime
    channel: str | None
    language: str | None
    judged_by: tuple[str, ...] = ()
    audit_probability: float = 0.0

    @property
    def origin(self) -> Origin:
        """What a judgement of it counts as: AUDIT for an answer that was drawn at random."""
        return "AUDIT" if self.audit_probability > 0 else "AGENT"


class Judgement(NamedTuple):
    """What a person says of an answer.

    Attributes:
        ticket: the answer.
        category: what it should have been; the answer's own confirms it.
        subcategory: the same; None is none.
        origin: `ticket.origin`.
        by: who says so; `typed:NAME` where the person typed the name, None where nobody is known.
    """

    ticket: ReviewTicket
    category: str
    subcategory: str | None
    origin: Origin
    by: str | None


TWICE_SHARE: Final = 0.05


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
    rows = client.rows(
        """
        SELECT c.event_id AS event_id, c.ticket_id AS ticket_id, category, subcategory, confidence, decision, method, model,
            alternatives, explanation, categorized_at, channel, language, audit_probability, t.ticket_id != '' AS has_text,
            t.subject AS subject, t.description AS description
        FROM categorizations AS c
        LEFT JOIN ticket_texts AS t USING (source_topic, source_partition, source_offset)
        WHERE c.ticket_id NOT IN (SELECT ticket_id FROM corrections) AND NOT has({without:Array(String)}, event_id)
        ORDER BY audit_probability DESC, confidence LIMIT {limit:UInt32}
        """,
        {"without": list(without), "limit": limit},
    )
    return [
        ReviewTicket(
            row["event_id"],
            row["ticket_id"],
            "audit" if row["audit_probability"] else "unsure",
            row["category"],
            row["subcategory"],
            row["confidence"],
            row["decision"],
            row["method"],
            row["model"],
            tuple((a["category"], a["subcategory"], a["confidence"]) for a in row["alternatives"]),
            tuple(row["explanation"]),
            (row["subject"], row["description"]) if row["has_text"] else None,
            row["categorized_at"],
            row["channel"],
            row["language"],
            (),
            row["audit_probability"],
        )
        for row in rows
    ]
