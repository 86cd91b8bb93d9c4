"""Calibrated confidence: temperature scaling, and the measure of the remaining error."""

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar
from scipy.special import softmax

Floats = npt.NDArray[np.float64]

ENOUGH_PREDICTIONS = 100
BINS = 15


def label_probabilities(
    scores: npt.NDArray[np.float32], temperature: float, familiarity: Floats, prior: Floats
) -> Floats:
    """P(label | text), (tickets, labels): softmax(scores / temperature), weighted by the familiarity of the text.

    The remaining probability, 1 - familiarity, is distributed by the labels' shares in training.
    """
    read = softmax(scores.astype(np.float64) / temperature, axis=1)
    weight = familiarity[:, np.newaxis]
    return np.asarray(weight * read + (1 - weight) * prior, dtype=np.float64)


def fit_temperature(
    scores: npt.NDArray[np.float32], gold: npt.NDArray[np.int64], familiarity: Floats, prior: Floats
) -> float:
    """The one number that makes the true labels of held-out texts most probable.

    C. Guo et al., "On calibration of modern neural networks", 2017, arXiv 1706.04599: dividing the scores by one
    temperature changes no ranking, and minimal log loss on held-out data calibrates the probabilities. With fewer than
    ENOUGH_PREDICTIONS texts the scores stay as they are (1.0): a few right answers do not prove certainty.

    Args:
        scores: Linear scores (texts, labels) of texts that the linear model has not seen.
        gold: The column of each text's true label.
        familiarity: The probability, 0 to 1, that each text's language is known.
        prior: Each label's share in training.
    """
    if len(gold) < ENOUGH_PREDICTIONS:
        return 1.0
    rows = np.arange(len(gold))

    def log_loss(log_temperature: float) -> float:
        probabilities = label_probabilities(scores, float(np.exp(log_temperature)), familiarity, prior)
        return -float(np.log(probabilities[rows, gold] + 1e-12).mean())

    found = minimize_scalar(log_loss, bounds=(np.log(0.05), np.log(20.0)), method="bounded")
    return float(np.exp(found.x))


def expected_calibration_error(confidence: Floats, correct: npt.NDArray[np.bool_]) -> float:
    """Mean distance between confidence and accuracy over BINS bins of equal width, weighted by their tickets.

    The definition of arXiv 1706.04599, section 2; a perfectly calibrated model has 0.
    """
    bins = np.clip(np.ceil(confidence * BINS).astype(int) - 1, 0, BINS - 1)
    gaps = np.bincount(bins, weights=confidence - correct, minlength=BINS)
    return float(np.abs(gaps).sum() / len(confidence))
