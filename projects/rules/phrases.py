"""Words and phrases of tickets that may become keywords."""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from consumer.answer.fingerprint import normalise
from consumer.answer.words import words
from projects.rules.stop_words import BEFORE_NAMES, NEGATIONS, PARTICLES, STOP_WORDS
from tickets.text.cleaning import Cleaned

_SHORTEST = 3
_LONGEST = 30
_MOSTLY = 0.5
_LETTERS = re.compile(r"[^\W\d_]+(?:[\u0300-\u036f][^\W\d_]*)*")
_CASED = re.compile(r"[^\W\d_]+|[.!?:;¿¡\n\"(<>|-]")


def held(cleaned: Cleaned) -> set[str]:
    """Every word and every two neighbouring words of a ticket, as the rules find them."""
    return {phrase for text in (cleaned.subject, cleaned.description) for phrase in _grams(words(text))}


def candidates(cleaned: Cleaned, names: frozenset[str]) -> set[str]:
    """The words and phrases of a ticket that may become keywords: no numbers, names, stop words and greetings."""
    # Numbers, addresses and identifiers have become 0 here, which parts the words beside it.
    texts = (normalise(text).split() for text in (cleaned.subject, cleaned.description))
    return {phrase for text in texts for phrase in _grams(text) if _may_be(phrase.split(), names)}


def as_written(phrases: Sequence[str], cleaned: Iterable[Cleaned]) -> list[str]:
    """The phrases with the accents that most people write: `contraseña` for `contrasena`."""
    written: dict[str, Counter[str]] = defaultdict(Counter)
    wanted = {word for phrase in phrases for word in phrase.split()}
    for text in cleaned:
        for token in _LETTERS.findall(f"{text.subject} {text.description}"):
            spelling = unicodedata.normalize("NFC", token.lower())
            word = "".join(words(spelling))
            if word in wanted:
                written[word][spelling] += 1
    best = {word: min(of, key=lambda spelling: (-of[spelling], spelling)) for word, of in written.items()}
    return [" ".join(best.get(word, word) for word in phrase.split()) for phrase in phrases]


def _grams(found: Sequence[str]) -> Iterator[str]:
    yield from found
    yield from (f"{one} {other}" for one, other in pairwise(found))


def _may_be(phrase: Sequence[str], names: frozenset[str]) -> bool:
    if len(phrase) == 1:
        return _says_something(phrase[0], names)
    first, second = phrase
    if _says_something(first, names):
        return _says_something(second, names) or second in PARTICLES
    return first in NEGATIONS and _says_something(second, names)


def _says_something(word: str, names: frozenset[str]) -> bool:
    return (
        word.isalpha()
        and (_SHORTEST <= len(word) <= _LONGEST or not word.isascii())
        and word not in STOP_WORDS
        and word not in names
    )


def names_in(descriptions: Iterable[str]) -> frozenset[str]:
    """The words that are names: with a capital within a sentence, or behind a greeting, most of the time.

    Brands are names too. Lines with few words in lower case tell nothing, and neither does a word in capitals.
    """
    seen, named = Counter[str](), Counter[str]()
    for text in descriptions:
        for line in text.split("\n"):
            for word, is_name in _told(_CASED.findall(line)):
                seen[word] += 1
                named[word] += is_name
    return frozenset(word for word, times in named.items() if times > _MOSTLY * seen[word])


def _told(tokens: Sequence[str]) -> Iterator[tuple[str, bool]]:
    """Words of a line, and whether each looks like a name; the first one of a sentence has a capital in any case."""
    letters = [token for token in tokens if token.isalpha()]
    if len(letters) > 3 and 2 * sum(map(str.islower, letters)) < len(letters):
        return
    before = ""
    for token in tokens:
        word = "".join(words(token)) if token.isalpha() else ""
        is_capital = token[:1].isupper() and token[1:].islower()
        if word and (before or not is_capital):
            yield word, bool(before) and (is_capital or before in BEFORE_NAMES)
        before = word
