"""Confidence: temperature, calibration error, and how much the text's language counts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import softmax

from classifier.calibration import expected_calibration_error, fit_temperature, label_probabilities

UNIFORM = np.full(3, 1 / 3)


@pytest.mark.parametrize("true_temperature", [0.4, 1.0, 2.5])
def test_temperature_is_recovered(true_temperature: float) -> None:
    """When labels are drawn from softmax(scores / T), the fitted temperature is T."""
    random = np.random.default_rng(1)
    scores = random.normal(scale=3.0, size=(4000, 3)).astype(np.float32)
    chances = softmax(scores / true_temperature, axis=1).cumsum(axis=1)
    gold = (chances < random.random((4000, 1))).sum(axis=1)

    fitted = fit_temperature(scores, gold, np.ones(4000), UNIFORM)

    assert fitted == pytest.approx(true_temperature, rel=0.1)


def test_few_predictions_prove_no_certainty() -> None:
    """Ninety-nine right answers do not sharpen the model."""
    scores = np.tile(np.array([1.0, 0.0, 0.0], dtype=np.float32), (99, 1))

    assert fit_temperature(scores, np.zeros(99, dtype=np.int64), np.ones(99), UNIFORM) == 1.0


def test_calibration_error_of_a_known_case() -> None:
    """Four answers at 0.9 of which three are right, and four at 0.3 of which two are: (0.15 + 0.2) / 2."""
    confidence = np.array([0.9] * 4 + [0.3] * 4)
    correct = np.array([True, True, True, False, True, True, False, False])

    assert expected_calibration_error(confidence, correct) == pytest.approx(0.175)


def test_calibration_error_takes_the_ends_of_the_scale() -> None:
    """Confidences of exactly 0 and 1 belong to the first and the last bin."""
    error = expected_calibration_error(np.array([0.0, 1.0, 1.0]), np.array([False, True, False]))

    assert error == pytest.approx(1 / 3)


def test_an_unfamiliar_text_is_answered_with_the_prior() -> None:
    """At familiarity 0 the scores count for nothing, at 1 the prior does, and between them both in proportion."""
    scores = np.array([[0.0, np.log(3), -50.0]] * 3, dtype=np.float32)
    prior = np.array([0.5, 0.1, 0.4])

    probabilities = label_probabilities(scores, 1.0, np.array([0.0, 1.0, 0.5]), prior)

    assert probabilities[0] == pytest.approx(prior)
    assert probabilities[1] == pytest.approx([0.25, 0.75, 0.0])
    assert probabilities[2] == pytest.approx([0.375, 0.425, 0.2])


@given(
    st.lists(st.lists(st.floats(-1e4, 1e4, width=32), min_size=3, max_size=3), min_size=1, max_size=5),
    st.floats(0.05, 20),
    st.floats(0, 1),
)
def test_probabilities_are_probabilities(scores: list[list[float]], temperature: float, familiarity: float) -> None:
    """Whatever the scores, every row holds numbers from 0 to 1 that sum to 1."""
    probabilities = label_probabilities(
        np.array(scores, dtype=np.float32), temperature, np.full(len(scores), familiarity), UNIFORM
    )

    assert (probabilities >= 0).all()
    assert (probabilities <= 1 + 1e-9).all()
    assert probabilities.sum(axis=1) == pytest.approx(1.0)
