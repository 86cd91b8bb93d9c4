"""From what an LLM says of its sureness to the share of such answers that are right."""

import math
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.isotonic import IsotonicRegression

from classifier.llm.calibration import (
    Calibration,
    Isotonic,
    Temperature,
    TooFewAnswers,
    Truth,
    expected_calibration_error,
    fit,
)

shares = (
    st.lists(st.floats(0, 1), min_size=2, max_size=30)
    .filter(sum)
    .map(lambda weights: [weight / math.fsum(weights) for weight in weights])
)
curves = st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=20).map(
    lambda points: Isotonic(*(tuple(sorted(values)) for values in zip(*points, strict=True)))
)
calibrations = st.builds(Temperature, st.floats(0.2, 20)) | curves


def simulated(count: int, temperature: float, seed: int = 3, choices: int = 8) -> list[Truth]:
    """Answers of an LLM that says softmax(z) where softmax(z / temperature) is true."""
    rng = random.Random(seed)
    answers = []
    for _ in range(count):
        logits = [rng.gauss(0, 2) for _ in range(choices)]
        true = [math.exp(logit) for logit in logits]
        said = [math.exp(logit * temperature) for logit in logits]
        (right,) = rng.choices(range(choices), true)
        answers.append(Truth(tuple(weight / sum(said) for weight in said), right))
    return answers


@given(calibrations, shares)
def test_calibrated_probabilities_keep_sum_and_order(calibration: Calibration, probabilities: list[float]) -> None:
    """The answer stays the answer, and what was more probable stays so."""
    found = calibration.apply(probabilities)

    assert math.fsum(found) == pytest.approx(math.fsum(probabilities))
    assert all(0 <= share <= 1 + 1e-9 for share in found)
    pairs = [*zip(probabilities, found, strict=True)]
    assert all(one[1] <= other[1] + 1e-12 for one in pairs for other in pairs if one[0] < other[0])
    assert found.index(max(found)) == probabilities.index(max(probabilities))


@given(calibrations, st.integers(2, 20), st.integers(0, 19))
def test_a_certain_answer_is_calibrated_too(calibration: Calibration, choices: int, best: int) -> None:
    """Probabilities of exactly 0 and 1: endpoints that name one token alone give them."""
    probabilities = [0.0] * choices
    probabilities[best % choices] = 1.0

    found = calibration.apply(probabilities)

    assert math.fsum(found) == pytest.approx(1.0)
    assert max(found) == found[best % choices]


@given(curves, st.floats(0, 1), st.floats(0, 1))
def test_a_curve_never_falls(curve: Isotonic, one: float, other: float) -> None:
    low, high = sorted((one, other))

    assert 0 <= curve.at(low) <= curve.at(high) + 1e-12 <= 1 + 1e-12


@pytest.mark.parametrize("temperature", [0.5, 1.0, 1.7, 3.0])
def test_the_temperature_of_simulated_answers_is_found(temperature: float) -> None:
    """Within the error of 900 answers."""
    found = fit(simulated(900, temperature), "logprobs")

    assert isinstance(found, Temperature)
    assert found.temperature == pytest.approx(temperature, rel=0.12)


def test_calibrated_confidences_mean_what_they_say() -> None:
    """On answers that were not fitted to, with each method; the LLM was much too sure."""
    unseen = simulated(3000, 3.0, seed=4)

    errors = {}
    for count in (300, 3000):
        found = fit(simulated(count, 3.0), "logprobs")
        errors[type(found)] = expected_calibration_error(
            [(max(found.apply(answer.probabilities)), answer.is_right) for answer in unseen]
        )
    before = expected_calibration_error([(answer.confidence, answer.is_right) for answer in unseen])

    assert before > 0.15
    assert errors.keys() == {Temperature, Isotonic}
    assert max(errors.values()) < 0.04


def test_the_curve_is_that_of_isotonic_regression() -> None:
    """Compared with scikit-learn's, but for blocks of few answers and the ends."""
    answers = simulated(4000, 3.0)
    found = fit(answers, "logprobs")
    assert isinstance(found, Isotonic)
    confidences = np.array([answer.confidence for answer in answers])
    oracle = IsotonicRegression().fit(confidences, [answer.is_right for answer in answers])
    inner = np.quantile(confidences, np.linspace(0.02, 0.98, 50))

    assert np.abs(oracle.predict(inner) - [found.at(value) for value in inner]).mean() < 0.01


@pytest.mark.parametrize(("count", "missing"), [(0, 100), (1, 99), (99, 1)])
def test_fewer_than_a_hundred_answers_are_refused_with_how_many_are_missing(count: int, missing: int) -> None:
    with pytest.raises(TooFewAnswers, match=rf"^{missing} more labelled answers") as refused:
        fit(simulated(count, 1.0), "logprobs")

    assert refused.value.missing == missing


@pytest.mark.parametrize(("count", "method"), [(100, Temperature), (999, Temperature), (1000, Isotonic)])
def test_the_number_of_answers_decides_the_method(count: int, method: type[Calibration]) -> None:
    assert isinstance(fit(simulated(count, 1.0), "logprobs"), method)


@pytest.mark.parametrize("count", [100, 2000])
def test_a_constant_confidence_becomes_the_accuracy(count: int) -> None:
    """A constant confidence cannot tell answers apart. Each named choice gets the accuracy of all answers."""
    answers = [Truth((0.5,), 0 if index % 4 else None) for index in range(count)]

    found = fit(answers, "constant")

    assert isinstance(found, Isotonic)
    assert [*found.apply((0.5,))] == [pytest.approx(0.75)]


@pytest.mark.parametrize("right", [0, 1, None])
@pytest.mark.parametrize("count", [150, 1500])
def test_answers_that_are_all_right_or_all_wrong_give_no_certainty(right: int | None, count: int) -> None:
    """Confidences of exactly 0 and 1; a truth that the answers never name has the least probability."""
    found = fit([Truth((1.0, 0.0), right)] * count, "logprobs")

    confidence = max(found.apply((1.0, 0.0)))
    assert 0.5 <= confidence <= 1
    if right != 0:
        assert confidence < 0.75
    if isinstance(found, Isotonic):
        assert found.at(1.0) == pytest.approx(1 - 1 / (count + 2) if right == 0 else 1 / (count + 2))


def test_three_right_answers_of_three_are_no_proof() -> None:
    """The most confident answers, few and all right, share the accuracy of those below them."""
    answers = [Truth((0.6, 0.4), index % 2) for index in range(1000)] + [Truth((0.99, 0.01), 0)] * 3

    found = fit(answers, "logprobs")

    assert isinstance(found, Isotonic)
    assert found.at(0.99) == pytest.approx(503 / 1003)


def test_the_error_is_the_distance_between_confidence_and_accuracy() -> None:
    answers = [(0.95, True)] * 5 + [(0.95, False)] * 5 + [(0.2, False)] * 10

    assert expected_calibration_error(answers) == pytest.approx(0.5 * 0.45 + 0.5 * 0.2)
