"""From labelled tickets to a calibrated model."""

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

from classifier.calibration import fit_temperature
from classifier.features import Features
from classifier.languages import Languages
from classifier.model import Label, Model
from classifier.tickets import DataError, LabelledTicket

Columns = npt.NDArray[np.int64]
Progress = Callable[[int, int, str], None]
"""Receives the number of finished steps, the number of all steps, and the name of the next one."""

INVERSE_REGULARIZATION = 10.0
"""Chosen by four-fold cross-validation on banking77's train part; there 5 to 40 differ less than the folds."""

TOLERANCE = 0.03
"""Largest relative change of a weight in the last epoch; in the same cross-validation 0.001 is no more accurate."""
MAX_EPOCHS = 1000
FOLDS = 5
HELD_OUT_TICKETS = 1500
"""Enough to fit three numbers; large sets need one fold for it, small ones up to all of them."""

# Part of the model's version: every change that gives a different model for the same tickets must change this too.
RECIPE = {
    "features": "tfidf word 1-2, char_wb 3-5, sublinear, accents stripped",
    "model": "multinomial logistic regression by sag",
    "inverse_regularization": INVERSE_REGULARIZATION,
    "tolerance": TOLERANCE,
    "text": "cleaned",
    "languages": "py3langid among those of the rules and of the tickets",
    "calibration": f"temperature, {HELD_OUT_TICKETS} tickets in {FOLDS} folds",
    "revision": 2,
}


class HeldOut(NamedTuple):
    """Texts that the model has not seen, their scores and true labels."""

    scores: npt.NDArray[np.float32]
    gold: Columns
    texts: list[str]


def train(
    tickets: Sequence[LabelledTicket],
    *,
    trained_on: date,
    name: str | None = None,
    on_progress: Progress = lambda _done, _steps, _what: None,
) -> Model:
    """Fit, calibrate and version a model. The same tickets, in any order, give the same model.

    Args:
        tickets: With their labels.
        trained_on: The day in the version.
        name: First part of the version; by default the tickets' sources.
        on_progress: Called before every step, and after the last one.

    Raises:
        DataError: There are fewer than two different labels, or no words.
    """
    # Always in the same order, because the solver draws tickets by their index.
    ordered = sorted(tickets, key=lambda ticket: (ticket.subject, ticket.description, _order(ticket.label)))
    texts = [ticket.text for ticket in ordered]
    labels, gold = _columns_of_labels(ordered)
    prior = np.bincount(gold, minlength=len(labels)) / len(gold)
    folds = _folds(gold)
    held_out = []
    for done, mask in enumerate(folds):
        on_progress(done, len(folds) + 1, f"calibrating on held-out part {done + 1} of {len(folds)}")
        held_out.append(_hold_out(texts, gold, mask, len(labels)))
    on_progress(len(folds), len(folds) + 1, f"fitting {len(labels)} labels to {len(texts):,} tickets")
    features, weights, intercept = _fit(texts, gold, len(labels))
    languages = Languages.of(texts)
    temperature = _calibrate(held_out, languages, prior)
    on_progress(len(folds) + 1, len(folds) + 1, "done")
    return Model(
        version=f"{_name(name, ordered)}-{trained_on.isoformat()}-{_fingerprint(ordered)}",
        trained_on=trained_on,
        tickets=len(ordered),
        labels=labels,
        features=features,
        weights=weights,
        intercept=intercept,
        prior=prior,
        temperature=temperature,
        languages=languages,
    )


def _columns_of_labels(tickets: Sequence[LabelledTicket]) -> tuple[tuple[Label, ...], Columns]:
    labels = tuple(sorted({ticket.label for ticket in tickets}, key=_order))
    if len(labels) < 2:
        raise DataError("training needs tickets of at least two different labels")
    column = {label: index for index, label in enumerate(labels)}
    return labels, np.array([column[ticket.label] for ticket in tickets], dtype=np.int64)


def _order(label: Label) -> tuple[str, str]:
    return label[0], label[1] or ""


def _folds(gold: Columns) -> list[npt.NDArray[np.bool_]]:
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


def _hold_out(texts: Sequence[str], gold: Columns, mask: npt.NDArray[np.bool_], width: int) -> HeldOut:
    seen = [texts[index] for index in np.flatnonzero(~mask).tolist()]
    # Tickets whose label does not occur in the remaining ones say nothing about the model's confidence.
    judged = np.flatnonzero(mask & np.isin(gold, gold[~mask]))
    unseen = [texts[index] for index in judged.tolist()]
    features, weights, intercept = _fit(seen, gold[~mask], width)
    scores = features.transform(unseen) @ weights + intercept
    return HeldOut(scores, gold[judged], unseen)


def _calibrate(parts: Sequence[HeldOut], languages: Languages, prior: npt.NDArray[np.float64]) -> float:
    if not parts:
        return 1.0
    return fit_temperature(
        scores=np.concatenate([part.scores for part in parts]),
        gold=np.concatenate([part.gold for part in parts]),
        familiarity=np.concatenate([languages.weigh(part.texts) for part in parts]),
        prior=prior,
    )


def _fit(
    texts: Sequence[str], gold: Columns, width: int
) -> tuple[Features, npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    try:
        features = Features.fit(texts)
    except ValueError as error:
        raise DataError("the tickets contain no words to learn from") from error
    # Stochastic average gradient (M. Schmidt et al., arXiv 1309.2388) is as accurate here as L-BFGS and takes a
    # quarter of its time: with dense weights of terms x labels L-BFGS spends that time on its bookkeeping.
    solver = LogisticRegression(
        C=INVERSE_REGULARIZATION, solver="sag", tol=TOLERANCE, max_iter=MAX_EPOCHS, random_state=0
    )
    solver.fit(features.transform(texts), gold)
    return features, *_columns(solver, width)


def _columns(solver: Any, width: int) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Weights (terms, labels) and intercept (labels,); labels that are missing from this part get a low score."""
    rows, bias = solver.coef_, solver.intercept_
    if len(rows) == 1:
        # Two labels are fitted as one logistic curve; the softmax over minus half and plus half of it is the same.
        rows, bias = np.vstack([-rows, rows]) / 2, np.concatenate([-bias, bias]) / 2
    weights = np.zeros((rows.shape[1], width), dtype=np.float32)
    intercept = np.full(width, -30.0, dtype=np.float32)
    weights[:, solver.classes_] = rows.T
    intercept[solver.classes_] = bias
    return weights, intercept


def _name(given: str | None, tickets: Sequence[LabelledTicket]) -> str:
    # Short and without spaces, because every event contains the version and people type it.
    name = given or "+".join(sorted({ticket.source for ticket in tickets}))
    return re.sub(r"[^A-Za-z0-9._+-]+", "_", name)[:60]


def _fingerprint(tickets: Sequence[LabelledTicket]) -> str:
    digest = hashlib.sha256(json.dumps(RECIPE, sort_keys=True).encode())
    for ticket in tickets:
        digest.update(json.dumps([ticket.subject, ticket.description, *ticket.label]).encode())
    return digest.hexdigest()[:8]
