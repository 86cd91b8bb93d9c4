"""When two labels that people wrote are one: the same but for case, blanks, accents and Unicode form."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from itertools import combinations
from typing import NamedTuple

from tickets.text.characters import JOINERS, visible

LONGEST_LABEL = 60
_HASHED_CHARACTERS = 6
_ACCENT_CLASSES = range(200, 241)
_NOTHING = frozenset("'\u2019`\u00b4" + JOINERS)
# Joiners vanish; halved pairs, which no file can hold, are replaced.
_REMOVED = {**dict.fromkeys(map(ord, JOINERS), ""), **dict.fromkeys(range(0xD800, 0xE000), "\ufffd")}
# Words that a label can do without, between two others.
_LINKS = frozenset(("and", "of", "the", "y", "de", "del", "el", "la", "los", "las", "&"))
_SEPARATORS = re.compile(r"[\s\-_./,:;()¿?¡!\"]+")
_MOST_COMPARED = 400


class Spelling(NamedTuple):
    """Labels that look like one.

    Attributes:
        labels: As written, the most frequent first.
        counts: How many tickets have each.
    """

    labels: tuple[str, ...]
    counts: tuple[int, ...]


def shown(text: str) -> str:
    """A label as people read it: without unseen characters, with single blanks."""
    plain = visible(text).translate(_REMOVED)
    return " ".join(unicodedata.normalize("NFC", plain).split())


def folded(text: str) -> str:
    """What is equal for spellings that differ only in case, blanks, accents and Unicode form. Folding twice is once."""
    compatible = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", shown(text)).casefold())
    kept = "".join(sign for sign in compatible if unicodedata.combining(sign) not in _ACCENT_CLASSES)
    again = unicodedata.normalize("NFKD", kept.casefold())
    return " ".join(again.split()) or " ".join(compatible.split())


def slug(text: str) -> str:
    """A label for a name: folded, letters and numbers with `_` between them, at most LONGEST_LABEL characters.

    It depends on nothing else than the name. Symbols become their Unicode names, since a name may have nothing else.
    """
    whole = "".join(map(_slug_part, folded(text)))
    short = unicodedata.normalize("NFC", re.sub("__+", "_", whole).strip("_"))
    if not short:
        return f"label_{_hashed(text)}"
    return short if len(short) <= LONGEST_LABEL else f"{short[: LONGEST_LABEL - 7].strip('_')}_{_hashed(text)}"


def _slug_part(sign: str) -> str:
    if sign in _NOTHING:
        return ""
    kind = unicodedata.category(sign)[0]
    if kind == "S":
        return f"_{unicodedata.name(sign, '').lower().removesuffix(' sign').replace(' ', '_').replace('-', '_')}_"
    return sign if kind in "LNM" else "_"


def _hashed(text: str) -> str:
    return blake2b(folded(text).encode(errors="surrogatepass"), digest_size=8).hexdigest()[:_HASHED_CHARACTERS]


def slugs(names: Mapping[str, str]) -> dict[str, str]:
    """The label of each name, none twice.

    Where several names have one slug, it belongs to the one that is nothing more; the others get a hash of their name.

    Args:
        names: By what `folded` makes of them.
    """
    sharing: dict[str, list[str]] = defaultdict(list)
    for key, name in names.items():
        sharing[slug(name)].append(key)
    return {
        key: label if len(keys) == 1 or key.replace(" ", "_") == label else f"{label}_{_hashed(key)}"
        for label, keys in sharing.items()
        for key in keys
    }


def alike(counts: Mapping[str, int]) -> list[Spelling]:
    """The labels that may be one by mistake: plurals, typing errors, other separators. Somebody has to decide.

    Args:
        counts: How many tickets have each label, by the label as written; none folds to the same as another.
    """
    parent = {name: name for name in counts}

    def root(name: str) -> str:
        while parent[name] != name:
            name = parent[name]
        return name

    for one, other in _pairs(list(counts)):
        parent[root(other)] = root(one)
    groups: dict[str, list[str]] = defaultdict(list)
    for name in sorted(counts, key=lambda name: (-counts[name], name)):
        groups[root(name)].append(name)
    return [Spelling(tuple(group), tuple(counts[name] for name in group)) for group in groups.values() if group[1:]]


def _pairs(names: Sequence[str]) -> Iterator[tuple[str, str]]:
    buckets: dict[str, list[tuple[str, tuple[str, ...]]]] = defaultdict(list)
    for name in names:
        words = _words(name)
        # One who mistypes a word seldom mistypes its first letter.
        buckets["".join(words)[:1]].append((name, words))
    for bucket in buckets.values():
        # Thousands of labels are identifiers; to compare all of them would take minutes.
        for (one, first), (other, second) in combinations(bucket[:_MOST_COMPARED], 2):
            if looks_like(first, second):
                yield one, other


def _words(name: str) -> tuple[str, ...]:
    words = [word for word in _SEPARATORS.split(folded(name)) if word]
    inner = [word for word in words[1:-1] if word not in _LINKS]
    return (words[0], *inner, words[-1]) if len(words) > 1 else tuple(words)


def looks_like(first: tuple[str, ...], second: tuple[str, ...]) -> bool:
    """Whether two labels, as their folded words, may be one: word by word equal, a plural, or one typing error."""
    if not first or not second:
        return False
    if "".join(first) == "".join(second):
        # But 1.1 is not 11.
        return _without_letters(first) == _without_letters(second)
    different = [(a, b) for a, b in zip(first, second, strict=False) if a != b]
    if len(first) != len(second):
        return False
    typed = [pair for pair in different if not _is_plural(*sorted(pair, key=len))]
    return not typed or (len(typed) == 1 and _is_typing_error(*sorted(typed[0], key=len)))


def _without_letters(words: tuple[str, ...]) -> list[str]:
    return [word for word in words if not word.isalpha()]


def _is_plural(one: str, many: str) -> bool:
    if len(one) < 3 or not (one + many).isalpha():
        return False
    return many in {f"{one}s", f"{one}es", f"{one[:-1]}ces" if one[-1] == "z" else "", f"{one[:-1]}ies"}


def _is_typing_error(short: str, long: str) -> bool:
    """One letter left out, doubled, changed or exchanged with its neighbour, in a word long enough to tell.

    Short words differ by one letter and mean other things (card, cart); so do numbers and letters (plan A, plan B).
    """
    if not (short + long).isalpha() or len(long) - len(short) > 1 or short[:1] != long[:1] or len(short) < 4:
        return False
    at = next((i for i, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    if len(short) == len(long):
        swapped = short[:at] + short[at + 1 : at + 2] + short[at : at + 1] + short[at + 2 :]
        is_changed = short[at + 1 :] == long[at + 1 :] and len(short) >= (7 if at < len(short) - 1 else 8)
        return (len(short) >= 5 and swapped == long) or is_changed
    is_longer = long[:at] + long[at + 1 :] == short
    return is_longer and (len(short) >= 6 or long[at - 1] == long[at])
