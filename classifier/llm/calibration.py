"""From what an LLM says of its sureness to the share of such answers that are right.

Answers whose truth is known show how far its probabilities are off. From 100 of them one number is fitted, from 1,000
on a whole curve: before that, a curve says more of chance than of the LLM. Pure, and light to import.
"""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated, Final, NamedTuple

from msgspec import Meta, Struct

from classifier.llm.types import Source

LEAST_ANSWERS: Final = 100
LEAST_FOR_ISOTONIC: Final = 1000

_COOLEST, _HOTTEST = 0.2, 20.0
_STEPS: Final = 60
# A probability of 0 is one that the endpoint did not name: its logarithm would be infinite, and no temperature move it.
_LEAST: Final = 1e-6
# The curve's ends are made of few answers; three right ones of three are no proof of 1.
_LEAST_IN_BLOCK: Final = 25
_BINS: Final = 10

Share = Annotated[float, Meta(ge=0, le=1)]


class Truth(NamedTuple):
    """An answer about a labelled ticket."""

    probabilities: tuple[float, ...]
    """Of the choices, not calibrated, in any order. The answer is the greatest."""
    right: int | None
    """The number of the true choice among them; None where it is not among them."""

    @property
    def confidence(self) -> float:
        """Of the answer."""
        return max(self.probabilities)

    @property
    def is_right(self) -> bool:
        """Whether the answer is the true choice."""
        return self.right is not None and self.right == self.probabilities.index(self.confidence)


class TooFewAnswers(ValueError):
    """Nothing can be fitted to so few answers.

    Attributes:
        missing: how many more are needed.
    """

    def __init__(self, missing: int) -> None:
        super().__init__(f"{missing} more labelled answers are needed: {LEAST_ANSWERS} at least")
        self.missing = missing


class Temperature(Struct, frozen=True, tag_field="method", tag="temperature"):
    """Divides log-probabilities by one number. Source: Guo et al. 2017, arXiv 1706.04599, section 4.2.

    Order and sum of the probabilities stay. Above 1, the LLM was too sure.
    """

    temperature: Annotated[float, Meta(gt=0, le=100)]

    def apply(self, probabilities: Sequence[float]) -> tuple[float, ...]:
        """The calibrated probabilities, in the same order and with the same sum."""
        logarithms = [math.log(max(share, _LEAST)) / self.temperature for share in probabilities]
        highest = max(logarithms)
        weights = [math.exp(logarithm - highest) for logarithm in logarithms]
        return _scaled(weights, math.fsum(probabilities))


class Isotonic(Struct, frozen=True, tag_field="method", tag="isotonic"):
    """A curve that never falls, from the confidence of an answer to its accuracy.

    Source: Zadrozny and Elkan 2002, "Transforming classifier scores into accurate multiclass probability estimates".

    Attributes:
        confidences: rising.
        accuracies: at these confidences; between two of them the curve is straight.
    """

    confidences: Annotated[tuple[Share, ...], Meta(min_length=1)]
    accuracies: Annotated[tuple[Share, ...], Meta(min_length=1)]

    def __post_init__(self) -> None:
        if len(self.confidences) != len(self.accuracies):
            raise ValueError("as many confidences as accuracies are needed")
        if any(low > high for values in (self.confidences, self.accuracies) for low, high in pairwise(values)):
            raise ValueError("confidences and accuracies never fall")

    def at(self, confidence: float) -> float:
        """The accuracy of answers with this confidence."""
        knots = list(zip(self.confidences, self.accuracies, strict=True))
        if confidence <= knots[0][0]:
            return knots[0][1]
        for (low, below), (high, above) in pairwise(knots):
            if confidence <= high:
                return below + (above - below) * ((confidence - low) / (high - low)) if high > low else above
        return knots[-1][1]

    def apply(self, probabilities: Sequence[float]) -> tuple[float, ...]:
        """The calibrated probabilities, in the same order and with the same sum.

        The answer gets its accuracy, and the others share the rest as before. An accuracy below that of the next choice
        would make the latter the answer: the answer is then as sure as the next choice.
        """
        sum_ = math.fsum(probabilities)
        confidence = max(probabilities)
        if len(probabilities) == 1:
            return (self.at(confidence),)
        best = list(probabilities).index(confidence)
        others = [max(share, _LEAST) for index, share in enumerate(probabilities) if index != best]
        total = math.fsum(others)
        next_share = max(others) / total
        # A little more than the next choice: rounding must not change the answer.
        own = min(max(self.at(confidence), sum_ * next_share / (1 + next_share) * (1 + 1e-9)), sum_)
        rest = [share / total * (sum_ - own) for share in others]
        return (*rest[:best], own, *rest[best:])


Calibration = Temperature | Isotonic


def fit(answers: Sequence[Truth], source: Source) -> Calibration:
    """The calibration that these answers show.

    A constant confidence tells no answers apart, so all that can be learned is their accuracy: a curve of one point.

    Args:
        answers: about labelled tickets.
        source: where their confidence comes from.

    Raises:
        TooFewAnswers: fewer than 100.
    """
    if len(answers) < LEAST_ANSWERS:
        raise TooFewAnswers(LEAST_ANSWERS - len(answers))
    return fit_by(method_for(len(answers), source), answers)


def method_for(answers: int, source: Source) -> type[Calibration]:
    """The method for so many answers, whose confidence comes from there."""
    return Isotonic if source == "constant" or answers >= LEAST_FOR_ISOTONIC else Temperature


def fit_by(method: type[Calibration], answers: Sequence[Truth]) -> Calibration:
    """Fit by this method, whatever the number of answers."""
    if method is Temperature:
        return Temperature(_temperature(answers))
    return _isotonic([(answer.confidence, answer.is_right) for answer in answers])


def expected_calibration_error(answers: Sequence[tuple[float, bool]]) -> float:
    """Mean distance between confidence and accuracy over ten bins of equal width, weighted by their answers.

    Source: arXiv 1706.04599, section 2. 0 is perfect.
    """
    gaps = [0.0] * _BINS
    for confidence, is_right in answers:
        gaps[min(max(math.ceil(confidence * _BINS) - 1, 0), _BINS - 1)] += confidence - is_right
    return math.fsum(map(abs, gaps)) / len(answers)


def _temperature(answers: Sequence[Truth]) -> float:
    """Minimise the negative log-likelihood of the truth.

    It is convex in the inverse temperature; its derivative is the mean difference between the log-probability that the
    calibrated answer expects and that of the truth. Halving finds where it is 0.
    """
    logarithms = [
        ([math.log(max(share, _LEAST)) for share in probabilities], right)
        for probabilities, right in (_with_truth(answer) for answer in answers)
    ]
    low, high = 1 / _HOTTEST, 1 / _COOLEST
    for _ in range(_STEPS):
        inverse = (low + high) / 2
        slope = math.fsum(_expected(values, inverse) - values[right] for values, right in logarithms)
        low, high = (low, inverse) if slope > 0 else (inverse, high)
    return 2 / (low + high)


def _with_truth(answer: Truth) -> tuple[tuple[float, ...], int]:
    """The truth has the least probability where the answer does not name it."""
    if answer.right is None:
        return (*answer.probabilities, 0.0), len(answer.probabilities)
    return answer.probabilities, answer.right


def _expected(logarithms: Sequence[float], inverse: float) -> float:
    highest = max(logarithms)
    weights = [math.exp((value - highest) * inverse) for value in logarithms]
    return math.fsum(weight * value for weight, value in zip(weights, logarithms, strict=True)) / math.fsum(weights)


class _Block(NamedTuple):
    """Answers whose confidences stand beside each other, with one accuracy."""

    low: float
    high: float
    right: int
    answers: int

    @property
    def accuracy(self) -> float:
        return self.right / self.answers

    def with_(self, other: "_Block") -> "_Block":
        return _Block(self.low, other.high, self.right + other.right, self.answers + other.answers)


def _isotonic(answers: Sequence[tuple[float, bool]]) -> Isotonic:
    """Pool adjacent violators: neighbours whose accuracy falls become one block. Source: Zadrozny and Elkan 2002.

    Blocks of few answers are joined with the ones below. No accuracy is nearer to 0 or 1 than as many answers can show
    (Laplace's rule of succession).
    """
    blocks: list[_Block] = []
    for confidence, is_right in sorted(answers):
        blocks.append(_Block(confidence, confidence, int(is_right), 1))
        while len(blocks) > 1 and _belong_together(*blocks[-2:]):
            last = blocks.pop()
            blocks[-1] = blocks[-1].with_(last)
    blocks = _large(blocks)
    edge = 1 / (len(answers) + 2)
    accuracies = [min(max(block.accuracy, edge), 1 - edge) for block in blocks]
    return Isotonic(
        tuple(end for block in blocks for end in (block.low, block.high)),
        tuple(accuracy for accuracy in accuracies for _ in range(2)),
    )


def _belong_together(one: _Block, next_: _Block) -> bool:
    return one.accuracy >= next_.accuracy or one.high == next_.low


def _large(blocks: Sequence[_Block]) -> list[_Block]:
    large: list[_Block] = []
    for block in blocks:
        if large and min(block.answers, large[-1].answers) < _LEAST_IN_BLOCK:
            large[-1] = large[-1].with_(block)
        else:
            large.append(block)
    return large


def _scaled(weights: Sequence[float], sum_: float) -> tuple[float, ...]:
    total = math.fsum(weights)
    return tuple(weight / total * sum_ for weight in weights)
