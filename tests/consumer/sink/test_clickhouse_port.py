"""What the sink rests on in ClickHouse: the real one and the one of the simulation are held to the same promises."""

from collections.abc import Iterator
from typing import NamedTuple, Protocol

import pytest

from analytics.clickhouse.client import Client, connect
from analytics.clickhouse.errors import Misconfigured, Rejected, Unavailable
from analytics.clickhouse.migrate import migrate
from analytics.store.bisecting import MAX_ATTEMPTS
from analytics.store.prepared import prepared
from analytics.store.rows import TABLES, Row, StoredEvent
from consumer.sink.overrides import Company, Overrides
from consumer.sink.row_store import ClickHouseRows, Deciding, RowStore
from schemas.position import Position
from tests.sim.broker import Clock
from tests.sim.clickhouse import FORBIDDEN, ClickHouseLine, SimClickHouse, SimOverrides, sim_rows
from tests.sim.line import Line
from tests.support.clickhouse_process import door_process
from tests.support.emptying import empty_tables
from tests.support.stored_events import NOON_MS, categorized, corrected

ANSWERS, CORRECTIONS = TABLES["TicketCategorized"], TABLES["TicketCorrected"]
VIEWS: dict[StoredEvent, str] = {"TicketCategorized": "categorizations", "TicketCorrected": "corrections"}


COMPANY = Company("ticket-overrides", "tickets", 0, lambda category, subcategory: (category, subcategory))


class Server(Protocol):
    """A ClickHouse whose tables refuse rows of a forbidden category."""

    def connect(self) -> RowStore:
        """A store that knows nothing of earlier rows."""
        ...

    def deciding(self) -> Deciding:
        """What decides overrides from its rows."""
        ...

    def stored(self, event: StoredEvent) -> int:
        """How many rows of an event a reader sees."""
        ...

    def close(self, event: StoredEvent) -> None:
        """From now on its table refuses every row."""
        ...


class SimServer:
    def __init__(self) -> None:
        self._server = SimClickHouse()
        self._line = ClickHouseLine(self._server, Line(Clock(), lambda _: None, lambda: None, lambda: None))

    def connect(self) -> RowStore:
        return sim_rows(self._server, self._line)

    def deciding(self) -> Deciding:
        return SimOverrides(self._server, self._line, "ticket-overrides")

    def stored(self, event: StoredEvent) -> int:
        return len(self._server.tables[TABLES[event]])

    def close(self, event: StoredEvent) -> None:
        self._server.closed.add(event)


class RealServer(NamedTuple):
    client: Client

    def connect(self) -> RowStore:
        return ClickHouseRows(self.client)

    def deciding(self) -> Deciding:
        return Overrides(self.client, COMPANY, lambda: NOON_MS)

    def stored(self, event: StoredEvent) -> int:
        [row] = self.client.rows(f"SELECT count() AS number FROM {VIEWS[event]}")  # noqa: S608 - a name of ours
        return int(row["number"])

    def close(self, event: StoredEvent) -> None:
        self.client.command(f"ALTER TABLE {TABLES[event]} ADD CONSTRAINT closed CHECK ticket_id = ''")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with door_process(tmp_path_factory.mktemp("port")) as door, connect(door.url, "port") as connected:
        migrate(connected)
        for event in VIEWS:
            connected.command(f"ALTER TABLE {TABLES[event]} ADD CONSTRAINT only CHECK category != '{FORBIDDEN}'")
        yield connected


@pytest.fixture(params=["sim", "real"])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    if request.param == "sim":
        yield SimServer()
        return
    client: Client = request.getfixturevalue("client")
    empty_tables(client)
    yield RealServer(client)
    for event in VIEWS:
        client.command(f"ALTER TABLE {TABLES[event]} DROP CONSTRAINT IF EXISTS closed")


def answer(number: int, category: str = "billing") -> Row:
    """One answer; its record stands in one of two partitions."""
    row = categorized(f"T-{number}", number, category=category)
    return row._replace(position=Position("ticket-categorized", number % 2, number // 2, 0))


def correction(number: int, category: str = "billing") -> Row:
    return corrected(f"T-{number}", category, number)


def test_an_insert_stores_rows_of_all_events_and_counts_them(server: Server) -> None:
    """By table; nothing is counted of a table that got none."""
    store = server.connect()

    assert store.insert(prepared([])) == {}
    assert store.insert(prepared([answer(0), correction(1), answer(2)])) == {ANSWERS: 2, CORRECTIONS: 1}
    assert store.insert(prepared([answer(3)])) == {ANSWERS: 1}
    assert (server.stored("TicketCategorized"), server.stored("TicketCorrected")) == (3, 1)


@pytest.mark.parametrize("is_late", [False, True], ids=["correction-later", "answer-later"])
def test_an_override_follows_from_the_later_of_answer_and_correction(server: Server, *, is_late: bool) -> None:
    """Of a ticket that has both; of what is stored without them nothing follows, and asked again it is the same."""
    store, deciding = server.connect(), server.deciding()
    first, second = (correction(4, "cards"), answer(4)) if is_late else (answer(4), correction(4, "cards"))
    store.insert(prepared([first, answer(6), correction(7, "cards")]))
    before = deciding.after(store.take_judged())
    store.insert(prepared([second, answer(8)]))
    judged = store.take_judged()
    found = deciding.after(judged)

    assert list(before) == []
    assert (set(judged), len(found), list(store.take_judged())) == ({"T-4"}, 1, [])
    assert server.deciding().after(judged) == found


def test_highest_offsets_come_by_partition(server: Server) -> None:
    """Of this topic alone; partitions without rows are left out."""
    store = server.connect()
    before = store.highest_offsets("TicketCategorized", "ticket-categorized")
    store.insert(prepared([answer(9), answer(4), answer(5), correction(99)]))

    assert before == {}
    assert store.highest_offsets("TicketCategorized", "ticket-categorized") == {0: 2, 1: 4}
    assert store.highest_offsets("TicketCategorized", "another-topic") == {}
    assert store.highest_offsets("TicketCorrected", "ticket-corrected") == {0: 99}


def test_rows_that_are_written_again_are_there_once(server: Server) -> None:
    """In the same batch, in another one, by another connection, and under another record's position."""
    first, second = server.connect(), server.connect()
    first.insert(prepared([answer(0), answer(1), correction(0)]))
    first.insert(prepared([answer(0), answer(1), correction(0)]))
    second.insert(prepared([answer(1), answer(2), correction(0), correction(1)]))
    repeated = correction(1)
    second.insert(prepared([repeated._replace(position=repeated.position._replace(offset=7))]))

    assert (server.stored("TicketCategorized"), server.stored("TicketCorrected")) == (3, 2)


def test_rows_that_are_refused_are_found_among_others(server: Server) -> None:
    """The others are stored, each with its event's table; the refused ones come with what ClickHouse says."""
    store = server.connect()
    rows = [answer(0), answer(1, FORBIDDEN), correction(2), answer(3), correction(4, FORBIDDEN)]
    with pytest.raises(Rejected):
        store.insert(prepared(rows))
    sifted = store.sift(rows)

    assert sifted.written == {ANSWERS: 2, CORRECTIONS: 1}
    assert [refused.record for refused in sifted.refused] == [rows[1], rows[4]]
    assert all(refused.detail for refused in sifted.refused)
    assert sifted.undecided == []
    assert (server.stored("TicketCategorized"), server.stored("TicketCorrected")) == (2, 1)


def test_a_search_leaves_undecided_what_it_does_not_come_to(server: Server) -> None:
    """All rows before it are decided, and a second search goes on from there."""
    store = server.connect()
    rows = [answer(number, FORBIDDEN if number % 2 else "billing") for number in range(MAX_ATTEMPTS)]
    first = store.sift(rows)
    decided = len(rows) - len(first.undecided)
    second = store.sift(first.undecided)

    assert 0 < decided < len(rows)
    assert first.undecided == rows[decided:]
    assert first.written[ANSWERS] + len(first.refused) == decided
    assert second.written[ANSWERS] > 0


def test_a_row_is_not_to_blame_without_proof(server: Server) -> None:
    """Nothing shows whether it or its table is; a row that the same connection has stored before does."""
    store = server.connect()
    with pytest.raises(Rejected):
        store.sift([answer(0, FORBIDDEN)])
    store.insert(prepared([correction(0)]))
    with pytest.raises(Rejected):
        store.sift([answer(0, FORBIDDEN)])
    store.insert(prepared([answer(1)]))
    sifted = store.sift([answer(0, FORBIDDEN)])

    assert [refused.record.position for refused in sifted.refused] == [answer(0).position]
    assert server.stored("TicketCategorized") == 1


def test_a_table_that_refuses_what_it_took_is_to_blame(server: Server) -> None:
    """No row is refused then; the table refuses the very same insert too, though its rows are stored."""
    store = server.connect()
    store.insert(prepared([answer(0)]))
    server.close("TicketCategorized")
    for row in (answer(0), answer(1)):
        with pytest.raises(Rejected):
            store.insert(prepared([row]))
    with pytest.raises(Misconfigured):
        store.sift([answer(1)])


@pytest.mark.parametrize("kind", ["sim", "real"])
def test_a_clickhouse_that_is_gone_is_unavailable(kind: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Rows are not taken, and questions not answered."""
    if kind == "sim":
        server = SimClickHouse()
        store: RowStore = sim_rows(
            server, ClickHouseLine(server, Line(Clock(), lambda _: None, lambda: None, lambda: None))
        )
        server.is_down = True
    else:
        with door_process(tmp_path_factory.mktemp("gone")) as door:
            client = connect(door.url, "gone")
            migrate(client)
            store = ClickHouseRows(client)

    with pytest.raises(Unavailable):
        store.insert(prepared([answer(0)]))
    with pytest.raises(Unavailable):
        store.highest_offsets("TicketCategorized", "ticket-categorized")
