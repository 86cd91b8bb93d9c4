"""Watches one process: how long its operations take, how many of them fail, and its breaker."""

import threading
import time
from collections.abc import Mapping

from consumer.answer.foreign_labels import ENOUGH, Speech, sentence
from consumer.guards.breaker import BreakerChange
from consumer.model.types import CallReport
from consumer.monitoring.alerts import Alerts
from consumer.monitoring.degradation import Kind, Measurement, RecentCalls, Transition, Watch

LOOK_EVERY_S = 1.0
# A refused ticket is not a failure of the model.
_SUCCESSES = frozenset({"answered", "refused"})


class _Operation:
    """The recent calls of one operation, and the two values watched."""

    def __init__(self, p95_s: float, failure_rate: float, now: float) -> None:
        self.recent = RecentCalls()
        self.p95 = Watch(p95_s, now)
        self.failures = Watch(failure_rate, now)


class ServiceWatch:
    """Watches one process. Thread-safe.

    Args:
        alerts: receives every transition.
        p95_s: highest allowed 95th percentile of an operation's durations.
        failure_rate: highest allowed share of failed calls.
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
        """Add calls of an operation: how many took each duration, and how many of all failed."""
        with self._lock:
            if operation not in self._operations:
                self._operations[operation] = _Operation(self._p95_s, self._failure_rate, now)
            recent = self._operations[operation].recent
            for duration_s, number in durations_s.items():
                recent.add(duration_s, number, failures, now)
                failures = 0

    def call_ended(self, report: CallReport) -> None:
        """One HTTP call to the model, with all its tries."""
        failed = int(report.outcome not in _SUCCESSES)
        self.add(report.operation, {report.duration_us / 1e6: 1}, failed, time.monotonic())

    def breaker_changed(self, change: BreakerChange) -> None:
        """An open breaker is an alert at once, until it is closed; half-open changes nothing."""
        transition = {"open": Transition.BEGAN, "closed": Transition.ENDED}.get(change.state)
        measured = Measurement(float(change.failures), change.failures)
        self._alerts.report(transition, Kind.BREAKER_OPEN, change.name, measured, float(self._breaker_threshold))

    def speech_changed(self, speech: Speech) -> None:
        """A model that names no category of the taxonomy is an alert at once, until it names one."""
        transition = Transition.BEGAN if speech.foreign else Transition.ENDED
        measured = Measurement(float(speech.replies), speech.replies)
        more = sentence(", ".join(speech.labels))
        self._alerts.report(transition, Kind.FOREIGN_LABELS, "model", measured, float(ENOUGH), more)

    def look(self, now: float) -> None:
        """Judge every operation, at most once a second."""
        if now < self._next_look_s:
            return
        self._next_look_s = now + LOOK_EVERY_S
        self._alerts.look(now)
        with self._lock:
            for name, operation in self._operations.items():
                for kind, watch, measured in (
                    (Kind.P95, operation.p95, operation.recent.p95_s(now)),
                    (Kind.FAILURE_RATE, operation.failures, operation.recent.failure_rate(now)),
                ):
                    self._alerts.report(watch.judge(measured, now), kind, name, measured, watch.threshold)
