"""How often answers were right: the figures that `SupportCategorizationAnalytics` returns."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from analytics.reports.accuracy import Accuracy, Group
from analytics.reports.figure import Figure


@dataclass(frozen=True, slots=True)
class AccuracyMetrics:
    """The accuracy of a window's answers, in three figures, because none of them alone is the truth.

    Attributes:
        since: Answers from this moment on are counted.
        overall_accuracy: Percent of the answers that nobody corrected: an upper bound, since nobody looks at every
            answer. Always a number, 0.0 without answers; see `enough` and `interval` for what it is worth.
        interval: The ends of its 95 % interval, percent.
        n: Answers it is computed from.
        enough: Whether they are enough to name a number.
        verified: Of the answers that a person confirmed or corrected, the share that was confirmed; too low where
            people open doubtful ones only.
        audit: The weighted share among answers drawn at random by the service: the unbiased figure, if there were any.
        reviewed: Answers that a person confirmed or corrected.
        corrected: Answers that a person found wrong.
        by_category: The same figures for each category that was answered, as shares from 0 to 1.
        by_method: The same for each method of answering.
    """

    since: datetime
    overall_accuracy: float
    interval: tuple[float, float]
    n: int
    enough: bool
    verified: Figure
    audit: Figure
    reviewed: int
    corrected: int
    by_category: Mapping[str, Group]
    by_method: Mapping[str, Group]

    @property
    def correction_rate(self) -> float:
        """Share of the answers that people corrected, 0 to 1; 0.0 without answers."""
        return self.corrected / self.n if self.n else 0.0


def metrics_of(measured: Accuracy, since: datetime) -> AccuracyMetrics:
    """Return the figures of a report as the library names them."""
    everything = measured.all
    bound = everything.upper_bound
    return AccuracyMetrics(
        since,
        100 * bound.share,
        (100 * bound.low, 100 * bound.high),
        everything.n,
        bound.enough,
        everything.verified,
        measured.audit,
        everything.reviewed,
        everything.corrected,
        {str(group.name): group for group in measured.categories},
        {str(group.name): group for group in measured.methods},
    )
