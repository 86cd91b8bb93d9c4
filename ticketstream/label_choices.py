"""Which key chooses which label, and the search among them. Pure."""

import string
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Final

from consumer.answer.taxonomy import Taxonomy
from ticketstream.label_names import Names, named

Pair = tuple[str, str | None]
"""Category and subcategory; no subcategory says that only the category is judged."""

MOST_FOUND: Final = 9


def all_labels(taxonomy: Taxonomy) -> list[Pair]:
    """Every category, and behind it each of its subcategories."""
    return [
        (category, subcategory)
        for category, within in taxonomy.subcategories.items()
        for subcategory in (None, *within)
    ]


def by_key(taxonomy: Taxonomy, alternatives: Sequence[Pair]) -> dict[str, Pair]:
    """The labels that one key chooses: digits for alternatives, letters for the taxonomy's.

    Letters are the same for every ticket. They choose every label where there are enough letters, else categories.
    Where there are more categories than letters, letters choose nothing.

    Args:
        taxonomy: the labels in use.
        alternatives: what the model would have said instead, best first.
    """
    found = dict(zip(string.digits[1:], (pair for pair in _in_use(taxonomy, alternatives)), strict=False))
    letters = string.ascii_lowercase
    for labels in (all_labels(taxonomy), [(category, None) for category in taxonomy.subcategories]):
        if len(labels) <= len(letters):
            return found | dict(zip(letters, labels, strict=False))
    return found


def _in_use(taxonomy: Taxonomy, pairs: Sequence[Pair]) -> list[Pair]:
    """The labels that these became; those that are not in use are left out."""
    found = (taxonomy.translate(*pair) for pair in pairs)
    return list(dict.fromkeys(pair for pair in found if pair is not None))


def path(pair: Pair) -> str:
    """The label as commands take it: category or category/subcategory."""
    return "/".join(filter(None, pair))


def said(pair: Pair, names: Names) -> str:
    """The label, and its name where that says more."""
    label = path(pair)
    name = named(label, names)
    return label if name.casefold() == label.replace("_", " ").casefold() or name == label else f"{label} ({name})"


def search(labels: Sequence[Pair], names: Names, typed: str) -> dict[str, Pair]:
    """The first labels that have all the words typed, in the label or its name, by the digit that chooses each.

    Case and accents do not matter. Labels in which a word begins with what was typed come first.
    """
    words = _plain(typed).split()
    found = [(pair, _plain(f"{path(pair)} {named(path(pair), names)}")) for pair in labels]
    matching = [(pair, text) for pair, text in found if all(word in text for word in words)]
    matching.sort(key=lambda one: -sum(f" {word}" in f" {one[1]}" for word in words))
    return {str(number): pair for number, (pair, _) in enumerate(matching[:MOST_FOUND], 1)}


def _plain(text: str) -> str:
    """Without case and accents, and with blanks between the words of a label."""
    decomposed = unicodedata.normalize("NFD", text.casefold())
    letters = "".join(sign for sign in decomposed if not unicodedata.combining(sign))
    return letters.translate(str.maketrans("/_-", "   "))


def lines(keys: Mapping[str, Pair], names: Names) -> list[str]:
    """The list as people see it."""
    return [f"  {key}  {said(pair, names)}" for key, pair in keys.items()]
