"""Rows written beside the work, and what becomes of them when ClickHouse does not take them."""

import gc
import logging
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

from analytics.clickhouse.client import Connection
from analytics.clickhouse.errors import Rejected, Unavailable
from analytics.library.connection import Given
from analytics.library.library_rows import LibraryRows
from analytics.library.recorder import CAPACITY, Recorder
from analytics.store.row_writer import RowWriter
from analytics.store.rows import Row
from consumer import SupportPerformanceMonitor, logs
from tests.library.reading import rows
from tests.support.clickhouse_process import DoorProcess


class Table:
    """Takes rows, or does what its script says; the sink above it is the real one."""

    def __init__(self) -> None:
        self.operations: list[str] = []
        self.inserts = 0
        self.errors: list[Exception] = []
        self.open = threading.Event()
        self.open.set()

    def insert(self, table: str, columns: Mapping[str, Sequence[Any]], _token: str) -> None:
        assert table == "_telemetry"
        self.open.wait(30)
        if self.errors:
            raise self.errors.pop(0)
        if "unencodable" in columns["operation"]:
            raise Rejected("a row cannot be encoded")
        self.inserts += 1
        self.operations += columns["operation"]

    def insert_body(self, _table: str, _statement: str, _body: bytes, token: str) -> None:
        raise AssertionError(f"operations are decoded, but: {token}")

    def rows(self, query: str, _parameters: Mapping[str, object] | None = None) -> list[dict[str, Any]]:
        raise AssertionError(f"nothing is asked about an operation, but: {query}")

    def command(self, statement: str, _parameters: Mapping[str, object] | None = None) -> None:
        raise AssertionError(f"nothing of an operation is copied, but: {statement}")


ROWS = LibraryRows()


def row(operation: str) -> Row:
    return ROWS.operation(
        {
            "kind": "TIMING",
            "event_id": f"event-{operation}",
            "operation": operation,
            "outcome": "ok",
            "started_at": 1_795_348_800_000_000,
            "duration_us": 1,
            "attempts": 1,
            "ticket_id": None,
            "instance": "host-library-1",
            "detail": {},
            "service_version": "0",
            "input_tokens": None,
            "cached_tokens": None,
            "output_tokens": None,
            "cost": None,
        }
    )


def test_rows_leave_together() -> None:
    """The first leaves at once; those that come while it is written leave in one insert, in order."""
    table = Table()
    recorder = Recorder(lambda: RowWriter(table), pause_s=0.0)
    table.open.clear()
    recorder.offer(row("0"))
    for number in range(1, 500):
        recorder.offer(row(str(number)))
    table.open.set()
    recorder.close()

    assert table.operations == [str(number) for number in range(500)]
    assert table.inserts <= 3


def test_offering_never_blocks() -> None:
    """While ClickHouse hangs, rows are taken until there is no room for more, and then refused and counted."""
    table = Table()
    table.open.clear()
    recorder = Recorder(lambda: RowWriter(table), pause_s=0.0)
    kept = row("kept")

    taken = [recorder.offer(kept) for _ in range(3 * CAPACITY)]
    before = recorder.dropped
    table.open.set()
    recorder.close()

    assert CAPACITY <= sum(taken) <= CAPACITY + 1_000
    assert before == taken.count(False)
    assert len(table.operations) == sum(taken)


def test_an_outage_costs_its_rows_and_one_line(caplog: pytest.LogCaptureFixture) -> None:
    """Rows that cannot be written are dropped; the log says when that begins and when it ends."""
    logs.configure_as_library()
    table = Table()
    table.errors = [Unavailable("down")] * 3
    recorder = Recorder(lambda: RowWriter(table), pause_s=0.0)
    with caplog.at_level(logging.INFO):
        flushed = []
        for number in range(5):
            recorder.offer(row(str(number)))
            flushed.append(recorder.flush())
    recorder.close()

    assert (table.operations, recorder.dropped) == (["3", "4"], 3)
    assert flushed == [False, False, False, True, True]
    assert [record.getMessage().split()[0] for record in caplog.records if "not_written" not in record.message] == [
        "event='rows.dropped'",
        "event='rows.written_again'",
    ]


@pytest.mark.parametrize("end", [Recorder.flush, Recorder.close])
def test_rows_that_were_not_written_are_told_once(
    end: Callable[[Recorder], bool], caplog: pytest.LogCaptureFixture
) -> None:
    """`flush` and `close` return False, and the log says how many and why; what was told is not told again."""
    logs.configure_as_library()
    table = Table()
    table.errors = [Unavailable("down")]
    recorder = Recorder(lambda: RowWriter(table), pause_s=0.0)
    recorder.offer(row("lost"))
    said = [end(recorder), end(recorder)]
    told = [record.getMessage() for record in caplog.records if "rows.not_written" in record.getMessage()]

    assert (said, recorder.dropped) == ([False, True], 1)
    assert told == ["event='rows.not_written' dropped=1 left=0 reason='Unavailable: down'"]


def test_rows_that_still_wait_are_told_as_left(caplog: pytest.LogCaptureFixture) -> None:
    """While ClickHouse hangs, `flush` returns False after its time, and True once the rows are written."""
    logs.configure_as_library()
    table = Table()
    table.open.clear()
    recorder = Recorder(lambda: RowWriter(table), pause_s=0.0)
    for number in range(3):
        recorder.offer(row(str(number)))
    late = recorder.flush(0.0)
    table.open.set()

    assert (late, recorder.flush(), recorder.close()) == (False, True, True)
    assert "dropped=0 left=3 reason='it takes too long'" in caplog.text


def test_a_flush_waits_for_the_rows_before_it_only() -> None:
    """Rows that others offer meanwhile do not hold it up."""
    table = Table()
    recorder = Recorder(lambda: RowWriter(table), pause_s=0.0)
    stop = threading.Event()

    def keep_offering() -> None:
        while not stop.is_set():
            recorder.offer(row("other"))
            stop.wait(0.0001)

    thread = threading.Thread(target=keep_offering)
    thread.start()
    try:
        recorder.offer(row("mine"))
        assert recorder.flush()
        assert "mine" in table.operations
    finally:
        stop.set()
        thread.join()
        recorder.close()


def test_rows_beyond_the_room_are_told(caplog: pytest.LogCaptureFixture) -> None:
    """The log says so once, and `flush` returns False though all rows that were taken are written."""
    logs.configure_as_library()
    table = Table()
    table.open.clear()
    recorder = Recorder(lambda: RowWriter(table), pause_s=0.0)
    kept = row("kept")
    while recorder.offer(kept):
        pass
    recorder.offer(kept)
    table.open.set()

    assert not recorder.flush()
    assert [record.getMessage().split()[0] for record in caplog.records][:1] == ["event='rows.dropped'"]
    assert f"dropped=2 left=0 reason='TooManyWaiting: {CAPACITY} rows wait already'" in caplog.text
    assert recorder.close()


def test_a_row_that_cannot_be_stored_costs_no_other() -> None:
    """The batch is halved until it stands alone."""
    table = Table()
    table.open.clear()
    recorder = Recorder(lambda: RowWriter(table), pause_s=0.0)
    for name in ("first", "a", "unencodable", "b", "c"):
        recorder.offer(row(name))
    table.open.set()
    recorder.close()

    assert (sorted(table.operations), recorder.dropped) == (["a", "b", "c", "first"], 1)


def test_nothing_is_taken_after_the_end() -> None:
    """A closed recorder refuses, and closing it again changes nothing."""
    table = Table()
    recorder = Recorder(lambda: RowWriter(table))
    recorder.close()
    recorder.close()

    assert (recorder.offer(row("late")), recorder.dropped, table.operations) == (False, 1, [])


def test_a_monitor_that_is_let_go_persists_its_last_runs(db_conn: Connection) -> None:
    """It does not have to be closed for that."""
    monitor = SupportPerformanceMonitor(db_conn, enable_persistence=True)
    with pytest.raises(LookupError), monitor.track("ask", {"ticket_id": "T-1", "size": 7, "odd": "\ud800"}):
        raise LookupError
    with monitor.track("ask", {"ticket_id": "T-2", "size": 8}):
        pass
    assert (monitor.flush(), monitor.dropped_rows) == (False, 1)
    with monitor.track("ask", {"ticket_id": "T-3"}):
        pass
    del monitor
    gc.collect()

    assert rows(db_conn, "SELECT outcome, ticket_id, detail FROM _telemetry ORDER BY started_at") == [
        ("ok", "T-2", {"size": "8"}),
        ("ok", "T-3", {}),
    ]


def test_a_program_that_ends_has_its_rows_written(door: DoorProcess, db_conn: Connection) -> None:
    """Also when it ends a moment after the run, without closing anything."""
    program = (
        "import clickhouse_connect\n"
        "from consumer import SupportPerformanceMonitor\n"
        f"db_conn = clickhouse_connect.get_client(host='127.0.0.1', port={door.port}, database={db_conn.database!r})\n"
        "monitor = SupportPerformanceMonitor(db_conn, enable_persistence=True)\n"
        "with monitor.track('ask', {'ticket_id': 'T-1'}): pass\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=100)

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert rows(db_conn, "SELECT operation, ticket_id FROM _telemetry") == [("ask", "T-1")]


def test_the_users_own_connection_stays_theirs(db_conn: Connection) -> None:
    """While rows are written, queries over the same connection work: its session is not shared."""
    given = Given(db_conn)
    recorder = Recorder(lambda: RowWriter(given.client()), pause_s=0.0)
    for number in range(20):
        recorder.offer(row(str(number)))
        assert rows(db_conn, "SELECT 1") == [(1,)]
    recorder.close()

    assert recorder.dropped == 0
    assert rows(db_conn, "SELECT count() FROM _telemetry FINAL") == [(20,)]
