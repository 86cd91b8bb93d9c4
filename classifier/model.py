"""A trained model: from texts to categories with calibrated confidences."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from classifier.calibration import label_probabilities
from classifier.features import Features
from classifier.languages import Languages
from classifier.multilingual import Multilingual
from classifier.tickets import ticket_text

Label = tuple[str, str | None]


class CategoryLabel(NamedTuple):
    """One category of an answer.

    Attributes:
        confidence: P(category), the sum over its subcategories, 0 to 1.
        subcategory: The category's most probable subcategory; None when that is "none".
        subcategory_confidence: P(subcategory given the category), 0 to 1; None without a subcategory.
    """

    category: str
    confidence: float
    subcategory: str | None
    subcategory_confidence: float | None


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """Everything on which an answer depends. Immutable, and safe to use from several threads at once.

    Attributes:
        version: `<data>-<day of training>-<hash of data and parameters>`.
        tickets: How many tickets it was trained on.
        labels: The labels of the columns, sorted, so that the subcategories of a category are neighbours.
        weights: The linear model, float32 (terms, labels).
        intercept: float32 (labels,).
        prior: Each label's share in training, float64 (labels,).
        temperature: The divisor of the scores before softmax.
        languages: Recognises texts in an unseen language.
        multilingual: Reads such texts, and gives a second opinion; None in a model without an embedding.
        ceiling: What an answer's confidence is at most: P(category) is multiplied by it. It is below 1 where no
            labelled ticket has measured the model.
    """

    version: str
    trained_on: date
    tickets: int
    labels: tuple[Label, ...]
    features: Features
    weights: npt.NDArray[np.float32]
    intercept: npt.NDArray[np.float32]
    prior: npt.NDArray[np.float64]
    temperature: float
    languages: Languages
    multilingual: Multilingual | None = None
    ceiling: float = 1.0

    def predict(self, tickets: Sequence[tuple[str, str]], top_k: int) -> list[list[CategoryLabel]]:
        """The `top_k` most probable categories of each (subject, description), best first."""
        if not tickets:
            return []
        texts = [ticket_text(subject, description) for subject, description in tickets]
        columns = category_columns(self.labels)
        found = [_best(row, self.labels, columns, top_k) for row in self.probabilities(texts)]
        return [[label._replace(confidence=self.ceiling * label.confidence) for label in labels] for labels in found]

    def probabilities(self, texts: Sequence[str]) -> npt.NDArray[np.float64]:
        """P(label | text), float64 (texts, labels); each row sums to 1."""
        # The product of a sparse row and the dense float32 weights reads only the rows of the terms that occur.
        # scikit-learn's own predict would first copy all weights to float64.
        scores = self.features.transform(texts) @ self.weights + self.intercept
        if self.multilingual:
            return self.multilingual.probabilities(texts, scores, self.prior)
        return label_probabilities(scores, self.temperature, self.languages.weigh(texts), self.prior)


def category_columns(labels: Sequence[Label]) -> dict[str, slice]:
    """The columns of each category's subcategories, for labels sorted by category."""
    columns: dict[str, slice] = {}
    for category, members in groupby(enumerate(labels), key=lambda member: member[1][0]):
        indices = [index for index, _ in members]
        columns[category] = slice(indices[0], indices[-1] + 1)
    return columns


def _best(
    row: npt.NDArray[np.float64], labels: Sequence[Label], columns: dict[str, slice], top_k: int
) -> list[CategoryLabel]:
    totals = sorted(((min(float(row[span].sum()), 1.0), name) for name, span in columns.items()), reverse=True)
    return [_describe(row, labels, columns[name], total) for total, name in totals[:top_k]]


def _describe(row: npt.NDArray[np.float64], labels: Sequence[Label], span: slice, total: float) -> CategoryLabel:
    best = span.start + int(row[span].argmax())
    category, subcategory = labels[best]
    share = min(float(row[best]) / total, 1.0) if total > 0 else 0.0
    return CategoryLabel(category, total, subcategory, None if subcategory is None else share)
