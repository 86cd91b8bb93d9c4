"""The lowest confidence whose answers are right often enough, from judged answers. Pure; one scope at a time.

A threshold that merely reached the goal on the answers at hand misses it on the next ones about every other time.
Proven means more: over a grid that was fixed before any answer was seen, the exact lower bound of the precision at or
above the threshold reaches the goal, at a confidence that allows for having looked at the whole grid (Bonferroni).
Y. Geifman and R. El-Yaniv, arXiv 1705.08500; "Learn then test", arXiv 2110.01052.
"""

from collections.abc import Iterable, Sequence
from typing import Final, Literal, NamedTuple

from analytics.reports.binomial import lower_bound, trials_to_prove
from analytics.reports.figure import MINIMUM_N
from analytics.reports.steps import STEPS, Step

Status = Literal["proven", "empirical", "not enough"]
Basis = Literal["audit", "reviewed"]

# The share of proven thresholds that may miss their goal.
ALPHA: Final = 0.10
GRID: Final = (
    *(0.0, 0.2, 0.3, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95),
    *(0.96, 0.97, 0.98, 0.99, 0.995),
)


class Accepted(NamedTuple):
    """The answers at or above one threshold.

    Attributes:
        threshold: of the grid.
        n: all of them.
        trials: those that a proof counts.
        judged: those that a person judged.
        right: those of them that were right.
    """

    threshold: float
    n: int
    trials: int
    judged: int
    right: int

    @property
    def precision(self) -> float | None:
        """Share of the judged ones that was right; None when too few were judged."""
        return self.right / self.judged if self.judged >= MINIMUM_N else None

    @property
    def proven(self) -> float:
        """What the precision is at least; allows for the whole grid."""
        return lower_bound(self.right, self.trials, ALPHA / len(GRID)) if self.trials else 0.0

    def reaches(self, goal: float) -> bool:
        """Whether the judged answers reach the goal, which proves nothing."""
        return self.precision is not None and self.precision >= goal


class Choice(NamedTuple):
    """The threshold of one scope.

    Attributes:
        status: proven; empirical: reached by the judged answers, or missed by all of the grid; not enough.
        chosen: the answers at or above it; None when no threshold of the grid reaches the goal.
        judged: all judged answers, at any confidence.
    """

    status: Status
    chosen: Accepted | None
    judged: int

    @property
    def threshold(self) -> float | None:
        """The confidence, if there is one."""
        return self.chosen.threshold if self.chosen else None


def basis_for(steps: Iterable[Step], goal: float) -> Basis:
    """Say which judged answers count: those drawn at random when there are enough of them for any proof."""
    audited = sum(step.audited for step in steps)
    return "audit" if audited >= trials_to_prove(goal, ALPHA / len(GRID)) else "reviewed"


def accepted(steps: Sequence[Step], basis: Basis) -> tuple[Accepted, ...]:
    """Count the answers at or above each threshold of the grid.

    People choose what they review, so a proof from reviewed answers takes every answer that nobody reviewed for wrong.
    """
    found = []
    for threshold in GRID:
        above = [step for step in steps if STEPS[step.step - 1] >= threshold]
        n = sum(step.n for step in above)
        if basis == "audit":
            judged, right = sum(step.audited for step in above), sum(step.audit_confirmed for step in above)
            found.append(Accepted(threshold, n, judged, judged, right))
        else:
            judged, right = sum(step.reviewed for step in above), sum(step.confirmed for step in above)
            found.append(Accepted(threshold, n, n, judged, right))
    return tuple(found)


def choose(grid: Sequence[Accepted], goal: float) -> Choice:
    """Take the lowest threshold that is proven; else the lowest that the judged answers reach."""
    judged = grid[0].judged
    if judged < MINIMUM_N:
        return Choice("not enough", None, judged)
    reached = [above for above in grid if above.reaches(goal)]
    # A proven threshold is reached too, and the bound is costly to compute.
    proven = next((above for above in reached if above.proven >= goal), None)
    if proven is not None:
        return Choice("proven", proven, judged)
    return Choice("empirical", reached[0] if reached else None, judged)


def used(choice: Choice, grid: Sequence[Accepted], overall: float, goal: float) -> float | None:
    """The threshold that a category gets: its own when proven, else the overall one.

    Where its judged answers miss the goal at the overall threshold, the next higher one that they reach. None: never
    automatic.
    """
    if choice.status == "proven":
        return choice.threshold
    at_overall = next(above for above in grid if above.threshold == overall)
    if at_overall.precision is None or at_overall.reaches(goal):
        return overall
    return next((above.threshold for above in grid if above.threshold > overall and above.reaches(goal)), None)
