"""What an LLM's answers are worth, before and after a calibration."""

import random

import pytest

from classifier.llm.calibration import Isotonic, Temperature, TooFewAnswers
from classifier.llm.measuring import LabelledAnswer, measured
from tests.classifier.llm.parts import CHOICES

REFUND, INVOICE, DELIVERY, PASSWORD = CHOICES


def answer(category: str, subcategory: str | None = None, said: float = 0.5) -> LabelledAnswer:
    """An answer that spreads its trust in billing over two subcategories."""
    rest = (1 - said) / 3
    probabilities = ((DELIVERY, said), (REFUND, rest * 1.5), (INVOICE, rest * 1.4), (PASSWORD, rest * 0.1))
    return LabelledAnswer(probabilities, "logprobs", category, subcategory)


@pytest.mark.parametrize(
    ("category", "subcategory", "right"),
    [
        ("delivery", None, 0),
        ("billing", "invoice", 2),
        ("billing", "refund", 1),
        ("billing", None, 1),
        ("billing", "gone", None),
        ("elsewhere", None, None),
    ],
)
def test_the_true_choice_is_found(category: str, subcategory: str | None, right: int | None) -> None:
    """Of a category alone it is the best of its choices; of what is not there, none."""
    assert answer(category, subcategory).truth().right == right


def test_confidences_are_those_of_categories_as_the_service_decides_by_them() -> None:
    """Two subcategories together may be more probable than the best choice."""
    found = answer("billing", said=0.4)

    confidence, is_right, category = found.judged([share for _, share in found.probabilities])

    assert confidence == pytest.approx(0.58)
    assert (is_right, category) == (True, "billing")


@pytest.mark.parametrize(("count", "method"), [(300, Temperature), (2000, Isotonic)])
def test_the_error_after_is_that_of_answers_that_were_not_fitted_to(
    count: int, method: type[Temperature | Isotonic]
) -> None:
    """An LLM that is right in 60 % and says 95 %: the calibration brings the two together, on unseen answers too."""
    rng = random.Random(1)
    answers = [answer("delivery" if rng.random() < 0.6 else "billing", said=0.95) for _ in range(count)]

    found = measured(answers, "logprobs")

    assert isinstance(found.calibration, method)
    assert found.accuracy == pytest.approx(0.6, abs=0.06)
    assert found.ece_before == pytest.approx(0.95 - found.accuracy)
    assert found.ece_after < 0.06
    assert len(found.judged) == count


def test_answers_that_are_equally_sure_have_one_accuracy() -> None:
    """Their parts differ by chance, which is no error of the calibration."""
    rng = random.Random(2)
    answers = [
        LabelledAnswer(((DELIVERY, 0.5),), "constant", "delivery" if rng.random() < 0.8 else "billing", None)
        for _ in range(300)
    ]

    found = measured(answers, "constant")

    assert found.ece_before == pytest.approx(found.accuracy - 0.5)
    assert found.ece_after == pytest.approx(0, abs=1e-6)
    assert len({judged.confidence for judged in found.judged}) == 1


def test_too_few_answers_are_refused() -> None:
    with pytest.raises(TooFewAnswers):
        measured([answer("delivery")] * 99, "logprobs")
