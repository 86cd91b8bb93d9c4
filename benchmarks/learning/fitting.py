"""Models of streams: the linear model that `classifier.training.train` fits, without its calibration."""

import base64
from collections.abc import Sequence
from typing import Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from benchmarks.learning.packs import Part
from classifier.features import Features
from classifier.model import Label
from classifier.training import fit

Bools = npt.NDArray[np.bool_]


class Rights(NamedTuple):
    """Whether each answer is right: with its subcategory, and the category alone."""

    label: Bools
    category: Bools

    @classmethod
    def of(cls, answers: Sequence[Label], truth: Sequence[Label]) -> Self:
        """Compare each answer with the truth."""
        pairs = list(zip(answers, truth, strict=True))
        return cls(
            np.array([said == true for said, true in pairs], dtype=np.bool_),
            np.array([said[0] == true[0] for said, true in pairs], dtype=np.bool_),
        )

    @property
    def accuracy(self) -> float:
        """Share of tickets with the right label."""
        return float(self.label.mean())

    @property
    def of_categories(self) -> float:
        """Share of tickets with the right category."""
        return float(self.category.mean())


class Fitted(NamedTuple):
    """A linear model; its best label is the answer."""

    labels: tuple[Label, ...]
    features: Features
    weights: Any
    intercept: Any

    def answers(self, texts: Sequence[str]) -> list[Label]:
        """The label of each text."""
        if not texts:
            return []
        scores = self.features.transform(texts) @ self.weights + self.intercept
        return [self.labels[column] for column in scores.argmax(axis=1).tolist()]


def fitted(rows: Part) -> Fitted:
    """The same rows, in any order, give the same model."""
    ordered = sorted(zip(rows.texts, rows.labels, strict=True), key=str)
    labels = tuple(sorted({label for _, label in ordered}, key=str))
    column = {label: place for place, label in enumerate(labels)}
    gold = np.array([column[label] for _, label in ordered], dtype=np.int64)
    return Fitted(labels, *fit([text for text, _ in ordered], gold, len(labels)))


def packed(bools: Bools | Sequence[bool]) -> str:
    """As text, eight in a byte."""
    return base64.b64encode(np.packbits(np.asarray(bools, dtype=np.bool_)).tobytes()).decode("ascii")


def unpacked(text: str, length: int) -> Bools:
    """What `packed` packed."""
    return np.unpackbits(np.frombuffer(base64.b64decode(text), dtype=np.uint8))[:length].astype(np.bool_)
