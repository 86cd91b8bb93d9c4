"""How often the answers are right, in three figures, because none of them alone is the truth.

- upper_bound: what nobody corrected counts as right. Errors that nobody noticed make it too high.
- verified: only answers that a person confirmed or corrected. Too low where people open doubtful ones only.
- audit: answers drawn at random whatever their confidence, each weighted by how rarely its like was drawn.
  The unbiased one, when all that were drawn get judged.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from analytics.queries import read
from analytics.reports.intervals import effective_n, wilson
from analytics.reports.report import Report, Table, in_json, in_sql

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from analytics.client import Client
    from analytics.reports.report import Cell

Level = Literal["category", "subcategory"]

# With fewer, the interval is wider than ±15 points and the number would only mislead.
MINIMUM_N = 30


@dataclass(frozen=True, slots=True)
class Figure:
    """An accuracy with what it rests on.

    Attributes:
        n: answers it is computed from.
        right: how many of them were right.
        share: the accuracy, 0 to 1; weighted for the audit; 0.0 when n is 0.
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
        """Whether n allows to name a number."""
        return self.n >= MINIMUM_N

    def cells(self) -> tuple[Cell, ...]:
        """The share and the ends of its interval: None when there is not enough."""
        return (self.share, self.low, self.high) if self.enough else (None, None, None)


@dataclass(frozen=True, slots=True)
class Group:
    """Answers that have something in common.

    Attributes:
        name: the category, `category/subcategory` or the method.
        n: answers.
        corrected: how many people found wrong.
        reviewed: how many a person confirmed or corrected.
        upper_bound: share of the answers that nobody corrected.
        verified: share of the reviewed ones that were confirmed.
    """

    name: str
    n: int
    corrected: int
    reviewed: int
    upper_bound: Figure
    verified: Figure


@dataclass(frozen=True, slots=True)
class Accuracy:
    """The report's figures. For a category, the shares are its precision.

    Attributes:
        level: what has to be right: the category, or the subcategory with it.
        since: answers from this moment on are counted.
        all: all answers together.
        audit: the weighted figure.
        drawn: how many answers were drawn for the audit, judged or not.
        categories: by what was answered.
        methods: by what answered.
    """

    level: Level
    since: datetime
    all: Group
    audit: Figure
    drawn: int
    categories: tuple[Group, ...]
    methods: tuple[Group, ...]

    def report(self) -> Report:
        """Lay the figures out for showing."""
        everything = self.all
        figures: list[tuple[Cell, ...]] = [
            ("upper_bound", everything.n, *everything.upper_bound.cells()),
            ("verified", everything.reviewed, *everything.verified.cells()),
            ("audit", self.audit.n, *self.audit.cells()),
        ]
        facts: dict[str, Cell] = {
            "level": self.level,
            "since": in_json(self.since),
            "answers": everything.n,
            "reviewed": everything.reviewed,
            "reviewed_share": everything.reviewed / everything.n if everything.n else None,
            "corrected": everything.corrected,
            "drawn_for_audit": self.drawn,
            "minimum_n": MINIMUM_N,
        }
        tables = (
            Table(
                "figures",
                ("figure", "n", "accuracy", "accuracy_low", "accuracy_high"),
                tuple(figures) if everything.n else (),
            ),
            _table("categories", self.level, self.categories),
            _table("methods", "method", self.methods),
        )
        return Report("accuracy", facts, tables, self._notes())

    def _notes(self) -> tuple[str, ...]:
        share = self.all.reviewed / self.all.n if self.all.n else 0.0
        return (
            f"upper_bound counts every answer that nobody corrected as right; people reviewed {share:.1%} of them.",
            "verified counts only what people confirmed or corrected; it is low when they open doubtful answers only.",
            f"audit counts answers drawn at random, weighted; {self.audit.n} of {self.drawn} drawn were judged.",
            f"Intervals are 95 % (Wilson). Below {MINIMUM_N} answers no number is given.",
        )


def accuracy(client: Client, since: datetime, level: Level = "category") -> Accuracy:
    """Count answers from a moment on.

    Args:
        client: a client of the database.
        since: an aware time.
        level: what has to be right.

    Raises:
        analytics.errors.Unavailable: when ClickHouse may answer later.
        analytics.errors.Misconfigured: when something has to be changed first.
    """
    parameters = {"since": in_sql(since)}
    counts = client.rows(read("accuracy"), {**parameters, "level": level})
    audit = client.rows(read("audit"), {**parameters, "level": level})[0]
    drawn = client.rows(read("audit_drawn"), parameters)[0]["drawn"]
    return Accuracy(
        level,
        since,
        _group("all", counts),
        _weighted(audit),
        drawn,
        _groups(counts, _label),
        _groups(counts, lambda row: row["method"]),
    )


def _label(row: dict[str, Any]) -> str:
    return row["category"] if row["subcategory"] is None else f"{row['category']}/{row['subcategory']}"


def _groups(counts: Iterable[dict[str, Any]], name_of: Callable[[dict[str, Any]], str]) -> tuple[Group, ...]:
    named = defaultdict(list)
    for row in counts:
        named[name_of(row)].append(row)
    groups = (_group(name, rows) for name, rows in named.items())
    return tuple(sorted(groups, key=lambda group: (-group.n, group.name)))


def _group(name: str, rows: Iterable[dict[str, Any]]) -> Group:
    n = corrected = reviewed = confirmed = 0
    for row in rows:
        n += row["n"]
        corrected += row["corrected"]
        reviewed += row["reviewed"]
        confirmed += row["confirmed"]
    return Group(name, n, corrected, reviewed, _figure(n, n - corrected), _figure(reviewed, confirmed))


def _figure(n: int, right: int) -> Figure:
    if n == 0:
        return Figure(0, 0, 0.0, 0.0, 1.0)
    return Figure(n, right, right / n, *wilson(right / n, n))


def _weighted(row: dict[str, Any]) -> Figure:
    """Estimate the share as the ratio of weighted sums (J. Hájek, 1971), with the effective number of answers."""
    if row["n"] == 0:
        return _figure(0, 0)
    share = row["weight_confirmed"] / row["weight"]
    return Figure(row["n"], row["confirmed"], share, *wilson(share, effective_n(row["weight"], row["weight_squared"])))


def _table(name: str, key: str, groups: Iterable[Group]) -> Table:
    columns = (
        *(key, "n", "corrected", "upper_bound", "upper_bound_low", "upper_bound_high"),
        *("reviewed", "verified", "verified_low", "verified_high"),
    )
    rows = (
        (group.name, group.n, group.corrected, *group.upper_bound.cells(), group.reviewed, *group.verified.cells())
        for group in groups
    )
    return Table(name, columns, tuple(rows))
