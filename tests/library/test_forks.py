"""Objects that a process and those that it forks share."""

import json
import random
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from analytics.clickhouse.client import Connection
from analytics.forks import ConnectionQueue
from analytics.library.library_rows import LibraryRows
from analytics.library.recorder import Recorder
from analytics.store.row_writer import RowWriter
from consumer import RetryConfig, SupportAutoCategorizer, SupportPerformanceMonitor, SupportRetryHandler
from consumer.guards.breaker import Breaker
from tests.library.forking_model import share_of, telling, word_of
from tests.library.forking_program import Plan
from tests.library.reading import rows
from tests.support.clickhouse_process import DoorProcess
from tests.support.forking import in_child
from tests.support.manual_clock import ManualClock
from tests.support.model_scripts import good
from tests.support.model_server import Asked, Door, serve

ROOT = Path(__file__).parents[2]
PAYMENT = ("Problema con pago", "No puedo pagar mi factura")
ANSWERS = "FROM categorizations WHERE ticket_id LIKE 'T-%'"


def run(plan: Plan) -> list[dict[str, Any]]:
    """What the processes said."""
    command = [sys.executable, "-m", "tests.library.forking_program", json.dumps(plan._asdict())]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False, timeout=200, cwd=ROOT)
    assert done.returncode == 0
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize(
    "plan",
    [
        Plan(how="fork", workers=4, tickets=2_000, used=0, database="empty"),
        Plan(how="fork", workers=4, tickets=2_000, used=20, database="db_conn"),
        Plan(how="exit", workers=2, tickets=20, used=20, database="db_conn"),
        Plan(how="multiprocessing", workers=2, tickets=20, used=0, database="db_conn"),
        Plan(how="again", workers=2, tickets=20, used=20, database="db_conn"),
    ],
)
def test_forked_workers_store_every_answer_once(door: DoorProcess, request: pytest.FixtureRequest, plan: Plan) -> None:
    """Each gets the answers to its own tickets, and none of the rows takes another's place; `flush` says so."""
    connection: Connection = request.getfixturevalue(plan.database)
    with serve(telling) as server:
        said = run(plan._replace(model=server.url, port=door.port, database=connection.database or ""))
    works = [line for line in said if "worker" in line]
    numbers = [line["first"] + number for line in works for number in range(line["tickets"])]

    assert len(works) == plan.workers * (2 if plan.how == "again" else 1) + bool(plan.used)
    assert {line["wrong"] for line in works} == {0}
    assert [words for line in said for words in line.get("said", []) if not words] == []
    assert {
        (ticket, round(share, 6)) for ticket, share in rows(connection, f"SELECT ticket_id, confidence {ANSWERS}")
    } == {(f"T-{number}", round(share_of(word_of(number)), 6)) for number in numbers}
    assert rows(connection, f"SELECT count(), uniqExact(event_id), uniqExact(source_partition) {ANSWERS}") == [
        (len(numbers), len(numbers), len(works))
    ]
    assert rows(
        connection,
        "SELECT operation, count(), uniqExact(event_id), uniqExact(instance) FROM _telemetry FINAL"
        " WHERE operation IN ('model_call', 'ticket') GROUP BY operation ORDER BY operation",
    ) == [(operation, len(numbers), len(numbers), len(works)) for operation in ("model_call", "ticket")]
    assert rows(connection, "SELECT count(), uniqExact(ticket_id) FROM corrections") == [(len(works), len(works))]


class Table:
    """Takes rows once it is opened."""

    def __init__(self) -> None:
        self.operations: list[str] = []
        self.open = threading.Event()
        self.asked = threading.Event()

    def insert(self, table: str, columns: Mapping[str, Sequence[Any]], _token: str) -> None:
        assert table == "_telemetry"
        self.asked.set()
        self.open.wait(30)
        self.operations += columns["operation"]

    def insert_body(self, _table: str, _statement: str, _body: bytes, token: str) -> None:
        raise AssertionError(f"operations are decoded, but: {token}")

    def rows(self, query: str, _parameters: Mapping[str, object] | None = None) -> list[dict[str, Any]]:
        raise AssertionError(f"nothing is asked about an operation, but: {query}")

    def command(self, statement: str, _parameters: Mapping[str, object] | None = None) -> None:
        raise AssertionError(f"nothing of an operation is copied, but: {statement}")


def test_rows_that_wait_at_a_fork_are_the_parents() -> None:
    """Also those that are being written: the child begins without any, and writes its own."""
    table = Table()
    recorder = Recorder(lambda: RowWriter(table), pause_s=0.0)
    made = LibraryRows()
    recorder.offer(row(made, "in hand"))
    assert table.asked.wait(30)
    recorder.offer(row(made, "waiting"))

    def child() -> list[Any]:
        table.open.set()
        began = recorder.flush()
        recorder.offer(row(made, "the child's"))
        return [began, recorder.flush(), table.operations, recorder.dropped]

    assert in_child(child) == [True, True, ["the child's"], 0]
    table.open.set()
    assert recorder.close()
    assert table.operations == ["in hand", "waiting"]


def row(made: LibraryRows, operation: str) -> Any:
    return made.operation(
        {
            "kind": "TIMING",
            "event_id": operation,
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


def test_a_fork_while_other_threads_are_inside_every_object(db_conn: Connection) -> None:
    """Children whose parent's threads were anywhere, also in a lock, can use all objects and end."""
    stop = threading.Event()
    with (
        serve(telling) as server,
        SupportAutoCategorizer(db_conn, ml_api_url=server.url) as categorizer,
        SupportPerformanceMonitor(db_conn, enable_persistence=True) as monitor,
    ):
        retry = SupportRetryHandler()

        def use(number: int) -> bool:
            with monitor.track(f"operation-{number % 300}"):
                found = retry.execute_with_retry(
                    lambda: categorizer.categorize("Problem", word_of(number), f"T-{number}"), f"ask-{number % 1_100}"
                )
            monitor.slowest()
            retry.get_retry_stats()
            return found.confidence == share_of(word_of(number))

        def keep_using(thread: int) -> None:
            number = thread * 100_000
            while not stop.is_set():
                use(number)
                number += 1

        threads = [threading.Thread(target=keep_using, args=(thread,)) for thread in range(1, 4)]
        for thread in threads:
            thread.start()
        try:
            for number in range(5):

                def child(number: int = number) -> list[bool]:
                    right = [use(number * 100 + count) for count in range(5)]
                    return [all(right), categorizer.close(), monitor.close()]

                assert in_child(child) == [True, True, True]
        finally:
            stop.set()
            for thread in threads:
                thread.join()


def test_a_call_under_way_at_a_fork_holds_up_no_child(monkeypatch: pytest.MonkeyPatch) -> None:
    """While the parent waits for the model, its child is answered; one that hangs is cut at `ML_DEADLINE` there too."""
    monkeypatch.setenv("ML_DEADLINE", "2")
    slow = threading.Event()

    def script(asked: Asked, door: Door) -> None:
        if "slow" in asked.tickets[0]["description"]:
            slow.set()
            door.hang()
        else:
            door.answer(asked)

    with serve(script) as server, SupportAutoCategorizer(ml_api_url=server.url) as categorizer:
        categorizer.categorize("Problem", "before", "T-0")
        thread = threading.Thread(target=categorizer.categorize, args=("Problem", "slow", "T-1"))
        thread.start()
        assert slow.wait(30)

        def child() -> list[Any]:
            quick = categorizer.categorize("Problem", "quick", "T-2").method
            began_s = time.monotonic()
            hanging = categorizer.categorize("Problem", "also slow", "T-3").model_outcome
            return [quick, hanging, time.monotonic() - began_s < 10]

        assert in_child(child) == ["MODEL", "deadline", True]
        thread.join()
        assert categorizer.categorize("Problem", "after", "T-4").method == "MODEL"


def test_a_child_that_ends_leaves_its_parents_connections_open() -> None:
    """The parent's next call goes over the connection that it had, and the child's over another one."""
    with serve(good) as server, SupportAutoCategorizer(ml_api_url=server.url, enable_cache=False) as categorizer:
        categorizer.categorize(*PAYMENT, "T-1")

        def child() -> str:
            with categorizer:
                return categorizer.categorize(*PAYMENT, "T-2").method

        assert in_child(child) == "MODEL"
        assert categorizer.categorize(*PAYMENT, "T-3").method == "MODEL"
        assert (len(server.asked), server.connections) == (3, 2)


def test_the_answer_to_an_earlier_question_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that is one answer behind, as on a shared connection, gives nobody another's labels."""
    monkeypatch.setenv("RETRY_MAX_ATTEMPTS", "1")
    behind: list[Asked] = []

    def script(asked: Asked, door: Door) -> None:
        behind.append(asked)
        telling(behind[max(0, len(behind) - 2)], door)

    with serve(script) as server, SupportAutoCategorizer(ml_api_url=server.url) as categorizer:
        found = [categorizer.categorize("Problem", word_of(number), "T-1") for number in range(3)]

    assert [answer.model_outcome for answer in found] == ["answered", "garbled", "garbled"]


def test_what_is_drawn_at_random_differs_between_forked_processes() -> None:
    """Partitions, ids of calls and of requests: two children of one parent share none of them."""
    made, rng = LibraryRows(), random.Random(1)
    retry = SupportRetryHandler(rng=rng)
    with serve(good) as server, SupportAutoCategorizer(ml_api_url=server.url, enable_cache=False) as categorizer:

        def child() -> list[Any]:
            categorizer.categorize(*PAYMENT, "T-1")
            retry.get_retry_stats()
            return [row(made, "a").position.partition, rng.random()]

        drawn = [in_child(child) for _ in range(3)]
        ids = [asked.tickets[0]["id"] for asked in server.asked]

    assert all(len(set(values)) == 3 for values in zip(*drawn, strict=True))
    assert len({ticket_id.rpartition("-")[0] for ticket_id in ids}) == 3


def test_a_breaker_that_was_probing_probes_again_in_the_child() -> None:
    """The parent's probes never end in the child: it makes its own, with the state that the parent had."""
    clock = ManualClock()
    breaker = Breaker("model", threshold=1, timeout_s=10.0, clock=clock)
    failed = breaker.acquire()
    assert failed is not None
    breaker.fail(failed)
    opened = in_child(lambda: breaker.state(clock.now()))
    clock.moment += 11.0
    probes = [breaker.acquire(), breaker.acquire()]
    assert None not in probes

    def child() -> list[Any]:
        own = breaker.acquire()
        if own is not None:
            breaker.succeed(own)
        return [own is not None, breaker.state(clock.now())]

    assert (opened, in_child(child), breaker.acquire()) == ("open", [True, "closed"], None)


def test_a_pool_that_is_in_use_at_a_fork_is_empty_and_free_in_the_child() -> None:
    """Whoever held its lock is not there to release it."""
    queue = ConnectionQueue(2)
    queue.put(None)

    def child() -> int:
        queue.put(None, timeout=1)
        return queue.qsize()

    with queue.mutex:
        assert in_child(child) == 1


class StoppedClock(ManualClock):
    """Stops the threads that ask it for the time, which breakers do under their lock, until it is let go on."""

    def __init__(self) -> None:
        super().__init__()
        self.stopping = threading.Event()
        self.stopped = threading.Event()
        self.going_on = threading.Event()

    def now(self) -> float:
        if self.stopping.is_set() and threading.current_thread() is not threading.main_thread():
            self.stopped.set()
            self.going_on.wait(30)
        return super().now()


def test_a_lock_that_is_held_at_a_fork_is_free_in_the_child() -> None:
    """Another thread of the parent is in the middle of a breaker's step: the child's calls go through."""
    clock = StoppedClock()
    retry = SupportRetryHandler(clock=clock)
    retry.execute_with_retry(lambda: None, "ask")
    clock.stopping.set()
    thread = threading.Thread(target=retry.execute_with_retry, args=(lambda: None, "ask"))
    thread.start()
    assert clock.stopped.wait(30)

    assert in_child(lambda: retry.execute_with_retry(lambda: "through", "ask")) == "through"
    clock.going_on.set()
    thread.join()
    assert retry.get_retry_stats()["ask"].succeeded == 2


def test_nothing_is_imported_after_the_start(door: DoorProcess, db_conn: Connection) -> None:
    """A process that is forked in the middle of an import could never finish it, and would write no row."""
    program = r"""
import sys, clickhouse_connect
from analytics import SupportCategorizationAnalytics
from consumer import SupportAutoCategorizer, SupportPerformanceMonitor, SupportRetryHandler
db_conn = clickhouse_connect.get_client(host="127.0.0.1", port=int(sys.argv[1]), database=sys.argv[2])
categorizer = SupportAutoCategorizer(db_conn, ml_api_url=sys.argv[3])
monitor = SupportPerformanceMonitor(db_conn, enable_persistence=True)
retry, analytics = SupportRetryHandler(), SupportCategorizationAnalytics(db_conn)
before = set(sys.modules)
for text in ("No puedo pagar", "<p>Hola</p>", "\u00c3\u00a9", "On Monday, Ana wrote:\n> Hola"):
    with monitor.track("ask"):
        retry.execute_with_retry(lambda: categorizer.categorize("Problema", text, "T-1"), "ask")
analytics.track_categorization("T-2", "billing", None, 0.5, "account")
print(categorizer.flush(), monitor.flush(), sorted(set(sys.modules) - before))
"""
    with serve(good) as server:
        # A name is looked up in a thread of its own.
        url = server.url.replace("127.0.0.1", "localhost")
        command = [sys.executable, "-c", program, str(door.port), db_conn.database or "", url]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=100)

    assert (done.stdout, done.stderr) == ("True True []\n", "")


def test_figures_go_on_in_the_child() -> None:
    """A child begins with the runs and the calls that its parent had counted."""
    monitor, retry = SupportPerformanceMonitor(), SupportRetryHandler(RetryConfig(max_attempts=1))
    for _ in range(3):
        with monitor.track("ask"):
            retry.execute_with_retry(lambda: None, "ask")

    def child() -> list[int]:
        with monitor.track("ask"):
            retry.execute_with_retry(lambda: None, "ask")
        return [monitor.get_stats("ask").count, retry.get_retry_stats()["ask"].calls]

    assert (in_child(child), monitor.get_stats("ask").count) == ([4, 4], 3)
