"""What an LLM may choose from: label pairs, each with a short code."""

import itertools
import string
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from classifier.llm.types import Choice


class LabelPair(NamedTuple):
    """A category, or a subcategory of one, with the names that people see.

    Attributes:
        names: Language to name, of the pair: category and subcategory.
    """

    category: str
    subcategory: str | None
    names: Mapping[str, str]
    description: str = ""


def choices_of(pairs: Iterable[LabelPair]) -> tuple[Choice, ...]:
    """The choices in this order.

    All codes have one length, so that none begins another: A to Z for up to 26 pairs, then AA to ZZ, then AAA.
    Most tokenizers have capital letters, and pairs of them, as one token.
    """
    listed = list(pairs)
    return tuple(
        Choice(code, pair.category, pair.subcategory, pair.names, pair.description)
        for code, pair in zip(_codes(len(listed)), listed, strict=False)
    )


def _codes(number: int) -> Iterable[str]:
    letters = string.ascii_uppercase
    length = next(length for length in itertools.count(1) if len(letters) ** length >= number)
    return map("".join, itertools.product(letters, repeat=length))
