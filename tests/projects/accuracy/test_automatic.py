"""What would be automatic, and the bounds behind it."""

import random

import pytest
from scipy.stats import beta

from projects.accuracy.automatic import GRID, automatic
from projects.accuracy.intervals import effective_n, lower_bound, wilson


def test_enough_right_answers_give_a_bound() -> None:
    """The lowest threshold that is bounded, and the share at or above it."""
    found = automatic([(0.97, True)] * 300 + [(0.3, False)] * 100)

    assert found.kind == "bound"
    assert found.threshold == 0.4
    assert found.share == 0.75
    assert found.at_least >= 0.95


def test_few_right_answers_prove_nothing() -> None:
    """All of 40 are right, which bounds the precision at no 95 %."""
    found = automatic([(0.97, True)] * 40 + [(0.3, False)] * 100)

    assert (found.kind, found.threshold, found.precision) == ("observed", 0.4, 1.0)
    assert found.at_least < 0.95


@pytest.mark.parametrize("answers", [[], [(0.9, True)] * 29, [(0.9, True)] * 90 + [(0.95, False)] * 10])
def test_without_a_threshold_nothing_is_automatic(answers: list[tuple[float, bool]]) -> None:
    """No answers, too few, or wrong ones that are the surest."""
    found = automatic(answers)

    assert (found.kind, found.threshold, found.share) == ("none", None, 0.0)


def test_the_bound_is_seldom_wrong() -> None:
    """Of answers whose precision is just below the goal everywhere, at most a tenth of the samples claims a bound."""
    claims = 0
    for seed in range(200):
        chance = random.Random(seed)
        drawn = [(chance.random(), chance.random() < 0.949) for _ in range(400)]
        claims += automatic(drawn).kind == "bound"

    assert claims <= 20


@pytest.mark.parametrize(("right", "n"), [(0, 10), (1, 1), (9, 10), (400, 400), (380, 400)])
def test_the_exact_bound_is_the_quantile_of_the_beta_distribution(right: int, n: int) -> None:
    """Clopper and Pearson's, as another library computes it."""
    expected = beta.ppf(0.1 / len(GRID), right, n - right + 1) if right else 0.0

    assert lower_bound(right, n, 0.1 / len(GRID)) == pytest.approx(expected, abs=1e-9)


def test_wilsons_interval_is_that_of_the_books() -> None:
    """81 of 263, R. G. Newcombe, "Two-sided confidence intervals for the single proportion", 1998, table I."""
    assert wilson(81 / 263, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)


def test_equal_tickets_count_for_one_another() -> None:
    """Ten groups of ten equal ones tell as much as ten tickets; different ones count each."""
    assert effective_n([10] * 10) == pytest.approx(10)
    assert effective_n([1] * 100) == pytest.approx(100)
