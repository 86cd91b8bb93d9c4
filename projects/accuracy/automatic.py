"""Which confidence held-out answers must reach to be right often enough, and how many of them reach it."""

from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

from projects.accuracy.intervals import lower_bound

Kind = Literal["bound", "observed", "none"]

GOAL: Final = 0.95
ALPHA: Final = 0.10
GRID: Final = (
    *(0.0, 0.2, 0.3, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95),
    *(0.96, 0.97, 0.98, 0.99, 0.995),
)
_FEWEST = 30


class Automatic(NamedTuple):
    """What would be automatic.

    Attributes:
        kind: bound: the exact lower bound of the precision reaches the goal, with 90 % confidence, corrected for having
            looked at the whole grid (Bonferroni). observed: the precision alone does, which proves nothing. none: no
            confidence does, or too few tickets reach one that does.
        threshold: The lowest such confidence of the grid; None when there is none.
        share: Of all held-out tickets, those at or above it.
        precision: The share of those that were right.
        at_least: The lower bound of the precision.
    """

    kind: Kind
    goal: float
    threshold: float | None
    share: float
    precision: float | None
    at_least: float


def automatic(answers: Sequence[tuple[float, bool]], goal: float = GOAL) -> Automatic:
    """The lowest threshold whose precision is bounded; else the lowest whose precision was observed.

    As `ticketstream report thresholds` chooses: Y. Geifman and R. El-Yaniv, arXiv 1705.08500.

    Args:
        answers: Confidence, and whether the answer was right, of different held-out texts.
        goal: The precision wanted, above 0 and below 1.
    """
    observed: Automatic | None = None
    for threshold in GRID:
        above = [is_right for confidence, is_right in answers if confidence >= threshold]
        right = sum(above)
        if len(above) < _FEWEST or right / len(above) < goal:
            continue
        at_least = lower_bound(right, len(above), ALPHA / len(GRID))
        found = Automatic("observed", goal, threshold, len(above) / len(answers), right / len(above), at_least)
        if at_least >= goal:
            return found._replace(kind="bound")
        observed = observed or found
    return observed or Automatic("none", goal, None, 0.0, None, 0.0)
