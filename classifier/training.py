"""From labelled tickets to a calibrated model."""

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from datetime import date

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

from classifier import linear
from classifier.calibration import fit_temperature
from classifier.embedding import Embedding
from classifier.features import Features
from classifier.held_out import FOLDS, HELD_OUT_TICKETS, Columns, HeldOut, folds, judged, picked
from classifier.languages import Languages
from classifier.model import Label, Model
from classifier.multilingual import Multilingual
from classifier.multilingual_training import RECIPE as MULTILINGUAL_RECIPE
from classifier.multilingual_training import learn
from classifier.tickets import DataError, LabelledTicket

Progress = Callable[[int, int, str], None]
"""Receives the number of finished steps, the number of all steps, and the name of the next one."""

INVERSE_REGULARIZATION = 10.0
"""Chosen by four-fold cross-validation on banking77's train part; there 5 to 40 differ less than the folds."""

TOLERANCE = 0.03
"""Largest relative change of a weight in the last epoch; in the same cross-validation 0.001 is no more accurate."""
MAX_EPOCHS = 1000

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


def train(
    tickets: Sequence[LabelledTicket],
    *,
    trained_on: date,
    name: str | None = None,
    on_progress: Progress = lambda _done, _steps, _what: None,
    embedding: Embedding | None = None,
    second_opinions: bool = True,
) -> Model:
    """Fit, calibrate and version a model. The same tickets, in any order, give the same model.

    Args:
        tickets: With their labels.
        trained_on: The day in the version.
        name: First part of the version; by default the tickets' sources.
        on_progress: Called before every step, and after the last one.
        embedding: Also read tickets in other languages, and those that TF-IDF is unsure of; see
            `classifier.embedding.open_embedding`.
        second_opinions: Whether the embedding may be asked for tickets in the languages of these.

    Raises:
        DataError: There are fewer than two different labels, or no words.
    """
    # Always in the same order, because the solver draws tickets by their index.
    ordered = sorted(tickets, key=lambda ticket: (ticket.subject, ticket.description, _order(ticket.label)))
    texts = [ticket.text for ticket in ordered]
    labels, gold = _columns_of_labels(ordered)
    prior = np.bincount(gold, minlength=len(labels)) / len(gold)
    masks = folds(gold)
    steps = len(masks) + (1 if embedding is None else 2)
    held_out = []
    for done, mask in enumerate(masks):
        on_progress(done, steps, f"calibrating on held-out part {done + 1} of {len(masks)}")
        held_out.append(_hold_out(texts, gold, mask, len(labels)))
    on_progress(len(masks), steps, f"fitting {len(labels)} labels to {len(texts):,} tickets")
    features, weights, intercept = fit(texts, gold, len(labels))
    languages = Languages.of(texts)
    temperature = _calibrate(held_out, texts, languages, prior)
    multilingual = None
    if embedding:
        multilingual = learn(
            texts,
            gold,
            held_out,
            masks,
            embedding,
            second_opinions=second_opinions,
            on_embedded=lambda done, of: on_progress(len(masks) + 1, steps, f"embedding {done:,} of {of:,} tickets"),
        )
    on_progress(steps, steps, "done")
    return Model(
        version=f"{_name(name, ordered)}-{trained_on.isoformat()}-{_fingerprint(ordered, multilingual)}",
        trained_on=trained_on,
        tickets=len(ordered),
        labels=labels,
        features=features,
        weights=weights,
        intercept=intercept,
        prior=prior,
        temperature=temperature,
        languages=languages,
        multilingual=multilingual,
    )


def _columns_of_labels(tickets: Sequence[LabelledTicket]) -> tuple[tuple[Label, ...], Columns]:
    labels = tuple(sorted({ticket.label for ticket in tickets}, key=_order))
    if len(labels) < 2:
        raise DataError("training needs tickets of at least two different labels")
    column = {label: index for index, label in enumerate(labels)}
    return labels, np.array([column[ticket.label] for ticket in tickets], dtype=np.int64)


def _order(label: Label) -> tuple[str, str]:
    return label[0], label[1] or ""


def _hold_out(texts: Sequence[str], gold: Columns, mask: npt.NDArray[np.bool_], width: int) -> HeldOut:
    rows = judged(gold, mask)
    features, weights, intercept = fit(picked(texts, np.flatnonzero(~mask)), gold[~mask], width)
    return HeldOut(rows, features.transform(picked(texts, rows)) @ weights + intercept, gold[rows])


def _calibrate(
    parts: Sequence[HeldOut], texts: Sequence[str], languages: Languages, prior: npt.NDArray[np.float64]
) -> float:
    if not parts:
        return 1.0
    return fit_temperature(
        scores=np.concatenate([part.scores for part in parts]),
        gold=np.concatenate([part.gold for part in parts]),
        familiarity=np.concatenate([languages.weigh(picked(texts, part.rows)) for part in parts]),
        prior=prior,
    )


def fit(
    texts: Sequence[str], gold: Columns, width: int
) -> tuple[Features, npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """The linear model alone, without calibration: features, weights (terms, labels) and intercept (labels,).

    Args:
        texts: As `LabelledTicket.text` gives them.
        gold: The column of each text's label.
        width: The number of columns.

    Raises:
        DataError: There are no words.
    """
    try:
        features, rows = Features.fit_transform(texts)
    except ValueError as error:
        raise DataError("the tickets contain no words to learn from") from error
    # Stochastic average gradient (M. Schmidt et al., arXiv 1309.2388) is as accurate here as L-BFGS and takes a
    # quarter of its time: with dense weights of terms x labels L-BFGS spends that time on its bookkeeping.
    solver = LogisticRegression(
        C=INVERSE_REGULARIZATION, solver="sag", tol=TOLERANCE, max_iter=MAX_EPOCHS, random_state=0
    )
    solver.fit(rows, gold)
    return features, *linear.columns(solver, width)


def _name(given: str | None, tickets: Sequence[LabelledTicket]) -> str:
    # Short and without spaces, because every event contains the version and people type it.
    name = given or "+".join(sorted({ticket.source for ticket in tickets}))
    return re.sub(r"[^A-Za-z0-9._+-]+", "_", name)[:60]


def _fingerprint(tickets: Sequence[LabelledTicket], multilingual: Multilingual | None) -> str:
    added = {}
    if multilingual:
        used = {"embedding": multilingual.embedding.name, "used": multilingual.choice.used}
        added = {"multilingual": {**MULTILINGUAL_RECIPE, **used}}
    digest = hashlib.sha256(json.dumps({**RECIPE, **added}, sort_keys=True).encode())
    for ticket in tickets:
        digest.update(json.dumps([ticket.subject, ticket.description, *ticket.label]).encode())
    return digest.hexdigest()[:8]
