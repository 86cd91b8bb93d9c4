"""`SupportPerformanceMonitor`: how long your operations take and how often they fail."""

import threading
import weakref
from collections import deque
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import ParamSpec, Self, TypeVar

from cachetools import LRUCache

from analytics.clickhouse.client import Connection
from analytics.forks import begins_anew
from analytics.library.connection import Given
from analytics.library.library_rows import SERVICE_VERSION, LibraryRows
from analytics.library.recorder import Recorder
from analytics.store.row_writer import RowWriter
from consumer import logs
from consumer.guards.clock import Clock, SystemClock
from consumer.library.callables import check_name
from consumer.library.performance import (
    Bottleneck,
    PerformanceAlert,
    PerformanceStats,
    Sample,
    alerts_of,
    bottlenecks_of,
    slowest_of,
    stats_of,
)
from consumer.library.process_name import process_name
from consumer.library.tracked_block import Run, TrackedBlock
from consumer.monitoring.operation_events import Operations

KEPT_PER_OPERATION = 1_000
# Operation names that hold an id would otherwise fill the memory; the least recently used operation is forgotten.
MAX_OPERATIONS = 200
# Limits of a run's recorded metadata: enough to find the run again, too little to fill the database.
MAX_DETAILS = 20
MAX_DETAIL_CHARACTERS = 200
# With fewer runs a value says nothing; callers can ask for more.
MINIMUM_RUNS = 5

_T = TypeVar("_T")
_P = ParamSpec("_P")


class SupportPerformanceMonitor:
    """Times operations by name and keeps the last 1000 runs of each in memory. Thread-safe.

    With persistence, each run is also a row of the view `operations`. Rows are written in the background; rows that
    ClickHouse does not take are dropped. Close the monitor, or use it as a context manager, to write the last rows.

    A forked process may go on using it, as its parent may: it begins with the runs in memory, and without the rows that
    its parent has still to write.

    Args:
        db_connection: What `clickhouse_connect.get_client` returned; its database is brought up to date.
        enable_persistence: Whether to write the runs over that connection.
        alert_threshold_p95: A P95 above this, in seconds, is an alert.
        alert_threshold_failure_rate: A share of failed runs above this, 0 to 1, is an alert.
        clock: Tells the time; the machine's clock by default.

    Raises:
        ValueError: A threshold is out of range, or persistence is on without a connection.
    """

    def __init__(
        self,
        db_connection: Connection | None = None,
        enable_persistence: bool = False,
        alert_threshold_p95: float = 5.0,
        alert_threshold_failure_rate: float = 0.1,
        *,
        clock: Clock | None = None,
    ) -> None:
        if not alert_threshold_p95 > 0:
            raise ValueError("alert_threshold_p95 must be a number of seconds above 0")
        if not 0 <= alert_threshold_failure_rate <= 1:
            raise ValueError("alert_threshold_failure_rate must be from 0 to 1")
        if enable_persistence and db_connection is None:
            raise ValueError("enable_persistence needs a db_connection to write to; give one, or leave it off")
        logs.configure_as_library()
        self._p95_threshold = alert_threshold_p95
        self._failure_rate_threshold = alert_threshold_failure_rate
        self._clock = clock or SystemClock()
        self._runs: LRUCache[str, deque[Sample]] = LRUCache(MAX_OPERATIONS)
        self._lock = threading.Lock()
        self._rows = LibraryRows()
        self._recorder: Recorder | None = None
        if db_connection is not None and enable_persistence:
            given = Given(db_connection)
            self._recorder = Recorder(lambda: RowWriter(given.client()))
            # The remaining rows are written when the monitor is freed, or at the end of the program.
            weakref.finalize(self, self._recorder.close)
        self.begin_anew()
        begins_anew(self)

    def begin_anew(self) -> None:
        """Report under the name of this process; see `analytics.forks.Forkable`."""
        self._operations = Operations(process_name(), SERVICE_VERSION)
        if self._lock.locked():
            # Another thread of the parent was in the middle of a change.
            known = {name: self._runs[name] for name in list(self._runs)}
            self._runs = LRUCache(MAX_OPERATIONS)
            self._runs.update(known)
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def track(self, operation: str, metadata: Mapping[str, object] | None = None) -> TrackedBlock:
        """Time the block of `with` or `async with`; it has failed when it raises. The error is passed on.

        As a decorator it times each call of the function, as `monitor` does.

        Args:
            operation: The operation's name, without ids.
            metadata: Recorded with the run; `ticket_id` goes to its own column. Must not hold a ticket's text.
        """
        return TrackedBlock(operation, self._clock, lambda run: self._ended(run, metadata))

    def monitor(self, operation: str | None = None) -> Callable[[Callable[_P, _T]], Callable[_P, _T]]:
        """Decorate a function, or a coroutine function, so that each call of it is timed.

        What a function returns to be awaited is timed while it is awaited. Until then nothing counts.

        Args:
            operation: The operation's name; by default the function's module and name.

        Raises:
            TypeError: The name is not text. When a function is decorated: it is none, or a generator function. When it
                is called: it returned a generator.
        """
        check_name(operation, "monitor")
        return TrackedBlock(operation, self._clock, lambda run: self._ended(run, None))

    def get_stats(self, operation: str, window_minutes: float = 60) -> PerformanceStats:
        """The statistics of the runs that ended within the window, of the last 1000 at most."""
        return stats_of(operation, self._ended_within(operation, window_minutes))

    def bottlenecks(self, window_minutes: float = 60, limit: int = 5) -> tuple[Bottleneck, ...]:
        """The operations with the highest total time."""
        return bottlenecks_of(self._all_stats(window_minutes))[:limit]

    def slowest(self, window_minutes: float = 60, limit: int = 5) -> tuple[PerformanceStats, ...]:
        """The operations with the highest P95."""
        return slowest_of(self._all_stats(window_minutes))[:limit]

    def alerts(self, window_minutes: float = 60, minimum_runs: int = MINIMUM_RUNS) -> tuple[PerformanceAlert, ...]:
        """The operations above a threshold, among those with at least `minimum_runs` runs within the window."""
        stats = self._all_stats(window_minutes)
        return alerts_of(stats, self._p95_threshold, self._failure_rate_threshold, minimum_runs)

    def flush(self) -> bool:
        """Wait until every run so far is persisted, for 30 seconds at most.

        Returns:
            Whether every row since the last call was written. If not, the log says how many were not, and why
            (`rows.not_written`).
        """
        return self._recorder is None or self._recorder.flush()

    def close(self) -> bool:
        """Write the remaining rows, for 30 seconds at most; later runs are kept in memory only.

        Returns:
            As `flush`.
        """
        return self._recorder is None or self._recorder.close()

    @property
    def dropped_rows(self) -> int:
        """How many rows this process will never write, because ClickHouse did not take them."""
        return self._recorder.dropped if self._recorder is not None else 0

    def _ended(self, run: Run, metadata: Mapping[str, object] | None) -> None:
        ended_s = self._clock.now()
        duration_s = ended_s - run.began_s
        self._record(run.operation, Sample(ended_s, duration_s, run.error is not None))
        outcome = "ok" if run.error is None else type(run.error).__name__
        self._persist(run.operation, outcome, run.began_us, duration_s, metadata)

    def _record(self, operation: str, sample: Sample) -> None:
        with self._lock:
            runs = self._runs.get(operation)
            if runs is None:
                runs = self._runs[operation] = deque(maxlen=KEPT_PER_OPERATION)
            runs.append(sample)

    def _persist(
        self, operation: str, outcome: str, started_us: int, duration_s: float, metadata: Mapping[str, object] | None
    ) -> None:
        if self._recorder is None:
            return
        detail = {str(name): str(value)[:MAX_DETAIL_CHARACTERS] for name, value in (metadata or {}).items()}
        ticket_id = detail.pop("ticket_id", None)
        kept = dict(list(detail.items())[:MAX_DETAILS])
        event = self._operations.timing(operation, outcome, started_us, round(duration_s * 1e6), kept, ticket_id)
        self._recorder.offer(self._rows.operation(event))

    def _ended_within(self, operation: str, window_minutes: float) -> list[Sample]:
        since_s = self._clock.now() - window_minutes * 60
        with self._lock:
            runs = self._runs.get(operation, ())
            return [run for run in runs if run.ended_s >= since_s]

    def _all_stats(self, window_minutes: float) -> list[PerformanceStats]:
        with self._lock:
            names = list(self._runs)
        stats = (self.get_stats(name, window_minutes) for name in names)
        return [found for found in stats if found.count]
