"""Whether answers have become worse: the last minutes compared with the time before."""

from collections.abc import Sequence
from datetime import datetime
from itertools import accumulate
from math import sqrt
from typing import NamedTuple

from analytics.clickhouse.client import Client
from analytics.clickhouse.parameters import in_sql
from analytics.clickhouse.queries import read
from analytics.reports.intervals import wilson

# Chance alone exceeds this many standard deviations of the Kolmogorov-Smirnov distance once in a thousand times
# (N. Smirnov, "Table for estimating the goodness of fit of empirical distributions", Ann. Math. Stat. 19, 1948).
_CHANCE = 1.95
# The time before must hold enough to be compared with.
_ENOUGH_BEFORE = 50


class Worsening(NamedTuple):
    """By how much something is worse than before, beyond what chance explains, and on how many samples it rests."""

    value: float
    samples: int


def confidence_drift(client: Client, since: datetime) -> Worsening:
    """Return how far the confidences of the model's answers have moved from those of the day before.

    The Kolmogorov-Smirnov distance of both distributions by thousandths, 0 to 1, less what chance exceeds once in a
    thousand times.

    Args:
        client: a client of the database.
        since: an aware time; what is newer is compared with the day before it.

    Raises:
        analytics.clickhouse.errors.Unavailable: when ClickHouse may answer later.
        analytics.clickhouse.errors.Misconfigured: when something has to be changed first.
    """
    rows = client.rows(read("recent_confidences"), {"since": in_sql(since)})
    return drift_beyond_chance([row["lately"] for row in rows], [row["before"] for row in rows])


def drift_beyond_chance(lately: Sequence[int], before: Sequence[int]) -> Worsening:
    """Return the part of a Kolmogorov-Smirnov distance that chance does not explain; 0 with too few samples.

    Args:
        lately: how many samples fall into each bin, bins ascending.
        before: the same of the time before.
    """
    samples, samples_before = sum(lately), sum(before)
    if not samples or samples_before < _ENOUGH_BEFORE:
        return Worsening(0.0, samples)
    shares = zip(accumulate(lately), accumulate(before), strict=True)
    distance = max(abs(now / samples - then / samples_before) for now, then in shares)
    return Worsening(max(0.0, distance - _CHANCE * sqrt(1 / samples + 1 / samples_before)), samples)


def accuracy_drop(client: Client, since: datetime) -> Worsening:
    """Return how far the share of right answers, among judged ones, is below that of the week before.

    The best that the 95 % interval of the latest share allows is compared, so that a few unlucky verdicts are no drop.

    Args:
        client: a client of the database.
        since: an aware time; verdicts that are newer are compared with those of the week before it.

    Raises:
        analytics.clickhouse.errors.Unavailable: when ClickHouse may answer later.
        analytics.clickhouse.errors.Misconfigured: when something has to be changed first.
    """
    (row,) = client.rows(read("recent_verdicts"), {"since": in_sql(since)})
    return drop_beyond_chance(row["right"], row["samples"], row["right_before"], row["samples_before"])


def drop_beyond_chance(right: int, samples: int, right_before: int, samples_before: int) -> Worsening:
    """Return how far a share has fallen at least; 0 with too few samples."""
    if not samples or samples_before < _ENOUGH_BEFORE:
        return Worsening(0.0, samples)
    _, at_best = wilson(right / samples, samples)
    return Worsening(max(0.0, right_before / samples_before - at_best), samples)
