"""What a process of the service watches of itself: how long its operations take, how many fail, and its breaker."""

import threading
import time
from collections.abc import Mapping

from consumer.guards.breaker import BreakerChange
from consumer.model.types import CallReport
from consumer.monitoring.alerts import Alerts
from consumer.monitoring.degradation import Kind, Measured, RecentCalls, Turn, Watch

LOOK_EVERY_S = 1.0
# A refused ticket is the ticket's fault.
_NO_FAILURE = frozenset({"answered", "refused"})


class _Operation:
    """What is remembered of one operation, and the two things watched of it."""

    def __init__(self, p95_s: float, failure_rate: float, now: float) -> None:
        self.recent = RecentCalls()
        self.p95 = Watch(p95_s, now)
        self.failures = Watch(failure_rate, now)


class ServiceWatch:
    """Watches one process; any thread may report.

    Args:
        alerts: told of every turn.
        p95_s: longest that 95 % of an operation's calls may take.
        failure_rate: largest share of them that may fail.
        breaker_threshold: failed calls in a row that open the breaker.
    """

    def __init__(self, alerts: Alerts, *, p95_s: float, failure_rate: float, breaker_threshold: int) -> None:
        self._alerts = alerts
        self._p95_s = p95_s
        self._failure_rate = failure_rate
        self._breaker_threshold = breaker_threshold
        self._operations: dict[str, _Operation] = {}
        self._next_look_s = 0.0
        self._lock = threading.Lock()

    def add(self, operation: str, durations_s: Mapping[float, int], failures: int, now: float) -> None:
        """So many calls took as long as each of these; so many of all failed."""
        with self._lock:
            if operation not in self._operations:
                self._operations[operation] = _Operation(self._p95_s, self._failure_rate, now)
            recent = self._operations[operation].recent
            for duration_s, number in durations_s.items():
                recent.add(duration_s, number, failures, now)
                failures = 0

    def call_ended(self, report: CallReport) -> None:
        """One HTTP call to the model, with all its tries."""
        failed = int(report.outcome not in _NO_FAILURE)
        self.add(report.operation, {report.duration_us / 1e6: 1}, failed, time.monotonic())

    def breaker_changed(self, change: BreakerChange) -> None:
        """An open breaker is an alert at once, until it closes; half-open it is still on trial."""
        turn = {"open": Turn.BEGAN, "closed": Turn.ENDED}.get(change.state)
        measured = Measured(float(change.failures), change.failures)
        self._alerts.turn(turn, Kind.BREAKER_OPEN, change.name, measured, float(self._breaker_threshold))

    def look(self, now: float) -> None:
        """Judge everything, once a second at most."""
        if now < self._next_look_s:
            return
        self._next_look_s = now + LOOK_EVERY_S
        with self._lock:
            for name, each in self._operations.items():
                for kind, watch, measured in (
                    (Kind.P95, each.p95, each.recent.p95_s(now)),
                    (Kind.FAILURE_RATE, each.failures, each.recent.failure_rate(now)),
                ):
                    self._alerts.turn(watch.judge(measured, now), kind, name, measured, watch.threshold)
