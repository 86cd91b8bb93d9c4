"""Intervals of the difference of two shares: of two models that answered the same tickets, or different ones."""

from math import hypot, sqrt
from typing import NamedTuple

from analytics.reports.figure import Figure

# The 95 % and the 97.5 % quantile of the normal distribution: a one-sided and a two-sided 95 %.
ONE_SIDED, TWO_SIDED = 1.6448536269514722, 1.959963984540054
# Halving the range -1..1 this often reaches the precision of a double.
_HALVINGS = 60


class Difference(NamedTuple):
    """How much more often one model is right than another.

    Attributes:
        difference: of the two shares, -1 to 1.
        low: lower end of the interval.
        high: upper end of the interval.
    """

    difference: float
    low: float
    high: float


def difference(gained: int, lost: int, n: int, quantile: float) -> Difference:
    """Return the difference of paired shares with its score interval.

    It keeps its promise for few discordant pairs, where the Wald interval is too short, and is not empty for none. T.
    Tango, "Equivalence test and confidence interval for the difference in proportions for the paired-sample design",
    Statistics in Medicine 17, 1998.

    Args:
        gained: pairs that only the new model has right.
        lost: pairs that only the old model has right.
        n: all pairs, above 0.
        quantile: of the normal distribution; ONE_SIDED makes each end alone a 95 % bound.
    """
    found = (gained - lost) / n
    return Difference(found, _lower(gained, lost, n, quantile), -_lower(lost, gained, n, quantile))


def unpaired(old: Figure, new: Figure) -> Difference:
    """Return the difference of shares of different tickets with its 95 % interval.

    The distances of both shares to the ends of their own intervals are added as squares. R. G. Newcombe, "Interval
    estimation for the difference between independent proportions", Statistics in Medicine 17, 1998, method 10.

    Args:
        old: a share with its Wilson interval.
        new: the share from which the old one is taken.
    """
    found = new.share - old.share
    below = hypot(new.share - new.low, old.high - old.share)
    above = hypot(new.high - new.share, old.share - old.low)
    return Difference(found, found - below, found + above)


def _lower(gained: int, lost: int, n: int, quantile: float) -> float:
    low, high = -1.0, (gained - lost) / n
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if score(gained, lost, n, middle) > quantile:
            low = middle
        else:
            high = middle
    return low


def score(gained: int, lost: int, n: int, delta: float) -> float:
    """Return how many deviations the pairs lie above a true difference of `delta`, above -1 and below 1 (Tango, eq. 3).

    The variance is that under `delta`, with the probability of a lost pair at its greatest likelihood.
    """
    b = -gained - lost + (2 * n - gained + lost) * delta
    c = -lost * delta * (1 - delta)
    p_lost = (sqrt(max(0.0, b * b - 8 * n * c)) - b) / (4 * n)
    variance = n * (2 * p_lost + delta * (1 - delta))
    distance = gained - lost - n * delta
    if variance <= 0:
        return float("inf") if distance > 0 else 0.0
    return distance / sqrt(variance)
