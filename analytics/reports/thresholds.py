"""Which confidence reaches a goal, overall and for each category, and what these thresholds would change."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import NamedTuple

from analytics.clickhouse.client import Client
from analytics.clickhouse.queries import read
from analytics.reports.goal import ALPHA, GRID, Basis, Choice, accepted, basis_for, choose, used
from analytics.reports.question import Question
from analytics.reports.report import Cell, Report, Table, in_json
from analytics.reports.steps import STEPS, Step, steps

ALL = "(all)"
NEVER = "never"


class Change(NamedTuple):
    """What a new threshold would change for the answers that were given."""

    category: str
    answers: int
    auto_now: int
    auto_then: int
    becomes_auto: int
    no_longer_auto: int


class Scope(NamedTuple):
    """The threshold of one category, or of all together.

    Attributes:
        category: its name, or ALL.
        answers: answers of the model and its cache; the rules' are never automatic and are left out.
        choice: what its own answers say.
        used: the threshold it gets; None is never.
    """

    category: str
    answers: int
    choice: Choice
    used: float | None

    def cells(self) -> tuple[Cell, ...]:
        """One row of the table."""
        status, chosen, judged = self.choice
        if chosen is None:
            own: tuple[Cell, ...] = (None, status, judged, None, None, None)
        else:
            coverage = chosen.n / self.answers if self.answers else None
            own = (chosen.threshold, status, chosen.judged, chosen.precision, chosen.proven, coverage)
        return (self.category, *own, NEVER if self.used is None else self.used)


class Uncalibrated(NamedTuple):
    """Answers whose confidences the model did not call calibrated. They are never automatic.

    Attributes:
        answers: input records.
        latest: when the last of them was answered; None without any.
    """

    answers: int = 0
    latest: datetime | None = None

    def notes(self) -> tuple[str, ...]:
        """What to know of them, and what to do."""
        if self.latest is None:
            return ()
        after = self.latest + timedelta(milliseconds=1)
        return (
            f"The confidences of {self.answers:,} answers are not calibrated: no threshold makes such an answer AUTO.",
            f"Calibrate it (`ticketstream calibrate`), and begin behind them: --since {in_json(after)}.",
        )


class Thresholds(NamedTuple):
    """The report's figures.

    Attributes:
        question: what was asked.
        goal: the precision wanted of automatic answers.
        basis: which judged answers count.
        overall: for all categories together.
        categories: the most answered first.
        changes: the overall first.
        uncalibrated: answers among them that no threshold makes automatic.
    """

    question: Question
    goal: float
    basis: Basis
    overall: Scope
    categories: tuple[Scope, ...]
    changes: tuple[Change, ...]
    uncalibrated: Uncalibrated = Uncalibrated()

    def report(self) -> Report:
        """Lay the figures out for showing."""
        facts: dict[str, Cell] = self.question.facts() | {
            "precision_goal": self.goal,
            "basis": self.basis,
            "answers": self.overall.answers,
            "uncalibrated": self.uncalibrated.answers,
        }
        columns = ("category", "threshold", "status", "n", "precision", "precision_at_least", "coverage", "used")
        rows = tuple(scope.cells() for scope in (self.overall, *self.categories)) if self.overall.answers else ()
        tables = (
            Table("thresholds", columns, rows),
            Table("changes", tuple(Change.__annotations__), self.changes if rows else ()),
        )
        return Report("thresholds", facts, tables, (*self.uncalibrated.notes(), *_NOTES, _BASES[self.basis]))


_NOTES = (
    f"proven: with {1 - ALPHA:.0%} confidence the precision at or above the threshold reaches the goal.",
    f"(One-sided Clopper-Pearson bound, precision_at_least, over a grid of {len(GRID)} with Bonferroni's correction.)",
    "empirical: the judged answers reach the goal, which proves nothing, or no threshold does. not enough: too few.",
    "used: a category that is not proven gets the overall threshold.",
    "Where its judged answers miss the goal there, it gets the next higher that they reach, or never.",
    "n: judged answers at or above the threshold. coverage: share of the answers at or above it.",
    "The rules' answers are never automatic and are left out.",
)
_BASES = {
    "audit": "basis audit: answers drawn at random and judged.",
    "reviewed": (
        "basis reviewed: too few were audited. People choose what they review, so a proof takes every answer that"
        " nobody reviewed for wrong. Judge the answers in ticket-audit to prove more."
    ),
}


def thresholds(client: Client, question: Question, goal: float) -> Thresholds:
    """Choose thresholds by the answers since a moment, and count what they would change for the same answers.

    Args:
        client: a client of the database.
        question: its level does not matter: decisions are made by the category.
        goal: the precision wanted of automatic answers, above 0 and below 1.

    Raises:
        analytics.clickhouse.errors.Unavailable: when ClickHouse may answer later.
        analytics.clickhouse.errors.Misconfigured: when something has to be changed first.
    """
    with ThreadPoolExecutor(1) as threads:
        doubtful = threads.submit(uncalibrated, client, question)
        found = [step for step in steps(client, question) if not step.by_rules]
    return chosen(question, found, goal)._replace(uncalibrated=doubtful.result())


def uncalibrated(client: Client, question: Question) -> Uncalibrated:
    """Count a question's answers whose confidences are not calibrated."""
    (row,) = client.rows(read("uncalibrated"), question.parameters())
    return Uncalibrated(row["answers"], row["latest"])


def chosen(question: Question, found: Sequence[Step], goal: float) -> Thresholds:
    """Choose thresholds for answers that were counted already."""
    basis = basis_for(found, goal)
    choice = choose(accepted(found, basis), goal)
    overall = Scope(ALL, sum(step.n for step in found), choice, choice.threshold)
    scopes = []
    for category in sorted({step.category for step in found}):
        own = [step for step in found if step.category == category]
        grid = accepted(own, basis)
        of_category = choose(grid, goal)
        if overall.used is not None:
            gets = used(of_category, grid, overall.used, goal)
        else:
            gets = of_category.threshold if of_category.status == "proven" else None
        scopes.append(Scope(category, sum(step.n for step in own), of_category, gets))
    scopes.sort(key=lambda scope: (-scope.answers, scope.category))
    changes = [_change(scope, [step for step in found if step.category == scope.category]) for scope in scopes]
    totals = [sum(column) for column in zip(*(change[1:] for change in changes), strict=True)] or [0] * 5
    return Thresholds(question, goal, basis, overall, tuple(scopes), (Change(ALL, *totals), *changes))


def _change(scope: Scope, own: Sequence[Step]) -> Change:
    now = then = gained = lost = 0
    for step in own:
        is_auto = step.decision == "AUTO"
        will_be = scope.used is not None and STEPS[step.step - 1] >= scope.used
        now += step.n * is_auto
        then += step.n * will_be
        gained += step.n * (will_be and not is_auto)
        lost += step.n * (is_auto and not will_be)
    return Change(scope.category, scope.answers, now, then, gained, lost)
