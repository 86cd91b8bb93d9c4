"""The forecast of the learning curve: right where the law holds, sane where nothing can be told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from projects.accuracy.curve import Point, forecast


def points(*accuracies: float, error: float = 0.01) -> list[Point]:
    return [Point(100 * 2**at, accuracy, error, 100.0 * 2**at) for at, accuracy in enumerate(accuracies)]


@pytest.mark.parametrize(("limit", "scale", "decay"), [(1.0, 4.0, 0.5), (0.9, 3.0, 0.5), (1.0, 1.5, 0.3)])
def test_a_curve_that_follows_the_law_is_continued(limit: float, scale: float, decay: float) -> None:
    """Within a point for twice as many tickets, though neither limit nor decay is known."""

    def law(tickets: int) -> float:
        return limit - scale * float(tickets**-decay)

    measured = [Point(tickets, law(tickets), 0.002, tickets) for tickets in (100, 200, 400, 800)]

    (found,) = forecast(measured, [1600])

    assert found.accuracy == pytest.approx(law(1600), abs=0.01)
    assert found.low <= law(1600) + 0.005
    assert found.high >= law(1600) - 0.005


def test_a_flat_curve_promises_nearly_nothing() -> None:
    """More tickets of the same kind would not help, and the forecast says so."""
    (found,) = forecast(points(0.6, 0.6, 0.6, error=0.002), [800])

    assert 0.6 <= found.accuracy < 0.62


def test_a_curve_that_falls_forecasts_what_was_measured_last() -> None:
    """Noise is no reason to expect less of more tickets."""
    (found,) = forecast(points(0.8, 0.75, 0.7, error=0.005), [800])

    assert 0.7 <= found.accuracy < 0.75


def test_one_point_forecasts_nothing() -> None:
    """A curve needs two."""
    assert forecast(points(0.5), [200]) == []


@given(
    st.lists(st.floats(0, 1), min_size=2, max_size=5),
    st.floats(0, 0.3),
    st.integers(1, 50),
)
def test_a_forecast_is_never_below_what_was_measured_nor_above_one(
    accuracies: list[float], error: float, times: int
) -> None:
    """Whatever was measured, and however far the forecast looks."""
    measured = points(*accuracies, error=error)
    last = measured[-1]

    near, far = forecast(measured, [last.tickets, last.tickets * (times + 1)])

    assert near.accuracy == pytest.approx(last.accuracy)
    assert last.accuracy - 1e-9 <= far.low <= far.high <= 1
    assert far.low - 1e-9 <= far.accuracy <= 1
