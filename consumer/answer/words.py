"""Folds text to words: the rules match on them, and fingerprints are made of them."""

import unicodedata

from tickets.text.characters import JOINERS, PLAIN

# Vowel points and accents, by canonical combining class (Unicode Standard, section 4.3): Hebrew, Arabic and Syriac
# marks and the generic ones. Other marks stay, since they tell words apart: nukta, kana voicing, virama, Thai tones,
# vowel signs of class 0.
_ACCENTS = frozenset([*range(10, 37), *range(200, 241)])
REMEMBERED = 20_000
_NOTHING = frozenset("'`\u2019\u02bc\u00b4" + JOINERS)


def _folded(character: str) -> str:
    """One character without case and accent; a space for a separator of words, nothing for what is not seen.

    A superscript or a fraction never becomes a digit: it would make a number of the word that it stands in.
    """
    character = PLAIN.get(ord(character), character)
    if character in _NOTHING:
        return ""
    # NFKD before folding case: a compatibility character may hold capitals (\u2121). And after it: folding may compose.
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", character).casefold())
    if not character.isdecimal() and any(map(str.isdecimal, plain)):
        return character
    return "".join(
        " " if unicodedata.category(part)[0] in "PSZC" else part
        for part in plain
        if unicodedata.combining(part) not in _ACCENTS and part not in _NOTHING
    )


class FoldingTable(dict[int, str | None]):
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


TABLE = FoldingTable()


def words(text: str) -> list[str]:
    """The words of a text, case and accents folded, punctuation and symbols dropped, apostrophes closed up.

    Unseen characters vanish, spaces of all kinds separate words, letters in disguise count as plain ones, as in
    `tickets.text.characters.visible`; joiners vanish everywhere. Equal for the composed and the decomposed form of a
    text (NFC and NFD), and linear in its length.
    """
    return text.translate(TABLE).split()
