"""Mends mojibake: UTF-8 that was read as a single-byte encoding, once or several times."""

import re
from collections.abc import Iterator

import ftfy

# More places than a ticket of 130 KB of Spanish holds. A text with more is left as it is: a hostile one costs 0.1 ms
# a place. ftfy reads a hostile segment once for each place, so segments are short.
PLACES = 8_000
SEGMENT = 80

# Encodings that ftfy does not try, or believes too seldom. Each is tried on one run of characters beyond ASCII.
_PAGES = ("cp437", "cp850", "mac_roman", "cp1250", "cp1251")


def _shown(encoding: str, *shown: int) -> str:
    """What bytes look like in an encoding, for a set of a regex."""
    return re.escape(bytes(shown).decode(encoding, "ignore"))


# Bytes 80 to BF continue a character of UTF-8; the ones from C2 on begin it.
_NEXT = {
    encoding: f"[{_shown(encoding, *range(0x80, 0xC0))}]"
    for encoding in ("cp1252", "cp1251", "cp437", "cp850", "mac_roman")
}
_LATIN, _CYRILLIC, _DOS, _WESTERN_DOS, _MAC = _NEXT.values()
_LATIN = f"[\x80-\xbf{_LATIN[1:]}"
# Latin letters and signs, Greek, Cyrillic, Hebrew, Arabic: the first bytes of two.
_FIRST_OF_TWO = (0xC4, 0xC5, 0xCE, 0xCF, 0xD0, 0xD1, 0xD7, 0xD8, 0xD9)
_OF_PAGES = (
    f"[{_shown('cp437', 0xC2, 0xC3, 0xC4, 0xC5, 0xCE, 0xCF, 0xD0, 0xD1)}](?:{_DOS}|{_WESTERN_DOS})"
    f"|[{_shown('cp437', 0xE2, 0xEF)}]{_DOS}{{2}}|{_shown('cp437', 0xF0)}{_DOS}{{3}}"
    f"|{_shown('cp850', 0xE2)}{_WESTERN_DOS}{{2}}"
    f"|[{_shown('mac_roman', 0xC2, 0xC3, 0xCE)}]{_MAC}|{_shown('mac_roman', 0xE2)}{_MAC}{{2}}"
    # Not the quotation marks: they end words in capitals.
    f"|{_shown('cp1250', 0xC3)}[{_shown('cp1250', *range(0xA1, 0xAB), *range(0xAC, 0xBB), *range(0xBC, 0xC0))}]"
    f"|(?<=[A-Za-z])[{_shown('cp1251', 0xC2, 0xC3)}]{_CYRILLIC}|[{_shown('cp1251', 0xE2, 0xF0)}]{_CYRILLIC}{{2}}"
)
_OF_PAGE = re.compile(_OF_PAGES)
_RUSSIAN = f"[{_shown('cp1251', 0xC2, 0xC3, 0xD0, 0xD1)}]"
_PLACE = re.compile(
    rf"[\xc2\xc3](?:{_LATIN}|\ufffd)|[{_shown('latin-1', *_FIRST_OF_TWO)}]{_LATIN}|[\xe0-\xef]{_LATIN}{{2}}"
    f"|\xf0[\x9f\u0178]|{_RUSSIAN}{_CYRILLIC}{_RUSSIAN}|{_OF_PAGES}"
)
# A no-break space may have become a space on the way, and a character that does not exist a question mark.
_PERHAPS = re.compile(rf"{_PLACE.pattern}|[\xc2\xc3][ ?]")
# One of these is in every text in which a place is found.
_LATIN_1_LEADS = bytes((0xAC, 0xC2, 0xC3, *_FIRST_OF_TWO, 0xD4, *range(0xE2, 0xE5), 0xE6, 0xEF, 0xF0))
_LEADS = _LATIN_1_LEADS.decode("latin-1") + "".join(
    bytes(shown).decode(page)
    for page, shown in {
        "cp437": (0xC2, 0xC3, 0xC4, 0xC5, 0xCE, 0xCF, 0xD0, 0xD1, 0xE2, 0xEF, 0xF0),
        "mac_roman": (0xC2, 0xC3, 0xCE, 0xE2),
        "cp1250": (0xC3,),
        "cp1251": (0xC2, 0xC3, 0xD0, 0xD1, 0xE2, 0xF0),
    }.items()
)
_LEAD = re.compile(f"[{_LEADS}]")
_PIECE = re.compile(f"(?s:.+) |(?s:.+)(?=[\xc0-\xf4{_LEADS}])")
# ftfy undoes a chain of these one by one, and reads the whole text each time.
_CHAIN = re.compile("[\xc2\u0412]{6}")
_BEYOND_ASCII = re.compile("[^\x00-\x7f]+")


def looks_misread(text: str) -> bool:
    """Whether a text holds a pair of characters that is typical for UTF-8 read as another encoding.

    Costs less than a microsecond for 300 characters of clean Spanish, and nothing for ASCII.
    """
    return not text.isascii() and _has_lead(text) and _PLACE.search(text) is not None


def _may_be_misread(text: str) -> bool:
    return not text.isascii() and _has_lead(text) and _PERHAPS.search(text) is not None


def mend_encoding(text: str) -> str:
    """The text with its mojibake mended; a text without the typical pairs is returned as it is.

    Mended is what ftfy's `fix_encoding` recognises, and UTF-8 read as a DOS code page or Mac Roman, also in several
    layers. Give it the text as it came: soft hyphens, control characters and no-break spaces are parts of mojibake.
    A text with more than `PLACES` places is not touched. The cost is linear in the length, and mending what is mended
    changes nothing.
    """
    if not _may_be_misread(text) or sum(1 for _ in _PERHAPS.finditer(text)) > PLACES:
        return text
    return "\n".join("".join(map(_mended, _segments(line))) for line in text.split("\n"))


def _has_lead(text: str) -> bool:
    try:
        # Most texts of Western Europe; five times as fast as the search.
        encoded = text.encode("latin-1")
    except UnicodeEncodeError:
        return _LEAD.search(text) is not None
    return len(encoded.translate(None, _LATIN_1_LEADS)) < len(encoded)


def _segments(line: str) -> Iterator[str]:
    """A line in short pieces that end at a space, or else before the first byte of a character."""
    start = 0
    while len(line) - start > SEGMENT:
        piece = _PIECE.match(line, start, start + SEGMENT)
        end = piece.end() if piece else start + SEGMENT
        yield line[start:end]
        start = end
    yield line[start:]


def _mended(segment: str) -> str:
    if not _may_be_misread(segment) or _CHAIN.search(segment):
        return segment
    while True:
        mended = ftfy.fix_encoding(_BEYOND_ASCII.sub(_read_anew, segment))
        if mended == segment:
            return segment
        segment = mended


def _read_anew(run: re.Match[str]) -> str:
    """A run of characters, read anew as UTF-8 where it can only be that."""
    shown = run[0]
    if not _OF_PAGE.match(run.string, run.start()):
        return shown
    for page in _PAGES:
        try:
            read = shown.encode(page).decode()
        except UnicodeError:
            continue
        if len(read) >= 3 or len(shown) > 2 * len(read) or _beside_a_letter(run):
            return read
    return shown


def _beside_a_letter(run: re.Match[str]) -> bool:
    """Drawn boxes and formulas have such pairs too, but not inside a word."""
    around = run.string[max(run.start() - 1, 0) : run.start()] + run.string[run.end() : run.end() + 1]
    return any(character.isalpha() for character in around)
