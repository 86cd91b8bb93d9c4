"""Precision and recall of each category.

The upper bound of the precision is shown too. Recall needs to know what the wrong answers should have been, so it is
counted from judged answers only: those that people chose to judge (verified), and those drawn at random (audit,
weighted).
"""

from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from analytics.clickhouse.client import Client
from analytics.clickhouse.queries import read
from analytics.reports.figure import MINIMUM_N, Figure, figure
from analytics.reports.pairs import Scores, pairs, scores
from analytics.reports.question import Question
from analytics.reports.report import Cell, Report, Table

_PRECISION = ("precision", "precision_low", "precision_high")
_RECALL = ("recall", "recall_low", "recall_high")


@dataclass(frozen=True, slots=True)
class Category:
    """One category, or subcategory.

    Attributes:
        name: `category` or `category/subcategory`.
        n: answers with this label.
        corrected: how many of them people found wrong.
        upper_bound: precision if every answer that nobody corrected is right.
        verified: from answers that people judged.
        audit: from answers drawn at random.
    """

    name: str
    n: int
    corrected: int
    upper_bound: Figure
    verified: Scores
    audit: Scores

    def cells(self) -> tuple[Cell, ...]:
        """Return the row for the table of what people judged."""
        return (self.name, self.n, self.corrected, *self.upper_bound.cells(), *_cells(self.verified))

    def audit_cells(self) -> tuple[Cell, ...]:
        """Return the row for the table of what was drawn at random."""
        return (self.name, *_cells(self.audit))


def _cells(measured: Scores) -> tuple[Cell, ...]:
    precision, recall = measured.precision, measured.recall
    return (precision.n, *precision.cells(), recall.n, *recall.cells(), measured.f1)


def categories(client: Client, question: Question) -> tuple[Category, ...]:
    """Measure every category that was answered, or that people named, the most answered first.

    Raises:
        analytics.clickhouse.errors.Unavailable: when ClickHouse may answer later.
        analytics.clickhouse.errors.Misconfigured: when something has to be changed first.
    """
    with ThreadPoolExecutor() as threads:
        unjudged = threads.submit(client.rows, read("answers"), question.parameters())
        judged = threads.submit(pairs, client, question)
    answered = Counter({row["value"]: row["n"] for row in unjudged.result() if row["trait"] == "label"})
    audited = judged.result()
    corrected: Counter[str] = Counter()
    for pair in audited:
        answered[pair.label] += pair.stood
        corrected[pair.label] += pair.corrected
    verified = [pair.verified() for pair in audited]
    named = {pair.truth for pair in audited if pair.truth is not None}
    # An audited answer may be one that no longer stands.
    named |= {pair.label for pair in audited if pair.audited} | {name for name, n in answered.items() if n}
    made = []
    for name in named:
        if question.category in {None, name.partition("/")[0]}:
            n, wrong = answered[name], corrected[name]
            upper = figure(n, n - wrong)
            made.append(Category(name, n, wrong, upper, scores(verified, name), scores(audited, name)))
    return tuple(sorted(made, key=lambda category: (-category.n, category.name)))


def categories_report(client: Client, question: Question) -> Report:
    """Lay the measurements out as tables; raises as `categories` does."""
    measured = categories(client, question)
    facts = question.facts() | {
        "answers": sum(category.n for category in measured),
        "macro_f1": _mean(category.verified.f1 for category in measured),
        "audit_macro_f1": _mean(category.audit.f1 for category in measured),
        "minimum_n": MINIMUM_N,
    }
    level, scored = question.level, (*_PRECISION, "support", *_RECALL, "f1")
    tables = (
        Table(
            "categories",
            (level, "n", "corrected", "upper_bound", "upper_bound_low", "upper_bound_high", "reviewed", *scored),
            tuple(category.cells() for category in measured),
        ),
        Table("audit", (level, "audited", *scored), tuple(category.audit_cells() for category in measured)),
    )
    return Report("categories", facts, tables, _NOTES)


def _mean(values: Iterable[float | None]) -> float | None:
    """Return the mean over the categories that have a number."""
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


_NOTES = (
    "upper_bound is the precision if every answer that nobody corrected is right.",
    "precision, recall and f1 count what people judged; where they open doubtful answers only, all three are low.",
    "The table audit counts answers drawn at random, weighted: its figures are the unbiased ones.",
    "support: judged answers that belong to the category, whatever was answered. macro_f1: over those that have an f1.",
    f"Intervals are 95 % (Wilson). Below {MINIMUM_N} answers no number is given.",
)
