"""Folds text to words: the rules match on them, and fingerprints are made of them."""

import unicodedata

# Vowel points and accents, by canonical combining class (Unicode Standard, section 4.3): Hebrew, Arabic and Syriac
# marks and the generic ones. Other marks stay, since they tell words apart: nukta, kana voicing, virama, Thai tones,
# vowel signs of class 0.
_ACCENTS = frozenset([*range(10, 37), *range(200, 241)])
REMEMBERED = 20_000
_APOSTROPHES = frozenset("'`\u2019\u02bc\u00b4")


def _folded(character: str) -> str:
    """One character without case and accent; a space for a separator of words, nothing for an apostrophe."""
    if character in _APOSTROPHES:
        return ""
    # NFKD before folding case: a compatibility character may hold capitals (℡). And after it: folding may compose.
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", character).casefold())
    return "".join(
        " " if unicodedata.category(part)[0] in "PSZC" else part
        for part in plain
        if unicodedata.combining(part) not in _ACCENTS
    )


class _FoldingTable(dict[int, str | None]):
    """A table for `str.translate` that folds each character once; None deletes a character, the fastest way.

    It folds character by character: `unicodedata.normalize` sorts a run of combining marks in quadratic time, and a
    ticket may hold a hundred thousand of them.
    """

    def __missing__(self, codepoint: int) -> str | None:
        folded = _folded(chr(codepoint)) or None
        # More than any mixture of languages needs. The limit keeps a text of all characters from filling the memory.
        if len(self) < REMEMBERED:
            self[codepoint] = folded
        return folded


TABLE = _FoldingTable()


def words(text: str) -> list[str]:
    """The words of a text, case and accents folded, punctuation and symbols dropped, apostrophes closed up.

    Equal for the composed and the decomposed form of a text (NFC and NFD), and linear in its length.
    """
    return text.translate(TABLE).split()
