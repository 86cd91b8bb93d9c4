"""Computes statistics of timed operations from samples in memory. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple


class Sample(NamedTuple):
    """One run of an operation: when it ended (monotonic seconds), how long it took, and whether it failed."""

    ended_s: float
    duration_s: float
    failed: bool


@dataclass(frozen=True, slots=True)
class PerformanceStats:
    """Durations of one operation's runs, in seconds. Without runs all are 0.0.

    Percentiles are linearly interpolated between the two nearest runs.

    Attributes:
        operation: Name of the operation.
        count: Number of runs.
        failures: Number of runs that raised.
        total_duration: Sum over all runs.
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
    """An operation and its share of the time.

    Attributes:
        operation: Name of the operation.
        share: Share of the time of all operations, 0 to 1. An operation that runs within another counts in both.
        stats: Its statistics.
    """

    operation: str
    share: float
    stats: PerformanceStats


@dataclass(frozen=True, slots=True)
class PerformanceAlert:
    """An operation that exceeds a threshold.

    Attributes:
        operation: Name of the operation.
        kind: The value that is too high: p95 (seconds) or failure_rate (0 to 1).
        value: The value.
        threshold: The highest allowed value.
        count: Number of runs that the value is computed from.
    """

    operation: str
    kind: Literal["p95", "failure_rate"]
    value: float
    threshold: float
    count: int


def stats_of(operation: str, samples: Iterable[Sample]) -> PerformanceStats:
    """The statistics of these runs."""
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
    rank = share * (len(ascending) - 1)
    below = int(rank)
    above = min(below + 1, len(ascending) - 1)
    return ascending[below] + (rank - below) * (ascending[above] - ascending[below])


def bottlenecks_of(stats: Iterable[PerformanceStats]) -> tuple[Bottleneck, ...]:
    """The operations by their total time, the highest first."""
    ranked = sorted(stats, key=lambda found: (-found.total_duration, found.operation))
    total = sum(found.total_duration for found in ranked)
    return tuple(Bottleneck(found.operation, found.total_duration / total if total else 0.0, found) for found in ranked)


def slowest_of(stats: Iterable[PerformanceStats]) -> tuple[PerformanceStats, ...]:
    """The operations by their P95, the highest first."""
    return tuple(sorted(stats, key=lambda found: (-found.p95_duration, found.operation)))


def alerts_of(
    stats: Iterable[PerformanceStats], p95_threshold: float, failure_rate_threshold: float, minimum_runs: int
) -> tuple[PerformanceAlert, ...]:
    """The values above their thresholds, by operation; operations with fewer runs than the minimum are left out."""
    judged = sorted((s for s in stats if s.count >= minimum_runs), key=lambda s: s.operation)
    values = [
        alert
        for s in judged
        for alert in (
            PerformanceAlert(s.operation, "p95", s.p95_duration, p95_threshold, s.count),
            PerformanceAlert(s.operation, "failure_rate", s.failure_rate, failure_rate_threshold, s.count),
        )
    ]
    return tuple(alert for alert in values if alert.value > alert.threshold)
