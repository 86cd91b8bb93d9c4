"""Means and shares over streams, with their intervals, as the tables show them."""

from collections.abc import Sequence
from math import sqrt
from statistics import fmean, stdev
from typing import NamedTuple

from projects.accuracy.intervals import wilson

_Z = 1.959963984540054


class Share(NamedTuple):
    """How often something happened, of so many times."""

    times: int
    of: int

    @property
    def value(self) -> float:
        """0 to 1; not a number where there was no trial."""
        return self.times / self.of if self.of else float("nan")

    def __str__(self) -> str:
        if not self.of:
            return "-"
        low, high = wilson(self.value, self.of)
        return f"{self.times:,} of {self.of:,}: {self.value:.3f} ({low:.3f} to {high:.3f})"


def points(values: Sequence[float]) -> str:
    """The mean of differences in points, with its 95 % interval, and the lowest and the highest."""
    if not values:
        return "-"
    mean = 100 * fmean(values)
    if len(values) == 1:
        return f"{mean:+.1f}"
    half = 100 * _Z * stdev(values) / sqrt(len(values))
    return f"{mean:+.1f} ± {half:.1f} ({100 * min(values):+.1f} to {100 * max(values):+.1f})"


def mean(values: Sequence[float]) -> float:
    """Not a number where there are none."""
    return fmean(values) if values else float("nan")
