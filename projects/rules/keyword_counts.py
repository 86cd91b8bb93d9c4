"""How many tickets of each label hold each phrase, in all and in each part of the tickets."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import sparse

from classifier.model import Label
from projects.rules.phrases import as_written, candidates, held, names_in
from projects.tickets.labelled import Example
from tickets.text.cleaning import clean

Floats = npt.NDArray[np.float64]

_FEWEST = 2
_FEWEST_OF_LABEL = 4
_WITHOUT_NAMES = frozenset(("de",))
"""German writes every noun with a capital."""


class Counts(NamedTuple):
    """The tickets of one language.

    Attributes:
        phrases: The candidates that at least two tickets hold, as most people write them.
        holds: Which ticket holds which phrase, 1 or 0 (tickets, phrases).
        categories: The categories, sorted; `category` has the number of each ticket's.
        labels: The same with subcategories.
        parts: The number of each ticket's part.
    """

    language: str
    phrases: tuple[str, ...]
    holds: sparse.csr_matrix
    categories: tuple[str, ...]
    category: npt.NDArray[np.int64]
    labels: tuple[Label, ...]
    label: npt.NDArray[np.int64]
    parts: npt.NDArray[np.int64]

    def tickets(self, rows: npt.NDArray[np.bool_]) -> tuple[Floats, Floats]:
        """How many of these tickets each category (categories,) and each label (labels,) has."""
        return (
            np.bincount(self.category[rows], minlength=len(self.categories)).astype(np.float64),
            np.bincount(self.label[rows], minlength=len(self.labels)).astype(np.float64),
        )

    def held_by(self, rows: npt.NDArray[np.bool_]) -> tuple[Floats, Floats]:
        """How many of these tickets hold each phrase, by category (categories, phrases) and by label."""
        holds = self.holds[rows]
        return (
            _sums(self.category[rows], len(self.categories), holds),
            _sums(self.label[rows], len(self.labels), holds),
        )


def _sums(numbers: npt.NDArray[np.int64], width: int, holds: sparse.csr_matrix) -> Floats:
    ones = np.ones(len(numbers))
    members = sparse.csr_matrix((ones, (numbers, np.arange(len(numbers)))), shape=(width, len(numbers)))
    return np.asarray((members @ holds).todense(), dtype=np.float64)


def counts(parts: Sequence[Sequence[Example]]) -> list[Counts]:
    """The counts of each language, of tickets in parts. One text with one label counts once."""
    by_language: dict[str, list[tuple[int, Example]]] = defaultdict(list)
    for number, part in enumerate(parts):
        seen = set[tuple[str, object]]()
        for example in part:
            if (example.text, example.label) not in seen:
                seen.add((example.text, example.label))
                by_language[example.language].append((number, example))
    return [_counted(language, tickets) for language, tickets in sorted(by_language.items())]


def _counted(language: str, tickets: Sequence[tuple[int, Example]]) -> Counts:
    cleaned = [clean(example.subject, example.description) for _, example in tickets]
    names = frozenset[str]() if language in _WITHOUT_NAMES else names_in(text.description for text in cleaned)
    may_be = Counter(phrase for text in cleaned for phrase in candidates(text, names))
    phrases = tuple(sorted(phrase for phrase, times in may_be.items() if times >= _FEWEST))
    examples = [example for _, example in tickets]
    categories = tuple(sorted({example.category for example in examples}))
    of_tickets = _labels(examples)
    labels = tuple(sorted(set(of_tickets), key=lambda label: (label[0], label[1] or "")))
    return Counts(
        language,
        tuple(as_written(phrases, cleaned)),
        _incidence((held(text) for text in cleaned), phrases),
        categories,
        _numbers(categories, [example.category for example in examples]),
        labels,
        _numbers(labels, of_tickets),
        np.array([number for number, _ in tickets], dtype=np.int64),
    )


def _labels(examples: Sequence[Example]) -> list[Label]:
    """The label of each ticket; without its subcategory where too few have it for a keyword."""
    tickets = Counter(example.label for example in examples)
    return [
        example.label if tickets[example.label] >= _FEWEST_OF_LABEL else (example.category, None)
        for example in examples
    ]


def _numbers(names: Sequence[object], of: Sequence[object]) -> npt.NDArray[np.int64]:
    number = {name: index for index, name in enumerate(names)}
    return np.array([number[name] for name in of], dtype=np.int64)


def _incidence(texts: Iterable[set[str]], phrases: Sequence[str]) -> sparse.csr_matrix:
    column = {phrase: index for index, phrase in enumerate(phrases)}
    indices: list[int] = []
    ends = [0]
    for found in texts:
        indices += sorted(column[phrase] for phrase in found & column.keys())
        ends.append(len(indices))
    return sparse.csr_matrix((np.ones(len(indices)), indices, ends), shape=(len(ends) - 1, len(phrases)))
