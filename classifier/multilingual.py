"""What an embedding adds to a model: answers in languages that its tickets were not written in, and second opinions.

Language decides first. A text in a language that the TF-IDF model has learned is read by it, and by the embedding too
where the TF-IDF model is least sure; the answer is then the mean of both. A text in another language is read by the
embedding alone. Confidence does not decide that: TF-IDF is sure of texts it cannot read (see classifier/languages.py).

The mean embedding of a language tells the language and hides the subject. So it is subtracted from each embedding.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import softmax

from classifier.embedding import Embedding, Vectors
from classifier.languages import Languages

Floats = npt.NDArray[np.float64]
Booleans = npt.NDArray[np.bool_]

CERTAINLY_KNOWN = 0.95
"""A text whose language is known with less probability than this is embedded."""

OTHER = "other"
"""In place of a language's code: every language that has no value of its own."""

ALWAYS = 2.0
"""Above every confidence."""

TFIDF_ALONE = "TF-IDF alone"
BOTH_FOR_LEAST_SURE = "TF-IDF, and the mean of both for the least sure"
BOTH_FOR_ALL = "the mean of both for all"


class Temperatures(NamedTuple):
    """The divisors of the scores before softmax, by what reads the text."""

    tfidf: float = 1.0
    embedding: float = 1.0
    both: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class EmbeddingReader:
    """A linear model over centred embeddings.

    Attributes:
        centers: The mean embedding of each language, float32 (dimensions,); OTHER stands for the rest.
        weights: float32 (dimensions, labels).
        intercept: float32 (labels,).
    """

    centers: Mapping[str, Vectors]
    weights: Vectors
    intercept: Vectors

    def scores(self, vectors: Vectors, languages: Sequence[str]) -> Vectors:
        """Linear scores, float32 (texts, labels), of embedded texts in the given languages."""
        return np.asarray(centered(vectors, languages, self.centers) @ self.weights + self.intercept, dtype=np.float32)


class Choice(NamedTuple):
    """What held-out tickets said of each way to read a learned language, and the way that was taken.

    Attributes:
        used: TFIDF_ALONE, BOTH_FOR_LEAST_SURE or BOTH_FOR_ALL.
        tickets: How many were judged; with none the accuracies are 0.
        tfidf: Accuracy of labels of the TF-IDF model alone.
        least_sure: The same where the embedding is asked too for the texts that TF-IDF is least sure of.
        all: The same where both are asked for every text.
        embedding: The same of the embedding alone, as it reads other languages.
    """

    used: str
    tickets: int
    tfidf: float
    least_sure: float
    all: float
    embedding: float


@dataclass(frozen=True, slots=True, eq=False)
class Multilingual:
    """The embedding's part of a model. Immutable, and safe to use from several threads at once.

    Attributes:
        languages: Those that the TF-IDF model has learned, told from more of the others than without an embedding.
        temperatures: By language, of OTHER for the rest.
        unsure_below: A text in a learned language is embedded where the TF-IDF model gives no label more than this.
        choice: How `unsure_below` was chosen.
    """

    embedding: Embedding
    languages: Languages
    reader: EmbeddingReader
    temperatures: Mapping[str, Temperatures]
    unsure_below: float
    choice: Choice

    def probabilities(self, texts: Sequence[str], scores: Vectors, prior: Floats) -> Floats:
        """P(label | text), float64 (texts, labels).

        Args:
            texts: As the TF-IDF model reads them.
            scores: The TF-IDF model's scores, (texts, labels).
            prior: Each label's share in training, (labels,).
        """
        languages, known = self.languages.judge(texts)
        temperatures = [self.temperatures.get(language, self.temperatures[OTHER]) for language in languages]
        answers = read(scores, [temperature.tfidf for temperature in temperatures])
        asked = np.flatnonzero(self.embedded(texts, answers, known))
        weight = known[:, np.newaxis]
        if not len(asked):
            return np.asarray(weight * answers + (1 - weight) * prior, dtype=np.float64)
        vectors = self.embedding.embed([texts[index] for index in asked.tolist()])
        chosen = [temperatures[index] for index in asked.tolist()]
        alone = read(
            self.reader.scores(vectors, [languages[index] for index in asked.tolist()]),
            [temperature.embedding for temperature in chosen],
        )
        both = mean(answers[asked], alone, [temperature.both for temperature in chosen])
        others = np.broadcast_to(prior, answers.shape).copy()
        others[asked] = alone
        unsure = answers[asked].max(axis=1, keepdims=True) < self.unsure_below
        answers[asked] = np.where(unsure, both, answers[asked])
        return np.asarray(weight * answers + (1 - weight) * others, dtype=np.float64)

    def said(self) -> str:
        """What is used and why, in one line for people."""
        known = ", ".join(self.languages.known) or "every language"
        choice = self.choice
        if not choice.tickets:
            why = "too few tickets to compare"
        else:
            why = (
                f"labels of {choice.tickets:,} held-out tickets: TF-IDF alone {choice.tfidf:.3f}, both for the least "
                f"sure {choice.least_sure:.3f}, both for all {choice.all:.3f}, {self.embedding.name} alone "
                f"{choice.embedding:.3f}"
            )
        return f"tickets in {known} are read by {choice.used}, others by {self.embedding.name} ({why})"

    def embedded(self, texts: Sequence[str], answers: Floats, known: Floats) -> Booleans:
        """Which texts are embedded: all in other languages, and those that TF-IDF is least sure of; none without words.

        Args:
            texts: As the TF-IDF model reads them.
            answers: The TF-IDF model's probabilities, (texts, labels).
            known: The probability that each text's language is a learned one.
        """
        wanted = (known < CERTAINLY_KNOWN) | (answers.max(axis=1) < self.unsure_below)
        return np.asarray(wanted & np.array([has_words(text) for text in texts]), dtype=np.bool_)


def has_words(text: str) -> bool:
    """Whether there is anything to embed: an embedding of signs and numbers is near to something all the same."""
    return sum(map(str.isalpha, text)) > 1


def read(scores: Vectors, temperatures: Sequence[float]) -> Floats:
    """Probabilities of scores (texts, labels), each text's divided by its temperature."""
    return np.asarray(softmax(scores.astype(np.float64) / np.array(temperatures)[:, np.newaxis], axis=1))


def mean(one: Floats, other: Floats, temperatures: Sequence[float]) -> Floats:
    """The calibrated geometric mean of two readers' probabilities, (texts, labels)."""
    return read(mean_scores(one, other), temperatures)


def mean_scores(one: Floats, other: Floats) -> Vectors:
    """The mean of two readers' log probabilities, float32 (texts, labels)."""
    return np.asarray((np.log(one + 1e-12) + np.log(other + 1e-12)) / 2, dtype=np.float32)


def centered(vectors: Vectors, languages: Sequence[str], centers: Mapping[str, Vectors]) -> Vectors:
    """Embeddings less the mean of their language, of unit length again; float32 (texts, dimensions)."""
    moved = vectors - np.array([centers.get(language, centers[OTHER]) for language in languages]).reshape(vectors.shape)
    return np.asarray(moved / (np.linalg.norm(moved, axis=1, keepdims=True) + 1e-9), dtype=np.float32)


@cache
def sentence_means(embedding: Embedding) -> dict[str, Vectors]:
    """The mean embedding of the sentences in each language, float32 (dimensions,)."""
    return {code: embedding.embed(of_language).mean(axis=0) for code, of_language in sentences().items()}


@cache
def sentences() -> dict[str, list[str]]:
    """The same sentences in several languages, by language code."""
    lines = files("classifier").joinpath("sentences.jsonl").read_text("utf-8").splitlines()
    rows: list[dict[str, str]] = [json.loads(line) for line in lines]
    return {language: [row[language] for row in rows] for language in rows[0]}
