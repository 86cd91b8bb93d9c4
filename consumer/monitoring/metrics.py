"""The service's metrics, each with its meaning.

Counters are incremented once per transaction, never per record. The processes of one service share their values
through `PROMETHEUS_MULTIPROC_DIR`, which `ticketstream run` sets before it starts them.
"""

import time
from collections import Counter as Count
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from prometheus_client import Counter, Gauge, Histogram

from analytics.store.rows import TABLES
from consumer.answer.cache import Answer
from consumer.categorizer.answerer import Answerer
from consumer.categorizer.envelope import DeadLetter, Envelope, Repeat
from consumer.categorizer.window import Window
from consumer.model.types import CallReport
from consumer.monitoring.service_watch import ServiceWatch
from consumer.monitoring.telemetry import Telemetry

if TYPE_CHECKING:
    from schemas.events import Method

# Committed answers by method; provisional ones wait for the model.
ANSWERS = Counter("ticketstream_answers", "Answers committed.", ["method", "provisional"])
# Records that could not be answered, by reason.
DEAD_LETTERS = Counter("ticketstream_dead_letters", "Dead letters committed.", ["reason"])
REPEATS = Counter("ticketstream_repeats", "Tickets dropped because they were answered before.")
TRANSACTIONS = Histogram(
    "ticketstream_transaction_seconds",
    "How long one transaction took.",
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 3, 10, 30),
)
# The longest time of a ticket from being read to being committed, one value per transaction.
SLOWEST = Histogram(
    "ticketstream_slowest_ticket_seconds",
    "End-to-end time of the slowest ticket of each transaction.",
    buckets=(0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
WINDOW = Gauge("ticketstream_window_records", "Records between poll and commit.", multiprocess_mode="livesum")
LAG = Gauge("ticketstream_lag_records", "Records that stand in Kafka unread.", ["topic"], multiprocess_mode="livesum")
WAITING = Gauge("ticketstream_model_waiting", "Tickets that wait for the model.", multiprocess_mode="livesum")
STOPPED = Gauge("ticketstream_consumption_stopped", "1 while consumption is stopped.", multiprocess_mode="livemax")
BREAKER = Gauge("ticketstream_breaker_open", "1 while the model's breaker is not closed.", multiprocess_mode="livemax")
SINK_ROWS = Counter("ticketstream_sink_rows", "Rows inserted into ClickHouse.", ["table"])
INSERTS = Histogram("ticketstream_insert_seconds", "How long one round of inserts took.")
# Seconds since the epoch of the worker's last turn; the liveness probe reads it.
PROGRESS = Gauge(
    "ticketstream_progress_seconds", "When the worker last went round.", ["worker"], multiprocess_mode="livemax"
)

LOOK_EVERY_S = 0.5
TELEMETRY_TABLES = frozenset({TABLES["Operation"], TABLES["Alert"]})
# Asked only when it is time to look.
Behind = Callable[[], Mapping[str, int]]


class CategorizerObserver:
    """Counts what the categorizer did; tells telemetry how long each transaction and each call to the model took."""

    def __init__(self, telemetry: Telemetry, watch: ServiceWatch, worker: str, calls: deque[CallReport]) -> None:
        self._telemetry = telemetry
        self._watch = watch
        self._calls = calls
        self._progress = PROGRESS.labels(worker)
        self._next_look_s = 0.0

    def committed(self, envelopes: Sequence[Envelope], began_s: float, ended_s: float) -> None:
        answers: Count[tuple[Method, bool]] = Count()
        dead: Count[str] = Count()
        repeats = 0
        for envelope in envelopes:
            match envelope.outcome:
                case Answer(_, method, provisional):
                    answers[method, provisional] += 1
                case DeadLetter(reason, _):
                    dead[reason] += 1
                case Repeat():
                    repeats += 1
                case None:
                    pass
        for (how, waits), number in answers.items():
            ANSWERS.labels(how, str(waits).lower()).inc(number)
        for why, number in dead.items():
            DEAD_LETTERS.labels(why).inc(number)
        REPEATS.inc(repeats)
        duration_s = ended_s - began_s
        TRANSACTIONS.observe(duration_s)
        # Records of one poll entered together.
        entered = Count(envelope.entered_s for envelope in envelopes)
        SLOWEST.observe(ended_s - min(entered))
        waiting = sum(number for (_, provisional), number in answers.items() if provisional)
        self._watch.add("end_to_end", {ended_s - at_s: number for at_s, number in entered.items()}, waiting, ended_s)
        self._telemetry.timed(
            "transaction",
            "ok",
            started_us=int((time.time() - duration_s) * 1e6),
            duration_us=int(duration_s * 1e6),
            detail={"records": str(len(envelopes))},
        )

    def looked(self, window: Window, answerer: Answerer, behind: Behind, *, full: bool) -> None:
        while self._calls:
            report = self._calls.popleft()
            self._telemetry.call_ended(report)
            self._watch.call_ended(report)
        now = time.monotonic()
        if now < self._next_look_s:
            return
        self._next_look_s = now + LOOK_EVERY_S
        self._progress.set(time.time())
        self._watch.look(now)
        WINDOW.set(window.records)
        WAITING.set(answerer.live_waiting + answerer.requeued_waiting)
        STOPPED.set(int(full))
        _show(behind())


class SinkObserver:
    """Counts what the sink did, and sends each round of inserts to telemetry."""

    def __init__(self, telemetry: Telemetry, watch: ServiceWatch, worker: str) -> None:
        self._telemetry = telemetry
        self._watch = watch
        self._progress = PROGRESS.labels(worker)
        self._next_look_s = 0.0

    def inserted(self, rows: Mapping[str, int], began_s: float, ended_s: float) -> None:
        for table, number in rows.items():
            SINK_ROWS.labels(table).inc(number)
        duration_s = ended_s - began_s
        INSERTS.observe(duration_s)
        self._watch.add("insert", {duration_s: 1}, 0, ended_s)
        # A round that only stored telemetry is not reported: its own report would be the next round.
        if set(rows) - TELEMETRY_TABLES:
            self._telemetry.timed(
                "insert",
                "ok",
                started_us=int((time.time() - duration_s) * 1e6),
                duration_us=int(duration_s * 1e6),
                detail={table: str(number) for table, number in rows.items()},
            )

    def looked(self, behind: Behind) -> None:
        now = time.monotonic()
        if now >= self._next_look_s:
            self._next_look_s = now + LOOK_EVERY_S
            self._progress.set(time.time())
            self._watch.look(now)
            _show(behind())


def _show(lag: Mapping[str, int]) -> None:
    for topic, records in lag.items():
        LAG.labels(topic).set(records)
