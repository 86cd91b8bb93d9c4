"""The probability that a ticket is written in a language that the model has learned.

A linear model of n-grams gives a confident answer to a text in an unknown language: the few fragments that it shares
with the known language decide. So the language is identified first, by py3langid (M. Lui and T. Baldwin, "langid.py: an
off-the-shelf language identification tool", ACL 2012), a naive Bayes classifier of byte n-grams. It chooses among few
languages only: those of the service's keyword rules, and those of the training tickets. Of ninety languages it would
mistake one short text in ten.

With w, the probability that the text's language is a known one, the law of total probability gives
P(label | text) = w * P(label | text, known) + (1 - w) * P(label), where P(label) is the label's share in training. The
answer to a text in an unknown language is the distribution of the labels in training.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from py3langid.langid import MODEL_FILE, LanguageIdentifier
from scipy.special import expit, logit, logsumexp

RULES_LANGUAGES = ("en", "es")
"""The languages of the service's keyword rules: tickets in both must be expected, whatever the model has learned."""

EMBEDDED_LANGUAGES = (
    *("ar", "de", "el", "en", "es", "fr", "he", "hi"),
    *("it", "ja", "ko", "pt", "ru", "th", "uk", "zh"),
)
"""Told apart by a model with an embedding: frequent ones, or ones with letters of their own. One English question in
five hundred is taken for another language, which costs little there: the embedding reads both."""

WRITTEN_LANGUAGES = (
    *EMBEDDED_LANGUAGES,
    *("bg", "ca", "cs", "da", "et", "eu", "fi", "gl", "hr", "hu", "id", "lt", "lv", "nl", "no"),
    *("pl", "ro", "sk", "sl", "sr", "sv", "tr", "vi"),
)
"""Looked for in the tickets of a model with an embedding. Among all languages English orders look like Pidgin."""

UNSEEN_PRIOR = 0.01
"""Assumed share of tickets in an unseen language; it decides for texts that are too short to tell."""

ENOUGH_TEXTS = 100
ENOUGH_SHARE = 0.05
"""Share of the training tickets from which on a language counts as learned."""

ENOUGH_WORDS = 4
"""Shorter lines are labels, greetings and names."""

TEXTS_AT_ONCE = 20
"""So many texts together leave no doubt about their language, even among ninety."""


class Languages(NamedTuple):
    """The languages that a model has learned, and those that it tells them from.

    Attributes:
        known: ISO 639-1 codes of the languages of the training tickets; empty when every text counts as known.
        told_apart: the known ones and all others among which the language of a text is looked for.
    """

    known: tuple[str, ...]
    told_apart: tuple[str, ...]

    @classmethod
    def of(
        cls, texts: Sequence[str], enough_texts: int = ENOUGH_TEXTS, among: tuple[str, ...] | None = None
    ) -> "Languages":
        """The languages of training texts, of all or `among` these.

        With fewer than `enough_texts` texts every text counts as known.
        """
        if len(texts) < enough_texts:
            return cls((), RULES_LANGUAGES)
        deciding = list(map(deciding_words, texts))
        together = (" ".join(deciding[start : start + TEXTS_AT_ONCE]) for start in range(0, len(texts), TEXTS_AT_ONCE))
        candidates = {*RULES_LANGUAGES, *_frequent(_identifier(among), together)}
        told_apart = tuple(sorted(candidates))
        return cls(tuple(sorted(_frequent(_identifier(told_apart), deciding))), told_apart)

    def weigh(self, texts: Sequence[str]) -> npt.NDArray[np.float64]:
        """For each text the posterior probability, 0 to 1, that its language is known."""
        if not self.known or not set(self.told_apart) - set(self.known):
            return np.ones(len(texts))
        return self.judge(texts).known

    def judge(self, texts: Sequence[str]) -> "Judged":
        """The language of each text, and how probably it is a known one."""
        others = [language for language in self.told_apart if language not in self.known]
        scores = _log_likelihoods(texts, self.told_apart)
        likeliest = [max(score, key=lambda language: (score[language], language)) for score in scores]
        if not self.known or not others or not scores:
            return Judged(likeliest, np.ones(len(scores)))
        known = np.array([[score[language] for language in self.known] for score in scores], dtype=np.float64)
        other = np.array([[score[language] for language in others] for score in scores], dtype=np.float64)
        evidence = logsumexp(known, axis=1) - logsumexp(other, axis=1)
        probability = np.asarray(expit(evidence + logit(1 - UNSEEN_PRIOR)), dtype=np.float64)
        among_known = (max(self.known, key=lambda language: (score[language], language)) for score in scores)
        languages = [
            likely if is_known else other_one
            for likely, other_one, is_known in zip(among_known, likeliest, probability > 0.5, strict=True)
        ]
        return Judged(languages, probability)


class Judged(NamedTuple):
    """The languages of texts.

    Attributes:
        languages: Of each text the most probable one; a known one where that is more probable.
        known: The probability, 0 to 1, that the language is a known one, float64 (texts,).
    """

    languages: list[str]
    known: npt.NDArray[np.float64]


def deciding_words(text: str) -> str:
    """The part of a ticket's text that tells its language.

    The message stands above what mail programs and forms add, so the first line below the subject with enough words
    decides, and else all of them. Words with a capital do not count: a name says nothing of the language.
    """
    lines = text.split("\n")[1:]
    line = next((line for line in lines if sum(map(str.isalpha, line.split())) >= ENOUGH_WORDS), text)
    return " ".join(word for word in line.split() if not word[0].isupper()) or line


def _log_likelihoods(texts: Sequence[str], languages: tuple[str, ...]) -> list[dict[str, float]]:
    identifier = _identifier(languages)
    return [dict(identifier.rank(deciding_words(text))) for text in texts]


def _frequent(identifier: LanguageIdentifier, texts: Iterable[str]) -> set[str]:
    found = Counter(identifier.classify(text)[0] for text in texts)
    return {language for language, count in found.items() if count >= ENOUGH_SHARE * found.total()}


@cache
def _identifier(languages: tuple[str, ...] | None) -> LanguageIdentifier:
    """Tells these languages apart, or all that it knows; safe to use from several threads at once."""
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    if languages is not None:
        identifier.set_languages(languages)
    return identifier
