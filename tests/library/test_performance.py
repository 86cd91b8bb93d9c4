"""The figures of timed operations, and the monitor that keeps them."""

import asyncio
import random
import statistics
from collections.abc import Callable

import pytest

from consumer import SupportPerformanceMonitor
from consumer.library.performance import Sample, percentile, stats_of
from tests.support.manual_clock import ManualClock


class Timed:
    """A monitor, and a clock that each run moves by its duration."""

    def __init__(self, p95: float = 5.0, failure_rate: float = 0.1) -> None:
        self.clock = ManualClock()
        self.monitor = SupportPerformanceMonitor(
            alert_threshold_p95=p95, alert_threshold_failure_rate=failure_rate, clock=self.clock
        )

    def run(self, operation: str, *durations_s: float) -> None:
        for duration_s in durations_s:
            with self.monitor.track(operation):
                self.clock.moment += duration_s

    def fail(self, operation: str, times: int = 1) -> None:
        for _ in range(times):
            with pytest.raises(OSError, match="down"), self.monitor.track(operation):
                raise OSError("down")


def test_percentiles_are_the_standard_library_s() -> None:
    """Interpolated as `statistics.quantiles` does for a whole population."""
    rng = random.Random(3)
    for count in (2, 3, 10, 997):
        values = sorted(rng.expovariate(1) for _ in range(count))
        hundredths = statistics.quantiles(values, n=100, method="inclusive")

        assert [percentile(values, share / 100) for share in (50, 95, 99)] == pytest.approx(
            [hundredths[share - 1] for share in (50, 95, 99)]
        )


def test_one_run_is_every_percentile() -> None:
    """With a single run all durations are its own."""
    stats = stats_of("ask", [Sample(1.0, 0.25, failed=False)])

    assert {stats.avg_duration, stats.p50_duration, stats.p99_duration, stats.min_duration} == {0.25}


def test_nothing_timed_is_no_error() -> None:
    """An operation that never ran has durations of 0 and no failures."""
    stats = Timed().monitor.get_stats("never")

    assert (stats.count, stats.p95_duration, stats.avg_duration, stats.success_rate) == (0, 0.0, 0.0, 1.0)


def test_runs_are_timed_and_what_they_raise_comes_out() -> None:
    """A run that raises has failed, and its time counts as well."""
    timed = Timed()
    timed.run("ask", 1.0, 2.0, 6.0)
    timed.fail("ask")

    stats = timed.monitor.get_stats("ask")

    assert (stats.count, stats.failures, stats.success_rate) == (4, 1, 0.75)
    assert (stats.total_duration, stats.avg_duration, stats.max_duration) == (9.0, 2.25, 6.0)


def test_the_window_counts_what_ended_in_it() -> None:
    """Older runs are left out."""
    timed = Timed()
    timed.run("ask", 1.0)
    timed.clock.moment += 3_600
    timed.run("ask", 2.0)

    durations = [timed.monitor.get_stats("ask", window_minutes=minutes).max_duration for minutes in (1, 61)]
    counts = [timed.monitor.get_stats("ask", window_minutes=minutes).count for minutes in (1, 61)]

    assert (durations, counts) == ([2.0, 2.0], [1, 2])


def test_memory_is_bounded() -> None:
    """The last 1000 runs of an operation are kept, and the 200 operations used last."""
    timed = Timed()
    timed.run("ask", 9.0, *[1.0] * 1_000)
    for number in range(250):
        timed.run("ask", 1.0)
        timed.run(f"ask {number}", 1.0)

    stats = timed.monitor.get_stats("ask", window_minutes=1_000)

    assert (stats.count, stats.max_duration) == (1_000, 1.0)
    assert len(timed.monitor.slowest(1_000, limit=1_000)) == 200


def test_bottlenecks_take_most_time_and_the_slowest_most_at_once() -> None:
    """Many short runs may take more of the time than few long ones."""
    timed = Timed()
    timed.run("often", *[1.0] * 30)
    timed.run("slow", 10.0)

    bottlenecks = timed.monitor.bottlenecks()

    assert [(found.operation, found.share) for found in bottlenecks] == [("often", 0.75), ("slow", 0.25)]
    assert [found.operation for found in timed.monitor.slowest()] == ["slow", "often"]
    assert [found.operation for found in timed.monitor.slowest(limit=1)] == ["slow"]


def test_alerts_name_what_is_beyond_its_threshold() -> None:
    """A slow operation, a failing one, and none for those within bounds or seen too seldom."""
    timed = Timed(p95=5.0, failure_rate=0.1)
    timed.run("fine", *[1.0] * 20)
    timed.run("slow", *[6.0] * 20)
    timed.run("seldom", 60.0)
    timed.run("failing", *[1.0] * 8)
    timed.fail("failing", 2)

    alerts = timed.monitor.alerts()

    assert [(alert.operation, alert.kind, alert.value, alert.threshold, alert.count) for alert in alerts] == [
        ("failing", "failure_rate", 0.2, 0.1, 10),
        ("slow", "p95", 6.0, 5.0, 20),
    ]
    assert [found.operation for found in timed.monitor.alerts(minimum_runs=1)] == ["failing", "seldom", "slow"]


def test_an_alert_ends_with_its_cause() -> None:
    """Runs that have left the window cause no alert any more."""
    timed = Timed()
    timed.fail("ask", 10)
    timed.clock.moment += 3_601

    assert timed.monitor.alerts() == ()


def test_a_decorated_function_is_timed_under_its_name() -> None:
    """Functions and coroutine functions alike; their results and errors are passed on."""
    timed = Timed()

    @timed.monitor.monitor("ask")
    def ask(number: int) -> int:
        timed.clock.moment += 2.0
        return 10 // number

    @timed.monitor.monitor("ask")
    async def ask_later(number: int) -> int:
        await asyncio.sleep(0)
        return ask.__wrapped__(number)  # type: ignore[attr-defined, no-any-return]

    assert (ask(5), asyncio.run(ask_later(2)), ask.__name__) == (2, 5, "ask")
    with pytest.raises(ZeroDivisionError):
        ask(0)

    stats = timed.monitor.get_stats("ask")
    assert (stats.count, stats.failures, stats.avg_duration) == (3, 1, 2.0)


@pytest.mark.parametrize(
    "make",
    [
        lambda: SupportPerformanceMonitor(alert_threshold_p95=0.0),
        lambda: SupportPerformanceMonitor(alert_threshold_failure_rate=10.0),
        lambda: SupportPerformanceMonitor(enable_persistence=True),
    ],
)
def test_what_cannot_be_is_refused_at_once(make: Callable[[], object]) -> None:
    """An impossible threshold, or persistence with nowhere to persist to."""
    with pytest.raises(ValueError, match=r"alert_threshold|db_connection"):
        make()
