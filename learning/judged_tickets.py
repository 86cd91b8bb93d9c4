"""What people said of answers, with the texts of the tickets, from ClickHouse."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from analytics.clickhouse.client import Client
from analytics.clickhouse.parameters import in_sql
from analytics.clickhouse.queries import read
from analytics.store.persons import person
from learning.texts import text_id_of

EVER: Final = datetime(1970, 1, 1, tzinfo=UTC)


class JudgedTicket(NamedTuple):
    """What one person said last of one ticket.

    Attributes:
        correction_id: event_id of the correction.
        event_id: of the answer that was judged.
        text_id: equal for texts that count as the same; see `learning.texts`.
        subject: cleaned, as it was answered; so is the description.
        language: ISO 639-1 code; None when it is not known.
        category: what the person gave, in labels of that time; so are all labels here.
        subcategory: None where the person gave none.
        answered: what was answered.
        likely_subcategory: what the answer, or its alternatives, say of the category that the person gave.
        by: who, as `analytics.store.persons.person` names them; None when nobody vouches for that.
        is_audit: whether the ticket was drawn at random, and judged for that.
        method: MODEL, CACHE, OVERRIDE or RULES.
        model: that answered; None when no model did.
        corrected_at: when the person said it; aware.
        categorized_at: when the answer was given; aware.
    """

    correction_id: str
    event_id: str
    text_id: str
    subject: str
    description: str
    language: str | None
    category: str
    subcategory: str | None
    answered: tuple[str, str | None]
    likely_subcategory: str | None
    by: str | None
    is_audit: bool
    method: str
    model: str | None
    corrected_at: datetime
    categorized_at: datetime

    @property
    def is_correction(self) -> bool:
        """Whether the person gave another category than was answered, or another subcategory."""
        category, subcategory = self.answered
        return self.category != category or self.subcategory not in {None, subcategory}


class JudgedTickets(NamedTuple):
    """The judged tickets whose texts are stored.

    Attributes:
        tickets: one for each person and ticket.
        without_text: how many more there are whose text is not stored.
        judgements: how many corrections and confirmations there are, of whatever ticket.
    """

    tickets: tuple[JudgedTicket, ...]
    without_text: int
    judgements: int


def judged_tickets(client: Client, since: datetime = EVER, key: bytes | None = None) -> JudgedTickets:
    """What people said of answers given since a moment.

    Args:
        client: of the database.
        since: an aware time.
        key: FINGERPRINT_KEY.

    Raises:
        analytics.clickhouse.errors.Unavailable: when ClickHouse may answer later.
        analytics.clickhouse.errors.Misconfigured: when something has to be changed first.
    """
    rows = client.rows(read("judged_texts"), {"since": in_sql(since)})
    tickets = tuple(_ticket(row, key) for row in rows if row["has_text"])
    return JudgedTickets(tickets, len(rows) - len(tickets), judgements_known(client))


def judgements_known(client: Client) -> int:
    """How many corrections and confirmations there are; errors are those of `judged_tickets`."""
    return int(client.rows(read("judgements_known"))[0]["judgements"])


def texts_are_stored(client: Client) -> bool:
    """Whether there is the text of any ticket; errors are those of `judged_tickets`."""
    return bool(client.rows("SELECT count() > 0 AS any FROM _ticket_texts")[0]["any"])


def _ticket(row: Mapping[str, Any], key: bytes | None) -> JudgedTicket:
    return JudgedTicket(
        correction_id=row["correction_id"],
        event_id=row["event_id"],
        text_id=text_id_of(row["subject"], row["description"], key),
        subject=row["subject"],
        description=row["description"],
        language=row["language"],
        category=row["given_category"],
        subcategory=row["given_subcategory"],
        answered=(row["answered_category"], row["answered_subcategory"]),
        likely_subcategory=row["likely_subcategory"],
        by=person(row["corrected_by"]),
        is_audit=bool(row["is_audit"]),
        method=row["method"],
        model=row["model"],
        corrected_at=row["corrected_at"],
        categorized_at=row["categorized_at"],
    )
