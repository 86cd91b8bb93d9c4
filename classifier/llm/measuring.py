"""What an LLM's answers about labelled tickets are worth, before and after a calibration. Pure."""

from collections.abc import Sequence
from typing import NamedTuple

from classifier.llm.calibration import (
    LEAST_ANSWERS,
    Calibration,
    TooFewAnswers,
    Truth,
    expected_calibration_error,
    fit_by,
    method_for,
)
from classifier.llm.labels import Probabilities, labels_of
from classifier.llm.types import Source

_FOLDS = 5


class Judged(NamedTuple):
    """The category of an answer, and whether it is the right one."""

    confidence: float
    is_right: bool
    category: str


class LabelledAnswer(NamedTuple):
    """An answer about a ticket whose label is known.

    Attributes:
        probabilities: not calibrated.
        subcategory: None where the ticket has none, or people said none: the category alone counts.
    """

    probabilities: Probabilities
    source: Source
    category: str
    subcategory: str | None

    def truth(self) -> Truth:
        """The answer with the number of the true choice; of a category alone, its best choice."""
        shares = tuple(share for _, share in self.probabilities)
        of_category = [
            (share, -index)
            for index, (choice, share) in enumerate(self.probabilities)
            if choice.category == self.category and self.subcategory in {None, choice.subcategory}
        ]
        return Truth(shares, -max(of_category)[1] if of_category else None)

    def judged(self, shares: Sequence[float]) -> Judged:
        """The category that is answered with these probabilities."""
        choices = (choice for choice, _ in self.probabilities)
        (label,) = labels_of(list(zip(choices, shares, strict=True)), 1)
        return Judged(label["confidence"], label["category"] == self.category, label["category"])


class Measured(NamedTuple):
    """A calibration, and what it does.

    Attributes:
        accuracy: of the categories.
        ece_before: of the categories' confidences, not calibrated.
        ece_after: of answers that the calibration was not fitted to.
        judged: what becomes of those.
    """

    calibration: Calibration
    answers: int
    accuracy: float
    ece_before: float
    ece_after: float
    judged: tuple[Judged, ...]


def measured(answers: Sequence[LabelledAnswer], source: Source) -> Measured:
    """Fit a calibration to these answers, and say what it does to answers that it was not fitted to.

    Those are the fifths of five further fits, each to the other four fifths. Answers that are all equally sure have one
    accuracy: its fifths would only differ by chance.

    Args:
        answers: in an order that has nothing to do with their labels.
        source: where the confidence of all of them comes from.

    Raises:
        TooFewAnswers: fewer than 100.
    """
    if len(answers) < LEAST_ANSWERS:
        raise TooFewAnswers(LEAST_ANSWERS - len(answers))
    method = method_for(len(answers), source)
    truths = [answer.truth() for answer in answers]
    calibration = fit_by(method, truths)
    before = [answer.judged(truth.probabilities) for answer, truth in zip(answers, truths, strict=True)]
    if source == "constant":
        after = [
            answer.judged(calibration.apply(truth.probabilities)) for answer, truth in zip(answers, truths, strict=True)
        ]
    else:
        after = _unseen(answers, truths, method)
    return Measured(
        calibration,
        len(answers),
        sum(judged.is_right for judged in before) / len(before),
        expected_calibration_error([judged[:2] for judged in before]),
        expected_calibration_error([judged[:2] for judged in after]),
        tuple(after),
    )


def _unseen(answers: Sequence[LabelledAnswer], truths: Sequence[Truth], method: type[Calibration]) -> list[Judged]:
    found: list[Judged] = []
    for fold in range(_FOLDS):
        calibration = fit_by(method, [truth for index, truth in enumerate(truths) if index % _FOLDS != fold])
        for answer, truth in zip(answers[fold::_FOLDS], truths[fold::_FOLDS], strict=True):
            found.append(answer.judged(calibration.apply(truth.probabilities)))
    return found
