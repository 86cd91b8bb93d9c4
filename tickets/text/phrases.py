"""Phrases without case and accents, as the rules for mail compare them."""

from collections.abc import Iterable
from importlib import resources

# `str.translate` would take ten times as long.
_REPLACED = (("á", "a"), ("é", "e"), ("í", "i"), ("ó", "o"), ("ú", "u"), ("ü", "u"), ("ñ", "n"), ("\u2019", "'"))
_MARKS = ",.;:!*[]()¡¿"


def folded(line: str) -> str:
    """The line in small letters, without the accents of Spanish; as long as before."""
    text = line.lower()
    if text.isascii():
        return text
    for accented, plain in _REPLACED:
        text = text.replace(accented, plain)
    return text


def phrases(name: str) -> tuple[str, ...]:
    """Each line of `lists/NAME.txt`, folded. The lists hold English and Spanish; another language is more lines."""
    text = (resources.files("tickets.text") / "lists" / f"{name}.txt").read_text(encoding="utf-8")
    return tuple(folded(line.strip()) for line in text.splitlines() if line.strip())


def first_words(lines: Iterable[str]) -> set[str]:
    """The first word of each line, in small letters and without its marks.

    Each rule knows with which words its lines begin: a look at these shows which rules need not be tried.
    """
    return {line.split(maxsplit=1)[0].strip(_MARKS).lower() for line in lines if line}
