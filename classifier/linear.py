"""Weights of scikit-learn's logistic regression, as the models keep them."""

from typing import Any

import numpy as np
import numpy.typing as npt

Floats32 = npt.NDArray[np.float32]


def columns(solver: Any, width: int) -> tuple[Floats32, Floats32]:
    """Weights (features, labels) and intercept (labels,); labels that are missing from this part get a low score."""
    rows, bias = solver.coef_, solver.intercept_
    if len(rows) == 1:
        # Two labels are fitted as one logistic curve; the softmax over minus half and plus half of it is the same.
        rows, bias = np.vstack([-rows, rows]) / 2, np.concatenate([-bias, bias]) / 2
    weights = np.zeros((rows.shape[1], width), dtype=np.float32)
    intercept = np.full(width, -30.0, dtype=np.float32)
    weights[:, solver.classes_] = rows.T
    intercept[solver.classes_] = bias
    return weights, intercept
