"""A ticket that is forgotten leaves no byte in ClickHouse's folder, and the figures of the others as they were."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from analytics.clickhouse.client import Client, connect
from analytics.clickhouse.migrate import migrate
from analytics.store.forgetting import COUNTING, NAMING, Left, forget, rows_of
from analytics.store.forgotten import Listed, enter, forgotten, hashed, listed
from analytics.store.row_writer import RowWriter
from analytics.store.rows import Row
from schemas.position import Position
from tests.support.clickhouse_process import door_process
from tests.support.stored_bytes import files_with
from tests.support.stored_events import NOON_MS, categorized, corrected, operation

GONE, STAYS = "quokka-8841-gone", "numbat-1177-stays"
SAID, UNSAID = "an unmistakable marzipan sentence", "another unmistakable nougat sentence"
ENDS = (("ticket-categorized", 0, 50), ("ticket-created", 0, 50))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("forgetting")


@pytest.fixture(scope="module")
def filled(folder: Path) -> Iterator[Client]:
    """Two tickets with everything that can be stored of them, each twice."""
    with door_process(folder) as door, connect(door.url, "forgetting") as client:
        migrate(client)
        # One that its operator has set.
        client.command("ALTER TABLE _corrections MODIFY SETTING old_parts_lifetime = 300")
        for again in range(2):
            for offset, (ticket_id, text) in enumerate([(GONE, SAID), (STAYS, UNSAID)]):
                RowWriter(client).write(_everything(ticket_id, text, 10 + offset + 100 * again, offset))
        yield client


def _everything(ticket_id: str, text: str, place: int, offset: int) -> list[Row]:
    told = {"ticket_id": ticket_id, "received_at": NOON_MS, "subject": text, "description": text}
    return [
        categorized(ticket_id, offset, audit_probability=0.5, explanation=[text]),
        categorized(ticket_id, offset, 1, at_ms=NOON_MS + 1, explanation=[text]),
        corrected(ticket_id, "account", place, reason=text),
        operation(offset=place, ticket_id=ticket_id, detail={"of": text}),
        Row("TicketText", told, Position("ticket-created", 0, offset, NOON_MS)),
    ]


_COUNTS = """
    SELECT
        (SELECT groupBitmapMerge(offsets) FROM _answer_counts) AS answers,
        (SELECT groupBitmapMerge(offsets) FROM _confidence_counts) AS confidences,
        (SELECT groupBitmapMerge(offsets) FROM _answered_records) AS records,
        (SELECT groupBitmapIfMerge(drawn) FROM _answered_records) AS drawn
"""


class Seen(NamedTuple):
    """What the folder and the tables hold at a moment."""

    words: set[bytes]
    rows: dict[str, Counter[str]]
    counts: set[int]


class Done(NamedTuple):
    """What was before and after, and what was told meanwhile."""

    before: Seen
    steps: list[Left]
    after: Seen


def _seen(client: Client, folder: Path) -> Seen:
    files = files_with(folder, [GONE.encode(), SAID.encode(), UNSAID.encode()])
    return Seen(
        {word for held in files.values() for word in held},
        rows_of(client, [hashed(GONE), hashed(STAYS)]),
        set(client.rows(_COUNTS)[0].values()),
    )


@pytest.fixture(scope="module")
def done(filled: Client, folder: Path) -> Done:
    before = _seen(filled, folder)
    enter(filled, [Listed(hashed(GONE), "run1", ENDS, NOON_MS)])
    steps = list(forget(filled, "run1", [hashed(GONE)]))
    return Done(before, steps, _seen(filled, folder))


def test_no_byte_is_left(done: Done) -> None:
    """Neither id nor text: not in a part, nor in the file of a mutation, nor in a log. The other ticket is there."""
    assert done.before.words == {GONE.encode(), SAID.encode(), UNSAID.encode()}
    assert done.after.words == {UNSAID.encode()}
    assert done.steps


def test_every_table_that_names_tickets_is_looked_at(done: Done, filled: Client) -> None:
    """Each table with a ticket_id, and each set of records, is among those that are emptied of a ticket."""
    columns = [
        (row["table"], row["name"], row["type"])
        for row in filled.rows("SELECT table, name, type FROM system.columns WHERE database = currentDatabase()")
        if row["table"].startswith("_") and not row["table"].endswith("_feed")
    ]

    assert {table for table, name, _ in columns if name == "ticket_id"} == set(NAMING)
    assert {table for table, _, kind in columns if "groupBitmap" in kind} == set(COUNTING)
    assert set(done.before.rows[hashed(GONE)]) == set(NAMING)


def test_the_figures_are_those_of_the_other_ticket(done: Done) -> None:
    """Of two tickets one is counted, and it is there."""
    assert (done.before.counts, done.after.counts) == ({2}, {1})
    assert {hashed(STAYS)} == done.after.rows.keys()
    assert set(done.after.rows[hashed(STAYS)]) == set(NAMING)


def test_the_list_holds_it_for_ever(done: Done, filled: Client) -> None:
    """Records before the ends are left out, later ones and those of other tickets are not; nothing else is kept."""
    gone = forgotten(filled)

    assert done
    assert gone.holds(GONE, Position("ticket-created", 0, 49, NOON_MS))
    assert not gone.holds(GONE, Position("ticket-created", 0, 50, NOON_MS))
    assert not gone.holds(GONE, Position("ticket-created", 1, 0, NOON_MS))
    assert not gone.holds(STAYS, Position("ticket-created", 0, 0, NOON_MS))
    assert [each.ticket_hash for each in listed(filled)] == [hashed(GONE)]
    assert filled.rows("SELECT count() AS n FROM _forgetting") == [{"n": 0}]


def test_a_second_time_nothing_is_left_to_do(done: Done, filled: Client) -> None:
    """Forgetting again, also up to later ends, changes no row."""
    enter(filled, [Listed(hashed(GONE), "run2", (("ticket-created", 0, 70),), NOON_MS + 1)])
    list(forget(filled, "run2", [hashed(GONE)]))

    assert rows_of(filled, [hashed(GONE)]) == {}
    assert done
    assert forgotten(filled).holds(GONE, Position("ticket-created", 0, 69, NOON_MS))


def test_the_tables_have_their_settings_again(done: Done, filled: Client) -> None:
    """Old parts are kept as long as before, also where an operator has said how long."""
    engines = {
        row["name"]: row["engine_full"]
        for row in filled.rows("SELECT name, engine_full FROM system.tables WHERE database = currentDatabase()")
    }

    assert done
    assert "old_parts_lifetime = 300" in engines["_corrections"]
    assert [name for name, engine in engines.items() if "fsync" in engine or "old_parts_lifetime = 1" in engine] == []
