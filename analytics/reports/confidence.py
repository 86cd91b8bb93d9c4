"""Whether confidences are true: of the answers with a confidence of 90 %, nine in ten should be right."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, NamedTuple

from analytics.clickhouse.client import Client
from analytics.clickhouse.queries import read
from analytics.reports.figure import Figure, weighted
from analytics.reports.question import Question
from analytics.reports.report import Report, Table
from analytics.reports.steps import STEPS, Step, unjudged

if TYPE_CHECKING:
    from analytics.reports.report import Cell

# The calibration error of few answers is mostly chance, and always upward: "Verified uncertainty calibration",
# arXiv 1909.10155.
MINIMUM_CALIBRATION_N = 200

_RELIABILITY = ("source", "basis", "binning", "bin", "lowest", "highest", "n", "mean_confidence")


class Bin(NamedTuple):
    """Judged answers with similar confidence.

    Attributes:
        source: model (or its cache), rules.
        basis: verified, audit.
        binning: width (15 of equal width), mass (15 with equal shares of the answers).
        bin: 0 to 14.
        lowest: the lowest confidence in it.
        highest: the highest.
        mean_confidence: weighted for the audit, as the accuracy is.
        accuracy: with its interval.
        stands_for: its share of all answers of its source and basis.
    """

    source: str
    basis: str
    binning: str
    bin: int
    lowest: float
    highest: float
    mean_confidence: float
    accuracy: Figure
    stands_for: float


class Calibration(NamedTuple):
    """How true the confidences of one source are, on one basis.

    Attributes:
        source: model (or its cache), rules.
        basis: verified, audit.
        n: judged answers.
        accuracy: share that was right.
        mean_confidence: what it would be if confidences were true.
        ece_width: expected calibration error over 15 bins of equal width (arXiv 1706.04599).
        ece_mass: over 15 bins with equal shares of the answers (arXiv 1904.01685).
        brier: mean squared difference of confidence and outcome.
        log_loss: mean negative logarithm of the probability given to the outcome.
        aurc: area under the risk-coverage curve; lower is better.
    """

    source: str
    basis: str
    n: int
    accuracy: float
    mean_confidence: float
    ece_width: float
    ece_mass: float
    brier: float
    log_loss: float
    aurc: float

    @property
    def enough(self) -> bool:
        """Whether n is enough to show numbers."""
        return self.n >= MINIMUM_CALIBRATION_N


class Risk(NamedTuple):
    """The surest answers, and the share of them that is wrong."""

    source: str
    basis: str
    coverage: float
    threshold: float
    risk: float
    n: int


class Held(NamedTuple):
    """How many answers have a confidence in this range; `share` is of all answers of the source."""

    source: str
    confidence_from: float
    confidence_to: float
    n: int
    share: float


class Confidence(NamedTuple):
    """The report's figures.

    Attributes:
        question: what was asked.
        distribution: answers by source and step of confidence.
        calibrations: by source and basis.
        bins: by source, basis and binning.
        risks: the curve, by source and basis.
    """

    question: Question
    distribution: dict[str, dict[int, int]]
    calibrations: tuple[Calibration, ...]
    bins: tuple[Bin, ...]
    risks: tuple[Risk, ...]

    def report(self) -> Report:
        """Lay the figures out as tables. Those that rest on too few answers stay empty."""
        facts: dict[str, Cell] = self.question.facts() | {"minimum_n": MINIMUM_CALIBRATION_N}
        enough = {(measured.source, measured.basis) for measured in self.calibrations if measured.enough}
        tables = (
            Table("distribution", tuple(Held.__annotations__), self.held),
            Table(
                "calibration",
                tuple(Calibration.__annotations__),
                tuple(row if row.enough else (*row[:3], *(None,) * 7) for row in self.calibrations),
            ),
            Table(
                "reliability",
                (*_RELIABILITY, "accuracy", "accuracy_low", "accuracy_high"),
                tuple(
                    (*row[:6], row.accuracy.n, row.mean_confidence, *row.accuracy.cells())
                    for row in self.bins
                    if row[:2] in enough
                ),
            ),
            Table(
                "risk_coverage",
                ("source", "basis", "coverage", "threshold", "risk"),
                tuple(risk[:5] for risk in self.risks if risk[:2] in enough),
            ),
        )
        return Report("confidence", facts, tables, _NOTES)

    @property
    def held(self) -> tuple[Held, ...]:
        """The distribution in full: by source, from the lowest confidence to the highest."""
        rows = []
        for source, by_step in sorted(self.distribution.items()):
            total = sum(by_step.values())
            for low, high in zip(STEPS, (*STEPS[1:], 1.0), strict=True):
                n = by_step.get(STEPS.index(low) + 1, 0)
                rows.append(Held(source, low, high, n, n / total))
        return tuple(rows)


_NOTES = (
    "source: model (its cached answers too) or rules, whose confidences are measured precisions of keywords.",
    "basis: verified is what people chose to judge; audit was drawn at random and is weighted: the unbiased one.",
    "distribution counts the confidence of the category at every level.",
    "ece: mean distance of confidence and accuracy over 15 bins of equal width, and 15 of equal mass.",
    "brier, log_loss: proper scores of confidence against outcome. aurc: mean error of the surest answers.",
    f"Below {MINIMUM_CALIBRATION_N} judged answers no number is given: chance alone would look like an error.",
)


def confidence(client: Client, question: Question) -> Confidence:
    """Measure confidences against what people said.

    Raises:
        analytics.clickhouse.errors.Unavailable: when ClickHouse may answer later.
        analytics.clickhouse.errors.Misconfigured: when something has to be changed first.
    """
    with ThreadPoolExecutor() as threads:
        counted = threads.submit(unjudged, client, question)
        judged = threads.submit(calibration, client, question)
    return confidence_of(question, counted.result(), judged.result())


def calibration(client: Client, question: Question) -> list[dict[str, Any]]:
    """Return what `confidence_of` needs of judged answers; raises as `confidence` does."""
    return client.rows(read("calibration"), question.parameters())


def confidence_of(question: Question, counted: Iterable[Step], judged: Iterable[dict[str, Any]]) -> Confidence:
    """Compute the same from rows that are at hand.

    Args:
        question: what was asked.
        counted: answers by step; judged ones are left out.
        judged: the rows of `calibration`.
    """
    by_kind: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in judged:
        by_kind[row["kind"]].append(row)
    distribution: dict[str, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for step in counted:
        if step.n > step.reviewed:
            distribution["rules" if step.by_rules else "model"][step.step] += step.n - step.reviewed
    for row in by_kind["held"]:
        distribution[row["source"]][row["position"]] += row["n"]
    bins = (*_bins(by_kind["width"]), *_bins(by_kind["mass"]))
    return Confidence(
        question,
        {source: dict(by_step) for source, by_step in distribution.items()},
        tuple(_calibration(row, bins) for row in by_kind["all"]),
        tuple(sorted(bins, key=lambda found: (found.source, found.basis, found.binning != "width"))),
        tuple(
            Risk(row["source"], row["basis"], row["coverage"], row["lowest"], row["risk"], row["of_n"])
            for row in by_kind["coverage"]
        ),
    )


def _calibration(row: Mapping[str, Any], bins: tuple[Bin, ...]) -> Calibration:
    return Calibration(
        row["source"],
        row["basis"],
        row["n"],
        accuracy=row["weight_right"] / row["stands_for"],
        mean_confidence=row["mean_confidence"],
        ece_width=_ece(bins, row, "width"),
        ece_mass=_ece(bins, row, "mass"),
        brier=row["brier"],
        log_loss=row["log_loss"],
        aurc=row["aurc"],
    )


def _bins(rows: Sequence[Mapping[str, Any]]) -> Iterator[Bin]:
    totals: dict[tuple[str, str], float] = defaultdict(float)
    for row in rows:
        totals[row["source"], row["basis"]] += row["stands_for"]
    for row in rows:
        yield Bin(
            row["source"],
            row["basis"],
            row["kind"],
            row["position"],
            row["lowest"],
            row["highest"],
            row["mean_confidence"],
            weighted(row["n"], row["right_n"], row["stands_for"], row["weight_right"], row["weight_squared"]),
            row["stands_for"] / totals[row["source"], row["basis"]],
        )


def _ece(bins: tuple[Bin, ...], of: Mapping[str, Any], binning: str) -> float:
    key = (of["source"], of["basis"], binning)
    found = (measured for measured in bins if measured[:3] == key)
    return sum(abs(one.accuracy.share - one.mean_confidence) * one.stands_for for one in found)
