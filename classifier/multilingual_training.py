"""Learns an embedding's part of a model, and decides by held-out tickets where it is asked."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from threadpoolctl import ThreadpoolController

from classifier import linear
from classifier.calibration import ENOUGH_PREDICTIONS, fit_temperature
from classifier.embedding import MAX_EMBEDDED_CHARACTERS, Embedding, Vectors
from classifier.held_out import Columns, HeldOut, picked
from classifier.languages import EMBEDDED_LANGUAGES, WRITTEN_LANGUAGES, Languages
from classifier.multilingual import (
    ALWAYS,
    BOTH_FOR_ALL,
    BOTH_FOR_LEAST_SURE,
    OTHER,
    TFIDF_ALONE,
    Choice,
    EmbeddingReader,
    Multilingual,
    Temperatures,
    centered,
    mean,
    mean_scores,
    read,
    sentence_means,
)

EMBEDDED_TICKETS = 4000
"""So many training tickets are embedded at most, as many of each label: 80 seconds of one core."""

EMBEDDED_FOR_OTHER_LANGUAGES = 2000
"""As many do where second opinions are left out: half of a percent less of the Spanish tickets is right."""

INVERSE_REGULARIZATION = 10.0
"""From English to Spanish requests 3 to 30 differ by less than a percent."""

MAX_ITERATIONS = 300

LEAST_SURE = 0.18
"""Share of the tickets in a learned language that are embedded, where that is worth it. Twice as many gain little."""

WORTH = 0.01
"""Both are asked for every text, at five times the cost, if held-out tickets are answered so much better by it."""

ENOUGH_FOR_CENTER = 20
"""Tickets of a language, from which on their mean is its center."""

ENOUGH_TEXTS = 8
"""With fewer tickets every text counts as one in a learned language."""

RECIPE = {
    "embedded_tickets": [EMBEDDED_TICKETS, EMBEDDED_FOR_OTHER_LANGUAGES],
    "embedded_characters": MAX_EMBEDDED_CHARACTERS,
    "inverse_regularization": INVERSE_REGULARIZATION,
    "least_sure": LEAST_SURE,
    "worth": WORTH,
    "revision": 1,
}


class Judged(NamedTuple):
    """Held-out tickets that were embedded too.

    Attributes:
        tfidf: Scores of the TF-IDF model, (tickets, labels).
        embedding: Scores of the linear model over embeddings, (tickets, labels).
        gold: The true labels, (tickets,).
        languages: Of each ticket.
    """

    tfidf: Vectors
    embedding: Vectors
    gold: Columns
    languages: list[str]


def learn(
    texts: Sequence[str],
    gold: Columns,
    held_out: Sequence[HeldOut],
    masks: Sequence[npt.NDArray[np.bool_]],
    embedding: Embedding,
    *,
    second_opinions: bool,
    on_embedded: Callable[[int, int], None],
) -> Multilingual:
    """Fit, choose and calibrate.

    Args:
        texts: Of all training tickets.
        gold: Their labels' columns.
        held_out: What the TF-IDF model says of the tickets of each mask, which it has not seen.
        masks: The tickets of each held-out part.
        embedding: For at most EMBEDDED_TICKETS of the texts.
        second_opinions: Whether the embedding may be asked for texts in learned languages too.
        on_embedded: Receives the number of texts that are embedded, and of all that will be.
    """
    known = Languages.of(texts, ENOUGH_TEXTS, WRITTEN_LANGUAGES).known
    languages = Languages(known, tuple(sorted({*known, *EMBEDDED_LANGUAGES})))
    rows = sample(gold, EMBEDDED_TICKETS if second_opinions else EMBEDDED_FOR_OTHER_LANGUAGES)
    chosen = picked(texts, rows)
    vectors = embedding.embed(chosen, lambda done: on_embedded(done, len(rows)))
    codes = languages.judge(chosen).languages
    centers = find_centers(vectors, codes, languages, embedding)
    width = int(gold.max()) + 1
    at = centered(vectors, codes, centers)
    parts = [_judge(part, rows, at, gold, codes, ~mask[rows]) for part, mask in zip(held_out, masks, strict=True)]
    judged = _together([part for part in parts if part], width)
    codes_held_out = languages.judge(picked(texts, _rows(held_out))).languages
    temperatures = _calibrate(judged, held_out, codes_held_out)
    unsure_below, choice = _choose(judged, held_out, codes_held_out, temperatures)
    if not second_opinions:
        unsure_below, choice = 0.0, choice._replace(used=TFIDF_ALONE)
    return Multilingual(
        embedding=embedding,
        languages=languages,
        reader=EmbeddingReader(centers, *fit(at, gold[rows], width)),
        temperatures=temperatures,
        unsure_below=unsure_below,
        choice=choice,
    )


def sample(gold: Columns, limit: int) -> Columns:
    """At most `limit` tickets, as many of each label as there are and room is, in ascending order."""
    shuffled = np.random.default_rng(0).permutation(len(gold))
    by_label = shuffled[np.argsort(gold[shuffled], kind="stable")]
    starts = np.searchsorted(gold[by_label], gold[by_label])
    # Of every label the first ticket, then of every label the second.
    turn = np.arange(len(gold)) - starts
    return np.sort(by_label[np.argsort(turn, kind="stable")][:limit])


def find_centers(
    vectors: Vectors, codes: Sequence[str], languages: Languages, embedding: Embedding
) -> dict[str, Vectors]:
    """The mean embedding of each language: of its tickets, or moved from theirs by what the same sentences are moved.

    Args:
        vectors: The embeddings of training tickets.
        codes: Their languages.
        languages: Those that were learned, and those that are told from them.
        embedding: Of the sentences.
    """
    counts = Counter(code for code in codes if code in languages.known)
    main = max(counts, key=lambda code: (counts[code], code), default=OTHER)
    learned = {code for code, count in counts.items() if code == main or count >= ENOUGH_FOR_CENTER}
    centers = {code: vectors[[other == code for other in codes]].mean(axis=0) for code in sorted(learned)}
    centers[OTHER] = centers.get(main, vectors.mean(axis=0))
    means = sentence_means(embedding)
    if main in means:
        others = sorted(means.keys() - centers.keys())
        centers |= {code: centers[main] + means[code] - means[main] for code in others}
    return centers


def fit(at: Vectors, gold: Columns, width: int) -> tuple[Vectors, Vectors]:
    """Weights (dimensions, labels) and intercept (labels,) of a logistic regression over centred embeddings."""
    solver = LogisticRegression(C=INVERSE_REGULARIZATION, max_iter=MAX_ITERATIONS)
    # Products this small keep two threads of BLAS waiting for each other: with one they take a quarter of the time.
    with _libraries().limit(limits=1, user_api="blas"):
        return linear.columns(solver.fit(at, gold), width)


@cache
def _libraries() -> ThreadpoolController:
    # Looking for them among what is loaded takes as long as a fit.
    return ThreadpoolController()


def _judge(
    part: HeldOut, rows: Columns, at: Vectors, gold: Columns, codes: Sequence[str], seen: npt.NDArray[np.bool_]
) -> Judged | None:
    """What both say of the embedded tickets of a held-out part."""
    place = {row: index for index, row in enumerate(part.rows.tolist())}
    unseen = [index for index in np.flatnonzero(~seen).tolist() if int(rows[index]) in place]
    if not unseen or len(np.unique(gold[rows[seen]])) < 2:
        return None
    weights, intercept = fit(at[seen], gold[rows[seen]], part.scores.shape[1])
    return Judged(
        part.scores[[place[int(rows[index])] for index in unseen]],
        np.asarray(at[unseen] @ weights + intercept, dtype=np.float32),
        gold[rows[unseen]],
        [codes[index] for index in unseen],
    )


def _together(parts: Sequence[Judged], width: int) -> Judged:
    none = np.empty((0, width), np.float32)
    parts = [Judged(none, none, np.empty(0, np.int64), []), *parts]
    return Judged(
        np.concatenate([part.tfidf for part in parts]),
        np.concatenate([part.embedding for part in parts]),
        np.concatenate([part.gold for part in parts]),
        [code for part in parts for code in part.languages],
    )


def _rows(held_out: Sequence[HeldOut]) -> Columns:
    return np.concatenate([np.empty(0, np.int64), *[part.rows for part in held_out]])


def _calibrate(judged: Judged, held_out: Sequence[HeldOut], codes: Sequence[str]) -> dict[str, Temperatures]:
    """Temperatures of every language with ENOUGH_PREDICTIONS judged tickets, and of OTHER by all of them."""
    pooled = _temperatures(judged, held_out, np.ones(len(codes), bool), np.ones(len(judged.gold), bool), Temperatures())
    found = {OTHER: pooled}
    for code in sorted(set(codes)):
        of_language = np.array([other == code for other in judged.languages], dtype=bool)
        held = np.array([other == code for other in codes], dtype=bool)
        found[code] = _temperatures(judged, held_out, held, of_language, pooled)
    return found


def _temperatures(
    judged: Judged,
    held_out: Sequence[HeldOut],
    held: npt.NDArray[np.bool_],
    chosen: npt.NDArray[np.bool_],
    otherwise: Temperatures,
) -> Temperatures:
    tfidf = embedding = both = None
    if held.sum() >= ENOUGH_PREDICTIONS:
        scores = np.concatenate([part.scores for part in held_out])[held]
        tfidf = _fitted(scores, np.concatenate([part.gold for part in held_out])[held])
    found = otherwise if tfidf is None else otherwise._replace(tfidf=tfidf)
    if chosen.sum() >= ENOUGH_PREDICTIONS:
        gold = judged.gold[chosen]
        embedding = _fitted(judged.embedding[chosen], gold)
        found = found._replace(embedding=embedding)
        answers = read(judged.tfidf[chosen], [found.tfidf] * len(gold))
        alone = read(judged.embedding[chosen], [found.embedding] * len(gold))
        both = _fitted(mean_scores(answers, alone), gold)
        found = found._replace(both=both)
    return found


def _fitted(scores: Vectors, gold: Columns) -> float:
    return fit_temperature(scores, gold, np.ones(len(gold)), np.full(scores.shape[1], 1 / scores.shape[1]))


def _choose(
    judged: Judged, held_out: Sequence[HeldOut], codes: Sequence[str], temperatures: Mapping[str, Temperatures]
) -> tuple[float, Choice]:
    """The confidence of the TF-IDF model below which both are asked, and why."""
    if not len(judged.gold):
        return ALWAYS, Choice(BOTH_FOR_ALL, 0, 0.0, 0.0, 0.0, 0.0)
    of_ticket = [temperatures.get(code, temperatures[OTHER]) for code in judged.languages]
    tfidf = read(judged.tfidf, [temperature.tfidf for temperature in of_ticket])
    alone = read(judged.embedding, [temperature.embedding for temperature in of_ticket])
    both = mean(tfidf, alone, [temperature.both for temperature in of_ticket])
    edge = _edge(held_out, codes, temperatures)
    cascade = np.where(tfidf.max(axis=1, keepdims=True) < edge, both, tfidf)
    accuracies = [float((answers.argmax(axis=1) == judged.gold).mean()) for answers in (tfidf, cascade, both, alone)]
    if len(judged.gold) < ENOUGH_PREDICTIONS or accuracies[2] >= max(accuracies[:2]) + WORTH:
        return ALWAYS, Choice(BOTH_FOR_ALL, len(judged.gold), *accuracies)
    if accuracies[1] > accuracies[0]:
        return edge, Choice(BOTH_FOR_LEAST_SURE, len(judged.gold), *accuracies)
    return 0.0, Choice(TFIDF_ALONE, len(judged.gold), *accuracies)


def _edge(held_out: Sequence[HeldOut], codes: Sequence[str], temperatures: Mapping[str, Temperatures]) -> float:
    """The confidence below which the TF-IDF model has the share LEAST_SURE of all held-out tickets."""
    scores = np.concatenate([part.scores for part in held_out])
    answers = read(scores, [temperatures.get(code, temperatures[OTHER]).tfidf for code in codes])
    return float(np.quantile(answers.max(axis=1), LEAST_SURE))
