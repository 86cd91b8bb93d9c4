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
from classifier.model import Label, Model, category_columns
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

TIE = 0.01
"""By how much the score of the rest's category is above the others where nothing is known of a text."""

UNMEASURED_CEILING = 0.59
"""What such a model's confidence is at most: no ticket has measured it. It is below the service's default for automatic
answers, 0.6, and about the lowest accuracy with phrases on the sets of the benchmark."""


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
    described: dict[Label, Sequence[str]] = {
        (category, None): [category.replace("_", " ").lower(), *phrases] for category, phrases in categories.items()
    }
    return from_descriptions(
        described, embedding=embedding, trained_on=trained_on, name=name, unlabelled=unlabelled, ceiling=1.0
    )


def from_descriptions(
    described: Mapping[Label, Sequence[str]],
    *,
    embedding: Embedding,
    trained_on: date,
    name: str,
    unlabelled: Sequence[str] = (),
    ceiling: float = UNMEASURED_CEILING,
    rest: str | None = None,
) -> Model:
    """A model of labels that are described by phrases, in any languages, and no tickets.

    Args:
        described: For each label one phrase at least.
        embedding: Of phrases and texts.
        trained_on: The day in the version.
        name: First part of the version.
        unlabelled: As in `from_phrases`.
        ceiling: See `Model`.
        rest: The category of what belongs to no other one; it gets texts without words.

    Raises:
        DataError: There are fewer than two categories, or no words.
    """
    labels = tuple(sorted(described, key=lambda label: (label[0], label[1] or "")))
    columns = category_columns(labels)
    if len(columns) < 2:
        raise DataError("a model needs at least two categories")
    phrases = [list(described[label]) for label in labels]
    features = _features([phrase for of_label in phrases for phrase in of_label])
    languages = Languages((), EMBEDDED_LANGUAGES)
    of_tickets = _ticket_centers(unlabelled, languages, embedding)
    centers = {**_sentence_centers(embedding), **of_tickets}
    prototypes = _prototypes(phrases, languages, {} if of_tickets else centers, embedding)
    written = [[*label, *of_label] for label, of_label in zip(labels, phrases, strict=True)]
    digest = hashlib.sha256(json.dumps([written, list(unlabelled), SHARPNESS, ceiling, rest, embedding.name]).encode())
    # So that a category is not more probable for having many subcategories.
    sizes = np.concatenate([np.full(span.stop - span.start, span.stop - span.start) for span in columns.values()])
    return Model(
        version=f"{name}-{trained_on.isoformat()}-{digest.hexdigest()[:8]}",
        trained_on=trained_on,
        tickets=0,
        labels=labels,
        features=features,
        weights=np.zeros((features.transform(["-"]).shape[1], len(labels)), dtype=np.float32),
        intercept=np.array([TIE * (label[0] == rest) for label in labels], dtype=np.float32),
        prior=np.full(len(labels), 1 / len(labels)),
        temperature=1.0,
        languages=languages,
        multilingual=Multilingual(
            embedding=embedding,
            languages=languages,
            reader=EmbeddingReader(
                centers, np.asarray(SHARPNESS * prototypes.T, np.float32), -np.log(sizes).astype(np.float32)
            ),
            # The mean with the uniform TF-IDF part halves the log probabilities; this doubles them again.
            temperatures={OTHER: Temperatures(both=0.5)},
            unsure_below=ALWAYS,
            choice=Choice(BOTH_FOR_ALL, 0, 0.0, 0.0, 0.0, 0.0),
        ),
        ceiling=ceiling,
    )


def _prototypes(
    phrases: Sequence[Sequence[str]], languages: Languages, centers: Mapping[str, Vectors], embedding: Embedding
) -> Vectors:
    """The mean of each label's centred phrases, of unit length, float32 (labels, dimensions).

    Args:
        phrases: Of each label.
        languages: Tells the language of a phrase.
        centers: The mean embedding of each language; without any, the mean of all phrases is taken.
        embedding: Of the phrases.
    """
    together = [phrase for of_label in phrases for phrase in of_label]
    vectors = embedding.embed(together)
    at = centered(vectors, languages.judge(together).languages, centers or {OTHER: vectors.mean(axis=0)})
    owner = np.repeat(np.arange(len(phrases)), [len(of_label) for of_label in phrases])
    prototypes = np.array([at[owner == index].mean(axis=0) for index in range(len(phrases))])
    return np.asarray(prototypes / (np.linalg.norm(prototypes, axis=1, keepdims=True) + 1e-9), dtype=np.float32)


def _sentence_centers(embedding: Embedding) -> dict[str, Vectors]:
    """The mean embedding of each language, of sentences of any help desk."""
    centers = dict(sentence_means(embedding))
    return {**centers, OTHER: np.mean(list(centers.values()), axis=0)}


def _ticket_centers(unlabelled: Sequence[str], languages: Languages, embedding: Embedding) -> dict[str, Vectors]:
    """The mean embedding of each language that ENOUGH_TEXTS of the unlabelled texts are in."""
    codes = languages.judge(unlabelled).languages
    vectors = embedding.embed(unlabelled)
    masks = {code: np.array([other == code for other in codes]) for code in sorted(set(codes))}
    return {code: vectors[mask].mean(axis=0) for code, mask in masks.items() if mask.sum() >= ENOUGH_TEXTS}


def _features(phrases: Sequence[str]) -> Features:
    try:
        return Features.fit(phrases)
    except ValueError as error:
        raise DataError("the names and phrases contain no words") from error
