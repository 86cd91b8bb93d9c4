"""The learning curve: accuracy at growing numbers of tickets, and what more of them would give.

Accuracy follows an inverse power law, accuracy(n) = limit - scale * n ** -decay: R. L. Figueroa et al., "Predicting
sample size required for classification performance", BMC Medical Informatics and Decision Making 12:8, 2012. Few points
with noise do not tell its three numbers, so no single curve is taken: every curve of a grid counts by its likelihood
(Bayes). A forecast is the mean over all of them, never below what was measured last and never above 1.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

_DECAYS = np.linspace(0.05, 1.5, 30)
_LIMITS = 41
_UNLEARNABLE = 0.1
"""Prior mean of what no number of tickets would mend, as a share of today's errors.

A flat prior forecasts three to four points too little for twice as many tickets of clinc150, since few points do not
tell a low limit from a slow rise. With this one the mean error was within one point on banking77's ten groups, and on
clinc150 with 15 % wrong labels; those samples are not among the ones of benchmarks/projects_promise.py."""
_TAIL = 0.05
_FEWEST_POINTS = 2


class Point(NamedTuple):
    """One measured point of the curve.

    Attributes:
        tickets: From which the models learned.
        accuracy: 0 to 1, on tickets that they did not see.
        error: Its standard error.
        equivalent: How many tickets, drawn at random, teach as much; see `projects.accuracy.held_out.equivalent`.
    """

    tickets: int
    accuracy: float
    error: float
    equivalent: float


class Forecast(NamedTuple):
    """Expected accuracy, and the range that holds it with 90 % probability if it follows the law."""

    tickets: int
    accuracy: float
    low: float
    high: float


def forecast(points: Sequence[Point], sizes: Sequence[int]) -> list[Forecast]:
    """The accuracy that models of other sizes would have.

    Args:
        points: Of growing equivalent size. Fewer than two forecast nothing.
        sizes: Numbers of tickets, none below the last point's equivalent.
    """
    if len(points) < _FEWEST_POINTS:
        return []
    curves, weights = _curves(points)
    last = points[-1]
    at_last = _accuracy(curves, last.equivalent)
    found = []
    for size in sizes:
        # From what was measured last, since it was measured best.
        gains = np.maximum(_accuracy(curves, size) - at_last, 0.0)
        reached = np.clip(last.accuracy + gains, 0.0, 1.0)
        low, high = _quantiles(reached, weights)
        mean = min(1.0, float(reached @ weights))
        found.append(Forecast(size, mean, min(low, mean), max(high, mean)))
    return found


def _curves(points: Sequence[Point]) -> tuple[Floats, Floats]:
    """Limit, scale and decay of every curve (curves, 3), and their weights, which sum to 1."""
    sizes = np.array([point.equivalent for point in points])
    measured = np.array([point.accuracy for point in points])
    errors = np.array([max(point.error, 1e-3) for point in points])
    limits = np.linspace(measured[-1], 1.0, _LIMITS)
    limit, decay = (axis.ravel() for axis in np.meshgrid(limits, _DECAYS))
    falls = sizes[np.newaxis, :] ** -decay[:, np.newaxis]
    missing = limit[:, np.newaxis] - measured
    precision = errors**-2
    scale = np.maximum((precision * falls * missing).sum(axis=1) / (precision * falls**2).sum(axis=1), 0.0)
    misses = ((missing - scale[:, np.newaxis] * falls) / errors) ** 2
    unlearnable = (1 - limit) / max(1 - measured[-1], 1e-3)
    log_weights = -misses.sum(axis=1) / 2 - unlearnable / _UNLEARNABLE
    weights = np.exp(log_weights - log_weights.max())
    return np.stack([limit, scale, decay], axis=1), weights / weights.sum()


def _accuracy(curves: Floats, tickets: float) -> Floats:
    return np.asarray(curves[:, 0] - curves[:, 1] * float(tickets) ** -curves[:, 2])


def _quantiles(values: Floats, weights: Floats) -> tuple[float, float]:
    order = np.argsort(values)
    sums = np.cumsum(weights[order])
    low, high = np.searchsorted(sums, [_TAIL, 1 - _TAIL])
    last = len(values) - 1
    return float(values[order[min(low, last)]]), float(values[order[min(high, last)]])
