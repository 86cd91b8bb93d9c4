"""The quality of a model on labelled tickets that it has not seen."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from sklearn.metrics import f1_score, precision_recall_fscore_support

from classifier.calibration import expected_calibration_error
from classifier.model import CategoryLabel, Model
from classifier.tickets import LabelledTicket

BATCH = 256

ENOUGH_TICKETS = 200
"""With fewer tickets the calibration error is mostly noise and too high (arXiv 1909.10155); it is not reported."""


class LevelFigures(NamedTuple):
    """Figures of one level of labels.

    Attributes:
        tickets: Tickets labelled on this level.
        macro_f1: Mean F1 of the labels that occur; all have the same weight.
        calibration_error: Expected calibration error over 15 bins; None with fewer than ENOUGH_TICKETS tickets.
    """

    tickets: int
    accuracy: float
    macro_f1: float
    calibration_error: float | None


class CategoryFigures(NamedTuple):
    """Figures of one category.

    Attributes:
        tickets: Tickets that belong to it.
        answered: Tickets to which the model gave it.
        mean_confidence: Of those answers; None when there are none.
    """

    category: str
    tickets: int
    answered: int
    precision: float
    recall: float
    f1: float
    mean_confidence: float | None


class Confusion(NamedTuple):
    """A category that the model answers in place of the true one, and how often."""

    gold: str
    answered: str
    tickets: int


class Evaluation(NamedTuple):
    """A model's figures. `subcategory` is None when no ticket has one.

    The answer for a subcategory is the best one of the best category. Its confidence is the product of both.
    """

    model: str
    category: LevelFigures
    subcategory: LevelFigures | None
    categories: list[CategoryFigures]
    confusions: list[Confusion]

    def as_json(self) -> dict[str, Any]:
        """Plain values for `json.dumps`."""
        return {
            "model": self.model,
            "category": self.category._asdict(),
            "subcategory": self.subcategory._asdict() if self.subcategory else None,
            "categories": [figures._asdict() for figures in self.categories],
            "confusions": [confusion._asdict() for confusion in self.confusions],
        }


def evaluate(model: Model, tickets: Sequence[LabelledTicket]) -> Evaluation:
    """Answer every ticket and compare. A ticket with a label that the model does not know counts as a wrong answer."""
    answers = [
        labels[0]
        for start in range(0, len(tickets), BATCH)
        for labels in model.predict([(t.subject, t.description) for t in tickets[start : start + BATCH]], top_k=1)
    ]
    gold = [ticket.category for ticket in tickets]
    answered = [answer.category for answer in answers]
    judged = [(ticket, answer) for ticket, answer in zip(tickets, answers, strict=True) if ticket.subcategory]
    return Evaluation(
        model=model.version,
        category=_level(gold, answered, [answer.confidence for answer in answers]),
        subcategory=_level(
            [f"{ticket.category}/{ticket.subcategory}" for ticket, _ in judged],
            [f"{answer.category}/{answer.subcategory}" for _, answer in judged],
            [answer.confidence * (answer.subcategory_confidence or 0.0) for _, answer in judged],
        )
        if judged
        else None,
        categories=_categories(gold, answers),
        confusions=_confusions(gold, answered),
    )


def _level(gold: Sequence[str], answered: Sequence[str], confidence: Sequence[float]) -> LevelFigures:
    correct = np.array(gold) == np.array(answered)
    enough = len(gold) >= ENOUGH_TICKETS
    return LevelFigures(
        tickets=len(gold),
        accuracy=float(correct.mean()),
        macro_f1=float(f1_score(gold, answered, labels=sorted(set(gold)), average="macro", zero_division=0)),
        calibration_error=expected_calibration_error(np.array(confidence), correct) if enough else None,
    )


def _categories(gold: Sequence[str], answers: Sequence[CategoryLabel]) -> list[CategoryFigures]:
    answered = [answer.category for answer in answers]
    names = sorted({*gold, *answered})
    scores = precision_recall_fscore_support(gold, answered, labels=names, zero_division=0)
    figures = []
    for name, precision, recall, f1, tickets in zip(names, *scores, strict=True):
        confidences = [answer.confidence for answer in answers if answer.category == name]
        mean = sum(confidences) / len(confidences) if confidences else None
        figures.append(
            CategoryFigures(name, int(tickets), len(confidences), float(precision), float(recall), float(f1), mean)
        )
    return figures


def _confusions(gold: Sequence[str], answered: Sequence[str]) -> list[Confusion]:
    pairs = Counter(pair for pair in zip(gold, answered, strict=True) if pair[0] != pair[1])
    ranked = sorted(pairs.items(), key=lambda item: (-item[1], item[0]))
    return [Confusion(*pair, tickets) for pair, tickets in ranked]
