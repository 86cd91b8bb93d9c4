"""Tickets held out from training: what a model says of them calibrates its confidence and decides what it uses."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Columns = npt.NDArray[np.int64]

FOLDS = 5
HELD_OUT_TICKETS = 1500
"""Enough to fit three numbers; large sets need one fold for it, small ones up to all of them."""


class HeldOut(NamedTuple):
    """Tickets that a model has not seen.

    Attributes:
        rows: Their places among all tickets, (held out,).
        scores: The model's scores, (held out, labels).
        gold: Their true labels, (held out,).
    """

    rows: Columns
    scores: npt.NDArray[np.float32]
    gold: Columns


def folds(gold: Columns) -> list[npt.NDArray[np.bool_]]:
    """Masks of the tickets to hold out: stratified folds, as many as are needed for HELD_OUT_TICKETS."""
    shuffled = np.random.default_rng(0).permutation(len(gold))
    # The tickets are dealt out label by label, so every label is spread evenly over the folds.
    by_label = shuffled[np.argsort(gold[shuffled], kind="stable")]
    fold_of = np.empty(len(gold), dtype=np.int64)
    fold_of[by_label] = np.arange(len(gold)) % FOLDS
    wanted = -(-HELD_OUT_TICKETS * FOLDS // len(gold))
    masks = [fold_of == fold for fold in range(min(wanted, FOLDS))]
    return [mask for mask in masks if _usable(gold, mask)]


def _usable(gold: Columns, mask: npt.NDArray[np.bool_]) -> bool:
    """Whether enough labels remain to fit a model, and some held-out tickets have a label that remains."""
    remaining = np.unique(gold[~mask])
    return len(remaining) > 1 and bool(np.isin(gold[mask], remaining).any())


def judged(gold: Columns, mask: npt.NDArray[np.bool_]) -> Columns:
    """The held-out tickets whose label occurs in the others too; the rest say nothing about a model's confidence."""
    return np.flatnonzero(mask & np.isin(gold, gold[~mask]))


def picked(texts: Sequence[str], rows: Columns) -> list[str]:
    """The texts of the rows."""
    return [texts[index] for index in rows.tolist()]
