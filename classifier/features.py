"""The features of a text: TF-IDF weights of its words and of the characters inside them.

Accents are stripped in training and in answering, so "facturación" and "facturacion" are the same word.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer

FEW_TEXTS = 1000
"""With fewer texts, a term that occurs once may be the only one that identifies a label, so it is kept."""


class Terms(NamedTuple):
    """The terms of one analyzer, in the order of their columns, and their inverse document frequencies."""

    names: list[str]
    idf: npt.NDArray[np.float32]


def _vectorizers(**common: Any) -> tuple[Any, Any]:
    shared = {"strip_accents": "unicode", "sublinear_tf": True, "dtype": np.float32, **common}
    # Words of one letter count too ("I", "a"); the default pattern would drop them.
    every_word = r"(?u)\b\w+\b"
    words = TfidfVectorizer(analyzer="word", ngram_range=(1, 2), token_pattern=every_word, **shared)
    characters = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), **shared)
    return words, characters


class Features:
    """Words (1-2) and characters within words (3-5), side by side in one sparse row.

    Safe to use from several threads at once.
    """

    def __init__(self, words: Any, characters: Any) -> None:
        self.words = words
        self.characters = characters

    @classmethod
    def fit(cls, texts: Sequence[str]) -> Self:
        """Learn the terms and their document frequencies.

        Raises:
            ValueError: The texts contain no words.
        """
        return cls.fit_transform(texts)[0]

    @classmethod
    def fit_transform(cls, texts: Sequence[str]) -> tuple[Self, Any]:
        """The same, and what `transform` makes of the texts."""
        vectorizers = _vectorizers(min_df=1 if len(texts) < FEW_TEXTS else 2)
        # Each text is taken apart once. Its terms are in another order then, and sums in another order round otherwise.
        rows = [vectorizer.fit_transform(texts).sorted_indices() for vectorizer in vectorizers]
        return cls(*vectorizers), _side_by_side(rows)

    @classmethod
    def restore(cls, words: Terms, characters: Terms) -> Self:
        """The features that `terms` described."""
        vectorizers = _vectorizers()
        for vectorizer, terms in zip(vectorizers, (words, characters), strict=True):
            vectorizer.vocabulary = {name: column for column, name in enumerate(terms.names)}
            vectorizer.idf_ = terms.idf
        return cls(*vectorizers)

    @property
    def terms(self) -> tuple[Terms, Terms]:
        """Everything learned, of words and of characters."""
        return _terms(self.words), _terms(self.characters)

    def transform(self, texts: Sequence[str]) -> Any:
        """One sparse float32 row (scipy CSR) per text, as wide as all terms together."""
        return _side_by_side([self.words.transform(texts), self.characters.transform(texts)])


def _side_by_side(rows: Sequence[Any]) -> Any:
    return sparse.hstack(rows, format="csr", dtype=np.float32)


def _terms(vectorizer: Any) -> Terms:
    return Terms(vectorizer.get_feature_names_out().tolist(), vectorizer.idf_.astype(np.float32))
