"""Text folded to words: what the rules match on and what the fingerprint is made of."""

import unicodedata

# Vowel points and accents, by canonical combining class (Unicode Standard, section 4.3): Hebrew, Arabic and Syriac
# marks and the generic ones. Others (nukta, kana voicing, virama, Thai tones, vowel signs of class 0) tell words apart.
_ACCENTS = frozenset([*range(10, 37), *range(200, 241)])
REMEMBERED = 20_000
_APOSTROPHES = frozenset("'`\u2019\u02bc\u00b4")


def _folded(character: str) -> str:
    """One character without case and accent; a space for whatever separates words, nothing for an apostrophe."""
    if character in _APOSTROPHES:
        return ""
    # NFKD first: a compatibility character may hide capitals (℡), and folding case may give composed ones.
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", character).casefold())
    return "".join(
        " " if unicodedata.category(part)[0] in "PSZC" else part
        for part in plain
        if unicodedata.combining(part) not in _ACCENTS
    )


class _FoldingTable(dict[int, str | None]):
    """A table for `str.translate` that works each character out once; None for nothing, which it takes quickest.

    Character by character, because `unicodedata.normalize` sorts a run of combining marks in quadratic time and a
    ticket may hold a hundred thousand of them.
    """

    def __missing__(self, codepoint: int) -> str | None:
        folded = _folded(chr(codepoint)) or None
        # More than any mixture of languages uses; a text of all characters there are must not stay in memory.
        if len(self) < REMEMBERED:
            self[codepoint] = folded
        return folded


_TABLE = _FoldingTable()


def words(text: str) -> list[str]:
    """The words of a text, case and accents folded, punctuation and symbols dropped, apostrophes closed up.

    Equal for the composed and the decomposed form of a text (NFC and NFD), and linear in its length.
    """
    return text.translate(_TABLE).split()
