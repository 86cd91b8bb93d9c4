"""The names that somebody may have meant."""

import difflib
from collections.abc import Iterable

_SUGGESTED = 3
_ALIKE = 0.5


def meant(word: str, known: Iterable[str]) -> list[str]:
    """The names most like a word, the likeliest first; none where nothing is alike."""
    names = {name.casefold(): name for name in known}
    found = difflib.get_close_matches(word.casefold(), names, _SUGGESTED, _ALIKE)
    return [names[name] for name in found]


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The end of a sentence about an unknown word: the likeliest names, else all, and nothing when there are none."""
    names = sorted(known)
    likely = meant(word, names) or names
    return f"; did you mean {', '.join(likely)}?" if likely else ""
