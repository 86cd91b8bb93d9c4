"""A model from names of categories and phrases that describe them, without a labelled ticket.

Each category is the mean of the centred embeddings of its name and phrases, and a ticket's scores are the cosines of
its embedding with them (nearest prototype; J. Snell et al., "Prototypical networks for few-shot learning", 2017,
arXiv 1703.05175). It is an ordinary model, whose TF-IDF part says nothing: it is stored and served like any other.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np

from classifier.embedding import Embedding, Vectors
from classifier.features import Features
from classifier.languages import EMBEDDED_LANGUAGES, Languages
from classifier.model import Model
from classifier.multilingual import (
    ALWAYS,
    BOTH_FOR_ALL,
    OTHER,
    Choice,
    EmbeddingReader,
    Multilingual,
    Temperatures,
    centered,
    sentence_means,
)
from classifier.tickets import DataError

ENOUGH_TEXTS = 20
"""Unlabelled tickets of a language, from which on their mean is its center."""

SHARPNESS = 12.0
"""Factor of the cosines before softmax. With it confidence is near accuracy or below on the four sets of the benchmark;
no labelled ticket of one's own says so."""


def from_phrases(
    categories: Mapping[str, Sequence[str]],
    *,
    embedding: Embedding,
    trained_on: date,
    name: str = "phrases",
    unlabelled: Sequence[str] = (),
) -> Model:
    """A model of categories that have a name and perhaps phrases, in any languages, and no tickets.

    Args:
        categories: By name, what describes each; the name itself is used too.
        embedding: Of phrases and texts.
        trained_on: The day in the version.
        name: First part of the version.
        unlabelled: Texts of tickets, as `classifier.tickets.ticket_text` gives them; a few dozen make it better.

    Raises:
        DataError: There are fewer than two categories, or no words.
    """
    if len(categories) < 2:
        raise DataError("a model needs at least two categories")
    names = sorted(categories)
    described = [[category.replace("_", " ").lower(), *categories[category]] for category in names]
    phrases = [phrase for of_category in described for phrase in of_category]
    languages = Languages((), EMBEDDED_LANGUAGES)
    centers = _centers(unlabelled, languages, embedding)
    vectors = embedding.embed(phrases)
    codes = languages.judge(phrases).languages
    at = centered(vectors, codes, {OTHER: vectors.mean(axis=0)} if len(unlabelled) else centers)
    owner = np.repeat(np.arange(len(names)), [len(of_category) for of_category in described])
    prototypes = np.array([at[owner == index].mean(axis=0) for index in range(len(names))])
    prototypes /= np.linalg.norm(prototypes, axis=1, keepdims=True) + 1e-9
    features = _features(phrases)
    digest = hashlib.sha256(json.dumps([described, list(unlabelled), SHARPNESS, embedding.name]).encode())
    return Model(
        version=f"{name}-{trained_on.isoformat()}-{digest.hexdigest()[:8]}",
        trained_on=trained_on,
        tickets=0,
        labels=tuple((category, None) for category in names),
        features=features,
        weights=np.zeros((features.transform(["-"]).shape[1], len(names)), dtype=np.float32),
        intercept=np.zeros(len(names), dtype=np.float32),
        prior=np.full(len(names), 1 / len(names)),
        temperature=1.0,
        languages=languages,
        multilingual=Multilingual(
            embedding=embedding,
            languages=languages,
            reader=EmbeddingReader(
                centers, np.asarray(SHARPNESS * prototypes.T, np.float32), np.zeros(len(names), np.float32)
            ),
            # The mean with the uniform TF-IDF part halves the log probabilities; this doubles them again.
            temperatures={OTHER: Temperatures(both=0.5)},
            unsure_below=ALWAYS,
            choice=Choice(BOTH_FOR_ALL, 0, 0.0, 0.0, 0.0, 0.0),
        ),
    )


def _centers(unlabelled: Sequence[str], languages: Languages, embedding: Embedding) -> dict[str, Vectors]:
    """The mean embedding of each language, of the unlabelled texts or else of sentences of any help desk."""
    centers = dict(sentence_means(embedding))
    centers[OTHER] = np.mean(list(centers.values()), axis=0)
    codes = languages.judge(unlabelled).languages
    vectors = embedding.embed(unlabelled)
    for code in sorted(set(codes)):
        mask = np.array([other == code for other in codes])
        if mask.sum() >= ENOUGH_TEXTS:
            centers[code] = vectors[mask].mean(axis=0)
    return centers


def _features(phrases: Sequence[str]) -> Features:
    try:
        return Features.fit(phrases)
    except ValueError as error:
        raise DataError("the names and phrases contain no words") from error
