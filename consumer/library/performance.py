"""Figures of timed operations: pure, over samples in memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Sample(NamedTuple):
    """One run of an operation: when it ended (monotonic), how long it took, and whether it failed."""

    ended_s: float
    duration_s: float
    failed: bool


@dataclass(frozen=True, slots=True)
class PerformanceStats:
    """What the runs of one operation took, in seconds. All durations are 0.0 when there are no runs.

    Percentiles are linearly interpolated between the two nearest runs.

    Attributes:
        operation: Which.
        count: Runs.
        failures: Those that raised.
        total_duration: All runs together.
    """

    operation: str
    count: int
    failures: int
    total_duration: float
    avg_duration: float
    min_duration: float
    p50_duration: float
    p95_duration: float
    p99_duration: float
    max_duration: float

    @property
    def success_rate(self) -> float:
        """Share of the runs that did not raise, 0 to 1; 1.0 when there are none."""
        return 1 - self.failure_rate

    @property
    def failure_rate(self) -> float:
        """Share of the runs that raised, 0 to 1; 0.0 when there are none."""
        return self.failures / self.count if self.count else 0.0


@dataclass(frozen=True, slots=True)
class Bottleneck:
    """An operation by the time that goes into it.

    Attributes:
        operation: Which.
        share: Of the time of all operations together, 0 to 1. Operations within others count in both.
        stats: Its figures.
    """

    operation: str
    share: float
    stats: PerformanceStats


@dataclass(frozen=True, slots=True)
class PerformanceAlert:
    """An operation that is beyond a threshold.

    Attributes:
        operation: Which.
        kind: What is too high: p95 (seconds) or failure_rate (0 to 1).
        value: How high it is.
        threshold: How high it may be.
        count: Runs that it is computed from.
    """

    operation: str
    kind: Literal["p95", "failure_rate"]
    value: float
    threshold: float
    count: int


def stats_of(operation: str, samples: Iterable[Sample]) -> PerformanceStats:
    """The figures of some runs."""
    runs = list(samples)
    durations = sorted(run.duration_s for run in runs)
    if not durations:
        return PerformanceStats(operation, 0, 0, *[0.0] * 7)
    total = sum(durations)
    return PerformanceStats(
        operation,
        len(runs),
        sum(run.failed for run in runs),
        total,
        total / len(runs),
        durations[0],
        percentile(durations, 0.50),
        percentile(durations, 0.95),
        percentile(durations, 0.99),
        durations[-1],
    )


def percentile(ascending: Sequence[float], share: float) -> float:
    """The value below which a share of the values lie, interpolated linearly (type 7 of Hyndman and Fan, 1996).

    Args:
        ascending: at least one value.
        share: 0 to 1.
    """
    place = share * (len(ascending) - 1)
    below = int(place)
    above = min(below + 1, len(ascending) - 1)
    return ascending[below] + (place - below) * (ascending[above] - ascending[below])


def bottlenecks_of(stats: Iterable[PerformanceStats]) -> tuple[Bottleneck, ...]:
    """The operations, the one that takes most of the time first."""
    ranked = sorted(stats, key=lambda each: (-each.total_duration, each.operation))
    total = sum(each.total_duration for each in ranked)
    return tuple(Bottleneck(each.operation, each.total_duration / total if total else 0.0, each) for each in ranked)


def slowest_of(stats: Iterable[PerformanceStats]) -> tuple[PerformanceStats, ...]:
    """The operations, the one with the highest P95 first."""
    return tuple(sorted(stats, key=lambda each: (-each.p95_duration, each.operation)))


def alerts_of(
    stats: Iterable[PerformanceStats], p95_threshold: float, failure_rate_threshold: float, minimum_runs: int
) -> tuple[PerformanceAlert, ...]:
    """What is above its threshold, by operation, among the operations with enough runs to tell."""
    told = [each for each in sorted(stats, key=lambda each: each.operation) if each.count >= minimum_runs]
    found = [
        alert
        for each in told
        for alert in (
            PerformanceAlert(each.operation, "p95", each.p95_duration, p95_threshold, each.count),
            PerformanceAlert(each.operation, "failure_rate", each.failure_rate, failure_rate_threshold, each.count),
        )
    ]
    return tuple(alert for alert in found if alert.value > alert.threshold)
