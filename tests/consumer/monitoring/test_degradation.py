"""When an operation counts as degraded."""

import math
import pickle
import random

import pytest

from consumer.monitoring.degradation import MIN_SAMPLES, WINDOW_S, Measurement, RecentCalls, Transition, Watch

T = Transition
LIMIT_S = 5.0


@pytest.mark.parametrize(
    ("measured", "transitions"),
    [
        ([(6.0, MIN_SAMPLES)], [T.BEGAN]),
        ([(6.0, MIN_SAMPLES - 1)], [None]),
        ([(5.0, 1000)], [None]),
        # One beginning, and no other while the value stays near the threshold.
        ([(6.0, 60), (7.0, 60), (4.5, 60), (5.5, 60), (4.0, 60)], [T.BEGAN, None, None, None, T.ENDED]),
        # Too few samples to say that it has recovered.
        ([(6.0, 60), (0.1, 10), (0.1, 60)], [T.BEGAN, None, T.ENDED]),
        ([(6.0, 60), (1.0, 60), (6.0, 60)], [T.BEGAN, T.ENDED, T.BEGAN]),
    ],
)
def test_a_degradation_begins_and_ends_once(
    measured: list[tuple[float, int]], transitions: list[Transition | None]
) -> None:
    """Above the threshold with enough samples it begins; well below it, it ends."""
    watch = Watch(LIMIT_S, 0.0)

    assert [watch.judge(Measurement(*value), float(s)) for s, value in enumerate(measured)] == transitions


def test_an_operation_that_is_not_used_any_more_is_not_degraded() -> None:
    """A whole window without a sample ends the degradation."""
    watch = Watch(LIMIT_S, 0.0)
    nothing = Measurement(0.0, 0)

    assert watch.judge(Measurement(6.0, 60), 10.0) is Transition.BEGAN
    assert watch.judge(nothing, 10.0 + WINDOW_S - 1) is None
    assert watch.judge(nothing, 10.0 + WINDOW_S) is Transition.ENDED


def test_the_percentile_is_that_of_the_last_five_minutes() -> None:
    """It is at most 2 % above the exact one by nearest rank; older calls are forgotten, and memory is bounded."""
    chance = random.Random(4)
    recent = RecentCalls()
    at: list[tuple[float, float]] = []
    sizes: list[int] = []
    for number in range(20_000):
        now, duration_s = number * 0.05, chance.lognormvariate(-2, 1.2)
        recent.add(duration_s, 1, int(duration_s > 1), now)
        at.append((now, duration_s))
        sizes.append(len(pickle.dumps(recent)) if number % 1000 == 0 else 0)
    end_s = at[-1][0]
    p95, failures = recent.p95_s(end_s), recent.failure_rate(end_s)
    # Calls are forgotten by slices: those of one slice at the window's beginning may be missing.
    kept = [duration_s for now, duration_s in at][-p95.samples :]
    exact = sorted(kept)[math.ceil(0.95 * len(kept)) - 1]

    assert exact <= p95.value <= exact * 1.0201
    assert (WINDOW_S - 5) / 0.05 <= p95.samples <= WINDOW_S / 0.05 + 1
    assert failures == Measurement(sum(duration_s > 1 for duration_s in kept) / len(kept), len(kept))
    # The window was full after 6000 calls.
    assert max(sizes) <= 1.1 * max(sizes[:8000])
    assert recent.p95_s(end_s + 2 * WINDOW_S) == Measurement(0.0, 0)


def test_calls_are_added_by_the_number() -> None:
    """Calls of one duration are one addition."""
    recent = RecentCalls()
    recent.add(0.1, 94, 0, 0.0)
    recent.add(9.0, 6, 3, 1.0)

    assert recent.p95_s(1.0).value == pytest.approx(9.0, rel=0.02)
    assert recent.failure_rate(1.0) == Measurement(0.03, 100)
