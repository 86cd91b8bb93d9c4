"""What the sink says of itself: metrics, telemetry, and what the watch over the service hears."""

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping

from analytics.store.rows import TABLES
from consumer.monitoring.metrics import (
    CLICKHOUSE_UNAVAILABLE,
    INSERTS,
    LOOK_EVERY_S,
    PROGRESS,
    SINK_BATCHES,
    SINK_DELAY,
    SINK_ROWS,
    STAGES,
    set_client_trouble,
)
from consumer.monitoring.service_watch import ServiceWatch
from consumer.monitoring.telemetry import Telemetry

TELEMETRY_TABLES = frozenset({TABLES["Operation"], TABLES["Alert"]})
# The names by which dashboards and analysts know the tables, in `ticketstream_sink_rows` and in `operations`: they stay
# as they are when a table of ours is named anew.
LABELS = {
    TABLES["TicketCategorized"]: "categorization_store",
    TABLES["TicketCorrected"]: "correction_store",
    TABLES["Operation"]: "telemetry_store",
    TABLES["Alert"]: "alert_store",
    TABLES["TicketText"]: "text_store",
}


class SinkObserver:
    """Counts what the sink did, and sends each round of inserts to telemetry.

    Args:
        telemetry: hears of inserts.
        watch: over durations and failures.
        worker: its name.
        tables: the table of each topic.
        trouble: why the client cannot go on.
    """

    def __init__(
        self,
        telemetry: Telemetry,
        watch: ServiceWatch,
        worker: str,
        tables: Mapping[str, str],
        trouble: Callable[[float], str] = lambda _: "",
    ) -> None:
        self._telemetry = telemetry
        self._watch = watch
        self._worker = worker
        self._delays = {topic: SINK_DELAY.labels(LABELS[table]) for topic, table in tables.items()}
        self._insert_stage = STAGES.labels("insert")
        self._trouble_of = trouble
        self._trouble = ""
        self._progress = PROGRESS.labels(worker)
        self._unavailable = CLICKHOUSE_UNAVAILABLE.labels(worker)
        self._next_look_s = 0.0

    def inserted(
        self, rows: Mapping[str, int], written: Mapping[tuple[str, int], int], began_s: float, ended_s: float
    ) -> None:
        for table, number in rows.items():
            SINK_ROWS.labels(LABELS[table]).inc(number)
        duration_s = ended_s - began_s
        INSERTS.observe(duration_s)
        self._insert_stage.observe(duration_s)
        SINK_BATCHES.inc()
        now_ms = time.time_ns() // 1_000_000
        for topic, delays_s in _delays_s(written, now_ms).items():
            self._delays[topic].observe_many(delays_s)
        self._watch.add("insert", {duration_s: 1}, 0, ended_s)
        # A round that only stored telemetry is not reported: its own report would be the next round.
        if set(rows) - TELEMETRY_TABLES:
            self._telemetry.timed(
                "insert",
                "ok",
                started_us=int((time.time() - duration_s) * 1e6),
                duration_us=int(duration_s * 1e6),
                detail={LABELS[table]: str(number) for table, number in rows.items()},
            )

    def reached(self, *, clickhouse: bool) -> None:
        self._unavailable.set(int(not clickhouse))

    def turned(self) -> None:
        now = time.monotonic()
        if now >= self._next_look_s:
            self._next_look_s = now + LOOK_EVERY_S
            self._progress.set(time.time())
            self._trouble = set_client_trouble(self._worker, self._trouble, self._trouble_of(now))
            self._watch.look(now)
            self._telemetry.look(now)


def _delays_s(written: Mapping[tuple[str, int], int], now_ms: int) -> dict[str, Counter[float]]:
    """How many records of each topic are stored how long after their time; no negative time where clocks differ."""
    delays: dict[str, Counter[float]] = defaultdict(Counter)
    for (topic, written_ms), number in written.items():
        delays[topic][max(0.0, (now_ms - written_ms) / 1000)] += number
    return delays
