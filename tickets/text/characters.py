"""Characters that are there and not seen, spaces of all kinds, and letters in disguise."""

import re
import sys
import unicodedata
from collections.abc import Iterator

# Control characters (UTF-16 that was read as ASCII is full of NUL), Default_Ignorable_Code_Point (Unicode Standard,
# section 5.21), the joiners apart, and what else of category Cf is not shown: fillers, variation selectors, direction
# marks, tags, annotations.
_UNSEEN = (
    *(*range(0x09), *range(0x0E, 0x1C), 0x7F),
    *(0xAD, 0x34F, 0x61C, 0x115F, 0x1160, 0x17B4, 0x17B5, *range(0x180B, 0x1810), 0x200B, 0x200E, 0x200F),
    *(*range(0x202A, 0x202F), *range(0x2060, 0x2070), 0x3164, *range(0xFE00, 0xFE10), 0xFEFF, 0xFFA0),
    *(*range(0xFFF0, 0xFFFC), *range(0x1BCA0, 0x1BCA4), *range(0x1D173, 0x1D17B), *range(0xE0000, 0xE1000)),
)
JOINERS = "\u200c\u200d"
_SPACES = "\x1f\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u2800\u3000"
_LINE_BREAKS = "\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"
# Latin digraphs and ligatures, Armenian ligatures, presentation forms of Hebrew and Arabic, mathematical alphabets,
# full-width letters and digits. Full-width punctuation stays: it is what Chinese and Japanese are written with. So do
# ª, º, ³, ™, and compatibility letters that are the usual ones of their language (Thai am, Hangul jamo, Armenian ew).
_DISGUISED = (
    *(0x132, 0x133, *range(0x1C4, 0x1CD), *range(0x1F1, 0x1F4), *range(0xFB00, 0xFB07), *range(0xFB13, 0xFB18)),
    *(*range(0xFB20, 0xFB2A), 0xFB4F, *range(0xFB50, 0xFDFC), *range(0xFE70, 0xFEFD), *range(0x1D400, 0x1D800)),
    *(*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B)),
)


def _plain_letters() -> Iterator[tuple[int, str]]:
    for codepoint in _DISGUISED:
        character = chr(codepoint)
        plain = unicodedata.normalize("NFKC", character)
        # The pious phrases of Arabic are one character each and hold spaces; signs of the mathematical alphabets stay.
        if unicodedata.category(character)[0] in "LN" and plain != character and len(plain) <= 4:
            yield codepoint, plain


def _windows_characters() -> Iterator[tuple[int, str]]:
    """Control characters 80 to 9F, as browsers read them: nobody sends them but those who meant Windows-1252."""
    for byte in range(0x80, 0xA0):
        if chr(byte) not in _LINE_BREAKS:
            yield byte, bytes([byte]).decode("cp1252", "ignore")


PLAIN = {
    **dict.fromkeys(_UNSEEN, ""),
    **dict.fromkeys(map(ord, _SPACES), " "),
    **dict.fromkeys(map(ord, _LINE_BREAKS), "\n"),
    **dict(_plain_letters()),
    **dict(_windows_characters()),
}
"""For `str.translate`: what each character that is unseen, a space, a line break or in disguise becomes."""


# Every character of `PLAIN`, the joiners, and some of their neighbours: fewer ranges are found faster.
_ANY = (
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\xa0\xad\u0132\u0133\u01c4-\u01cc\u01f1-\u01f3\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f"
    "\u2000-\u200f\u2028-\u202f\u205f-\u206f\u2800\u3000\u3164\ufb00-\ufdfb\ufe00-\ufe0f\ufe70-\ufeff\uff10-\uff5a\uffa0"
    "\ufff0-\ufffb\U0001bca0-\U0001d7ff\U000e0000-\U000e0fff]"
)
_ONE, _RUN = re.compile(_ANY), re.compile(f"{_ANY}+")
_LATIN_1 = bytes(point for point in PLAIN if point < 0x100)
# Scripts whose letters joiners shape, and emoji. Latin, Greek, Cyrillic and general punctuation are none of them.
_SHAPED = f"\u0590-\u1dff\u2190-\u2bff\u3000-\ufdff\ufe70-\uffef\U00010000-{chr(sys.maxunicode)}"
_IDLE_JOINERS = re.compile(f"(?<![{_SHAPED}{JOINERS}])[{JOINERS}]+|[{JOINERS}]+(?![{_SHAPED}{JOINERS}])")


def visible(text: str) -> str:
    """The text as a reader sees it: without unseen characters, with plain spaces and plain letters.

    Soft hyphens, zero-width spaces, direction marks, byte order marks, variation selectors, tags, control characters
    and their like vanish. Each space of any kind becomes one ordinary space; U+2028, form feeds and their like become
    U+000A; tabs, carriage returns and line feeds stay. Full-width and mathematical letters and digits, ligatures and
    presentation forms become plain letters.

    Joiners vanish too, but not between two characters of a script that they shape (Arabic, Persian, the scripts of
    India and their neighbours) or two emoji. Mojibake is mended before this: unseen characters are parts of it.
    """
    if not _has_any(text):
        return text
    text = _RUN.sub(_plain, text)
    if "\u200c" in text or "\u200d" in text:
        text = _IDLE_JOINERS.sub("", text)
    return text


def _plain(run: re.Match[str]) -> str:
    return run[0].translate(PLAIN)


def _has_any(text: str) -> bool:
    try:
        # Most texts of Western Europe; five times as fast as the search.
        encoded = text.encode("latin-1")
    except UnicodeEncodeError:
        return _ONE.search(text) is not None
    return len(encoded.translate(None, _LATIN_1)) < len(encoded)
