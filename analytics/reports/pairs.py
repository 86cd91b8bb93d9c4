"""Judged answers by the label that was answered and the true one: the basis of `categories` and `confusion`."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from analytics.clickhouse.client import Client
from analytics.clickhouse.queries import read
from analytics.reports.figure import NOTHING, Figure, weighted
from analytics.reports.question import Question


@dataclass(frozen=True, slots=True)
class Pair:
    """Judged answers with one label and one truth.

    Attributes:
        label: what was answered.
        truth: what a person said it is; None when the person did not say it at this level: these have no n.
        stood: answers whose last judgement this is.
        corrected: how many of them were wrong, at this level or at the category's.
        n: how many of them were judged at this level.
        audited: answers drawn at random whose last audit this is.
        weight: how many answers those stand for.
        weight_squared: sum of their squared weights.
    """

    label: str
    truth: str | None
    stood: int
    corrected: int
    n: int
    audited: int
    weight: float
    weight_squared: float

    @property
    def right(self) -> bool:
        """Whether the answer was confirmed."""
        return self.label == self.truth

    def verified(self) -> "Pair":
        """Return the same pair with equal weights, for answers that people chose to judge."""
        return replace(self, audited=self.n, weight=self.n, weight_squared=self.n)


@dataclass(frozen=True, slots=True)
class Scores:
    """How well one label is recognized.

    Attributes:
        precision: share of the answers with this label that were right.
        recall: share of what people say is of this label that was answered so.
    """

    precision: Figure
    recall: Figure

    @property
    def f1(self) -> float | None:
        """Their harmonic mean; None when one of them has too few answers."""
        if not (self.precision.enough and self.recall.enough):
            return None
        total = self.precision.share + self.recall.share
        return 2 * self.precision.share * self.recall.share / total if total else 0.0


def pairs(client: Client, question: Question) -> tuple[Pair, ...]:
    """Count the judged answers of a question by label and truth."""
    return tuple(Pair(**row) for row in client.rows(read("pairs"), question.parameters()))


def scores(judged: Sequence[Pair], label: str) -> Scores:
    """Precision and recall of a label, weighted as the pairs are."""
    answered = [pair for pair in judged if pair.label == label]
    true = [pair for pair in judged if pair.truth == label]
    return Scores(_share_right(answered), _share_right(true))


def _share_right(judged: Iterable[Pair]) -> Figure:
    n = right = 0
    weight = weight_right = weight_squared = 0.0
    for pair in judged:
        n += pair.audited
        weight += pair.weight
        weight_squared += pair.weight_squared
        if pair.right:
            right += pair.audited
            weight_right += pair.weight
    return weighted(n, right, weight, weight_right, weight_squared) if n else NOTHING
