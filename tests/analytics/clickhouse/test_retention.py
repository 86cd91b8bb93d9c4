"""How long rows are kept follows the settings, and a TTL of somebody else's stays."""

from collections.abc import Iterator

import pytest

from analytics.clickhouse.client import Client
from analytics.clickhouse.retention import RETAINED, TEXTS, Wanted, apply, changes, days_of, in_force, in_words
from analytics.store.row_writer import RowWriter
from analytics.store.rows import Row
from schemas.position import Position
from tests.support.stored_events import NOON_MS, categorized, corrected, operation

KEEP_ALL = Wanted(0, 0)


@pytest.fixture
def kept(client: Client) -> Iterator[Client]:
    """A database without any TTL, before and after."""
    yield client
    apply(client, KEEP_ALL)
    if in_force(client)[TEXTS]:
        client.command(f"ALTER TABLE {TEXTS} REMOVE TTL")


def _days(client: Client) -> dict[str, float | None]:
    return {table: days_of(ttl) for table, ttl in in_force(client).items() if ttl}


def test_settings_become_ttls_and_go_again(kept: Client) -> None:
    """A second time changes nothing, another number changes the TTL, 0 removes it."""
    first = apply(kept, Wanted(90, 30))
    again = apply(kept, Wanted(90, 30))
    both = _days(kept)
    apply(kept, Wanted(10, 30))
    shorter = _days(kept)
    apply(kept, KEEP_ALL)

    assert {change.table for change in first} == {*RETAINED, TEXTS}
    assert again == []
    assert both == {**dict.fromkeys(RETAINED, 90), TEXTS: 30}
    # No text stays longer than the answer to it.
    assert shorter == {**dict.fromkeys(RETAINED, 10), TEXTS: 10}
    # What was stored while texts were kept goes when its days are over.
    assert _days(kept) == {TEXTS: 10}


def test_nothing_is_altered_by_default(kept: Client) -> None:
    """Where no setting asks for anything, no table is touched, and a TTL that is not ours stays."""
    own = "toDateTime(categorized_at) + toIntervalDay(400)"
    kept.command(f"ALTER TABLE _categorizations MODIFY TTL {own}")
    untouched = apply(kept, KEEP_ALL)
    said = in_words(in_force(kept), stores_texts=False)
    asked = changes(kept, Wanted(90, 0))
    kept.command("ALTER TABLE _categorizations REMOVE TTL")

    assert untouched == []
    assert f"_categorizations with a TTL of their own ({own})" in said
    assert "no texts are stored" in said
    assert [change.before for change in asked if change.table == "_categorizations"] == [own]


def test_what_is_too_old_goes(kept: Client) -> None:
    """Rows older than their days are gone after a merge, in every table that has them; younger ones stay."""
    # NOON_MS is a fixed day; the other rows are of today.
    now_ms = int(kept.rows("SELECT toUnixTimestamp64Milli(now64(3)) AS now")[0]["now"])
    RowWriter(kept).write(
        [
            categorized("old", 1, at_ms=NOON_MS - 900 * 86_400_000),
            corrected("old", at_ms=NOON_MS - 900 * 86_400_000),
            operation(started_at=(NOON_MS - 900 * 86_400_000) * 1000),
            categorized("new", 2, at_ms=now_ms),
            _text("old", now_ms - 40 * 86_400_000),
            _text("new", now_ms),
        ]
    )
    apply(kept, Wanted(365, 30))
    for table in (*RETAINED, TEXTS):
        kept.command(f"OPTIMIZE TABLE {table} FINAL")

    assert kept.rows("SELECT ticket_id FROM categorizations") == [{"ticket_id": "new"}]
    assert kept.rows("SELECT ticket_id FROM _categorizations_by_ticket") == [{"ticket_id": "new"}]
    assert kept.rows("SELECT ticket_id FROM ticket_texts") == [{"ticket_id": "new"}]
    for table in ("_corrections", "_judgements", "_telemetry"):
        assert kept.rows("SELECT count() AS n FROM {table:Identifier}", {"table": table}) == [{"n": 0}]


def _text(ticket_id: str, at_ms: int) -> Row:
    event = {"ticket_id": ticket_id, "received_at": at_ms, "subject": "s", "description": "d"}
    return Row("TicketText", event, Position("ticket-created", 0, at_ms % 1000, at_ms))
