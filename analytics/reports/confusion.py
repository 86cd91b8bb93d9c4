"""Which labels are confused, which categories are wrong most often, and how long a wrong answer stands."""

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

from analytics.clickhouse.client import Client
from analytics.clickhouse.queries import read
from analytics.reports.figure import MINIMUM_N, Figure, figure
from analytics.reports.pairs import pairs
from analytics.reports.question import Question
from analytics.reports.report import Report, Table

if TYPE_CHECKING:
    from analytics.reports.report import Cell


class Confused(NamedTuple):
    """Answers with a wrong label, and the right one."""

    answered: str
    corrected_to: str
    n: int


class Misclassified(NamedTuple):
    """One label's wrong answers among those that people judged."""

    label: str
    reviewed: int
    corrected: int
    error: Figure


class CorrectionTime(NamedTuple):
    """How long after the answer the corrections of one origin came, in hours."""

    origin: str
    corrected: int
    mean_hours: float
    p50_hours: float
    p90_hours: float
    max_hours: float


class Confusion(NamedTuple):
    """The report's figures.

    Attributes:
        question: what was asked.
        answers: all answers.
        corrected: how many of them people found wrong.
        confused: by how often, then by name.
        misclassified: labels by the number of their wrong answers.
        times: by origin.
    """

    question: Question
    answers: int
    corrected: int
    confused: tuple[Confused, ...]
    misclassified: tuple[Misclassified, ...]
    times: tuple[CorrectionTime, ...]

    def report(self) -> Report:
        """Lay the figures out for showing."""
        facts: dict[str, Cell] = self.question.facts() | {
            "answers": self.answers,
            "corrected": self.corrected,
            "correction_rate": self.corrected / self.answers if self.answers else None,
            "minimum_n": MINIMUM_N,
        }
        level = self.question.level
        misclassified = tuple((*row[:3], *row.error.cells()) for row in self.misclassified)
        tables = (
            Table("pairs", ("answered", "corrected_to", "n"), self.confused),
            Table(
                "misclassified",
                (level, "reviewed", "corrected", "error", "error_low", "error_high"),
                misclassified,
            ),
            Table("time_to_correction", tuple(CorrectionTime.__annotations__), self.times),
        )
        return Report("confusion", facts, tables, _NOTES)


_NOTES = (
    "correction_rate is the share of all answers that people corrected: a lower bound of the error.",
    "error is the share of the judged answers that was wrong; it is high where people open doubtful answers only.",
    "At the level of the subcategory, a correction that names none is in no pair.",
)


def confusion(client: Client, question: Question) -> Confusion:
    """Count the corrections of a question's answers.

    Raises:
        analytics.clickhouse.errors.Unavailable: when ClickHouse may answer later.
        analytics.clickhouse.errors.Misconfigured: when something has to be changed first.
    """
    with ThreadPoolExecutor() as threads:
        unjudged, waited = (
            threads.submit(client.rows, read(name), question.parameters()) for name in ("unjudged", "correction_times")
        )
        judging = threads.submit(pairs, client, question)
    by_origin = waited.result()
    judged = [pair for pair in judging.result() if pair.n]
    if question.category is not None:
        judged = [pair for pair in judged if pair.label.partition("/")[0] == question.category]
    wrong = [Confused(pair.label, pair.truth, pair.n) for pair in judged if pair.truth is not None and not pair.right]
    labels = {pair.label for pair in judged}
    misclassified = []
    for label in labels:
        reviewed = sum(pair.n for pair in judged if pair.label == label)
        corrected = sum(pair.n for pair in judged if pair.label == label and not pair.right)
        misclassified.append(Misclassified(label, reviewed, corrected, figure(reviewed, corrected)))
    times = (CorrectionTime(*(row[name] for name in CorrectionTime.__annotations__)) for row in by_origin)
    return Confusion(
        question,
        unjudged.result()[0]["n"] + sum(row["judged"] for row in by_origin),
        sum(row["corrected"] for row in by_origin),
        tuple(sorted(wrong, key=lambda pair: (-pair.n, pair))),
        tuple(sorted(misclassified, key=lambda row: (-row.corrected, row.label))),
        tuple(time for time in times if time.corrected),
    )
