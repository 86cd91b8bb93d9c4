"""A share with its sample size and interval. No share is shown without them."""

from dataclasses import dataclass

from analytics.reports.intervals import effective_n, wilson
from analytics.reports.report import Cell

# With fewer answers the interval is wider than ±15 points, and the number would mislead.
MINIMUM_N = 30


@dataclass(frozen=True, slots=True)
class Figure:
    """A share, such as an accuracy.

    Attributes:
        n: answers it is computed from.
        right: how many of them were right.
        share: the share, 0 to 1; weighted for the audit; 0.0 when n is 0.
        low: lower end of the 95 % interval.
        high: upper end of it.
    """

    n: int
    right: int
    share: float
    low: float
    high: float

    @property
    def enough(self) -> bool:
        """Whether n is enough to show a number."""
        return self.n >= MINIMUM_N

    def cells(self) -> tuple[Cell, ...]:
        """The share and the ends of its interval: None when there is not enough."""
        return (self.share, self.low, self.high) if self.enough else (None, None, None)


NOTHING = Figure(0, 0, 0.0, 0.0, 1.0)


def figure(n: int, right: int) -> Figure:
    """Return the share of `right` among n answers of equal weight."""
    return Figure(n, right, right / n, *wilson(right / n, n)) if n else NOTHING


def weighted(n: int, right: int, weight: float, weight_right: float, weight_squared: float) -> Figure:
    """Return the share among answers that were drawn with known probabilities. An answer weighs 1 / its probability.

    The ratio of weighted sums (J. Hájek, 1971), with the effective number of answers.

    Args:
        n: answers drawn and judged.
        right: how many of them were right.
        weight: sum of their weights.
        weight_right: the same of the right ones.
        weight_squared: sum of the squared weights of all.
    """
    if n == 0:
        return NOTHING
    share = weight_right / weight
    return Figure(n, right, share, *wilson(share, effective_n(weight, weight_squared)))
