"""How often answers are right, in three figures, because none of them alone is the truth.

- upper_bound: an answer that nobody corrected counts as right. Unnoticed errors make it too high.
- verified: only answers that a person confirmed or corrected. It is too low where people open doubtful ones only.
- audit: answers drawn at random, weighted by 1 / the probability of being drawn. It is unbiased if all that were drawn
  are judged.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from analytics.clickhouse.client import Client
from analytics.clickhouse.queries import read
from analytics.reports.figure import MINIMUM_N, NOTHING, Figure, figure, weighted
from analytics.reports.question import Level, Question
from analytics.reports.report import Cell, Report, Table

_SHARES = ("upper_bound", "verified", "audit")


@dataclass(frozen=True, slots=True)
class Group:
    """Answers that have something in common.

    Attributes:
        name: the category, `category/subcategory`, method, model, policy, language, channel or day; None where an
            answer has none.
        n: answers.
        corrected: how many people found wrong.
        reviewed: how many a person confirmed or corrected.
        upper_bound: share of the answers that nobody corrected.
        verified: share of the reviewed ones that were confirmed.
        audit: weighted share of those drawn at random that were confirmed.
    """

    name: str | None
    n: int
    corrected: int
    reviewed: int
    upper_bound: Figure
    verified: Figure
    audit: Figure

    def cells(self) -> tuple[Cell, ...]:
        """One row of a table."""
        upper, verified, audit = (share.cells() for share in (self.upper_bound, self.verified, self.audit))
        return (self.name, self.n, self.corrected, *upper, self.reviewed, *verified, self.audit.n, *audit)


_EMPTY = Group("", 0, 0, 0, NOTHING, NOTHING, NOTHING)


@dataclass(frozen=True, slots=True)
class Accuracy:
    """The report's figures. For a category, the shares are its precision.

    Attributes:
        question: what was asked.
        all: all answers together.
        drawn: how many answers were drawn for the audit, judged or not.
        two_people: answers that two known people judged, and the share of them on which they agree: no answer can be
            measured more exactly than people agree.
        groups: by trait: label, method, model, policy, language, channel, day.
    """

    question: Question
    all: Group
    drawn: int
    two_people: Figure
    groups: Mapping[str, tuple[Group, ...]]

    @property
    def audit(self) -> Figure:
        """The weighted figure of all answers."""
        return self.all.audit

    @property
    def categories(self) -> tuple[Group, ...]:
        """By what was answered."""
        return self.groups.get("label", ())

    @property
    def methods(self) -> tuple[Group, ...]:
        """By what answered."""
        return self.groups.get("method", ())

    def report(self) -> Report:
        """Lay the figures out for showing."""
        everything = self.all
        figures: list[tuple[Cell, ...]] = [
            ("upper_bound", everything.n, *everything.upper_bound.cells()),
            ("verified", everything.reviewed, *everything.verified.cells()),
            ("audit", everything.audit.n, *everything.audit.cells()),
        ]
        facts = self.question.facts() | {
            "answers": everything.n,
            "reviewed": everything.reviewed,
            "reviewed_share": everything.reviewed / everything.n if everything.n else None,
            "corrected": everything.corrected,
            "drawn_for_audit": self.drawn,
            "judged_by_two": self.two_people.n,
            "minimum_n": MINIMUM_N,
        }
        tables = (
            Table(
                "figures",
                ("figure", "n", "accuracy", "accuracy_low", "accuracy_high"),
                tuple(figures) if everything.n else (),
            ),
            Table(
                "two_people",
                ("n", "agreed", "share", "share_low", "share_high"),
                ((self.two_people.n, self.two_people.right, *self.two_people.cells()),) if self.two_people.n else (),
            ),
            _table("categories", self.question.level, self.categories),
            _table("methods", "method", self.methods),
            _table("models", "model", self.groups.get("model", ())),
            _table("policies", "policy", self.groups.get("policy", ())),
            _table("languages", "language", self.groups.get("language", ())),
            _table("channels", "channel", self.groups.get("channel", ())),
            _table("days", "day", sorted(self.groups.get("day", ()), key=lambda group: group.name or "")),
        )
        return Report("accuracy", facts, tables, self._notes())

    def _notes(self) -> tuple[str, ...]:
        share = self.all.reviewed / self.all.n if self.all.n else 0.0
        return (
            f"upper_bound counts every answer that nobody corrected as right; people reviewed {share:.1%} of them.",
            "verified counts only what people confirmed or corrected; it is low when they open doubtful answers only.",
            f"audit counts answers drawn at random, weighted; {self.audit.n} of {self.drawn} drawn were judged.",
            f"two_people: of {self.two_people.n} answers that two known people judged, the share on which they agree.",
            f"Intervals are 95 % (Wilson). Below {MINIMUM_N} answers no number is given.",
        )


def accuracy(
    client: Client,
    since: datetime,
    level: Level = "category",
    category: str | None = None,
    renamed: Mapping[str, str] | None = None,
) -> Accuracy:
    """Count the answers to input records from a moment on.

    Of a record answered several times, the answer that a person judged last counts; else the last one.

    Args:
        client: a client of the database.
        since: an aware time.
        level: what has to be right.
        category: of this category only.
        renamed: earlier labels and what they became; see `Question`.

    Raises:
        analytics.clickhouse.errors.Unavailable: when ClickHouse may answer later.
        analytics.clickhouse.errors.Misconfigured: when something has to be changed first.
    """
    question = Question(since, level, category, renamed or {})
    found: dict[str, dict[str | None, dict[str, Any]]] = defaultdict(dict)
    with ThreadPoolExecutor() as threads:
        names = ("answers", "judged", "audit_drawn", "two_people")
        asked = {name: threads.submit(client.rows, read(name), question.parameters()) for name in names}
    for name in ("answers", "judged"):
        for row in asked[name].result():
            of_trait, value = found[row.pop("trait")], row.pop("value")
            known = of_trait.setdefault(value, {})
            # Answers that nobody judged, and those that somebody did, are counted apart.
            of_trait[value] = known | row | {"n": known.get("n", 0) + row["n"]}
    drawn = asked["audit_drawn"].result()[0]["drawn"]
    groups = {trait: _by_size(_group(name, row) for name, row in named.items()) for trait, named in found.items()}
    twice = asked["two_people"].result()[0]
    everything = next(iter(groups.pop("all", ())), _EMPTY)
    return Accuracy(question, everything, drawn, figure(twice["n"], twice["agreed"]), groups)


def _by_size(groups: Iterable[Group]) -> tuple[Group, ...]:
    # An audited answer may be one that no longer stands: then its group may hold no answer that does.
    return tuple(sorted((g for g in groups if g.n or g.audit.n), key=lambda group: (-group.n, group.name or "")))


def _group(name: str | None, row: Mapping[str, Any]) -> Group:
    n, corrected, reviewed = row["n"], row.get("corrected", 0), row.get("reviewed", 0)
    audit = (
        weighted(row["audited"], row["audit_confirmed"], row["weight"], row["weight_confirmed"], row["weight_squared"])
        if "audited" in row
        else NOTHING
    )
    verified = figure(reviewed, row.get("confirmed", 0))
    return Group(name, n, corrected, reviewed, figure(n, n - corrected), verified, audit)


def _table(name: str, key: str, groups: Iterable[Group]) -> Table:
    ends = [(f"{share}", f"{share}_low", f"{share}_high") for share in _SHARES]
    columns = (key, "n", "corrected", *ends[0], "reviewed", *ends[1], "audited", *ends[2])
    return Table(name, columns, tuple(group.cells() for group in groups))
