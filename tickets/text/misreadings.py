"""What UTF-8 looks like that was read as a single-byte encoding."""

import re


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
OF_PAGE = re.compile(_OF_PAGES)
_RUSSIAN = f"[{_shown('cp1251', 0xC2, 0xC3, 0xD0, 0xD1)}]"
_PLACE = re.compile(
    rf"[\xc2\xc3](?:{_LATIN}|\ufffd)|[{_shown('latin-1', *_FIRST_OF_TWO)}]{_LATIN}|[\xe0-\xef]{_LATIN}{{2}}"
    f"|\xf0[\x9f\u0178]|{_RUSSIAN}{_CYRILLIC}{_RUSSIAN}|{_OF_PAGES}"
)
# A no-break space may have become a space on the way, and a character that does not exist a question mark.
PERHAPS = re.compile(rf"{_PLACE.pattern}|[\xc2\xc3][ ?]")
# One of these is in every text in which a place is found.
_LATIN_1_LEADS = bytes((0xAC, 0xC2, 0xC3, *_FIRST_OF_TWO, 0xD4, *range(0xE2, 0xE7), 0xEF, 0xF0))
LEADS = _LATIN_1_LEADS.decode("latin-1") + "".join(
    bytes(shown).decode(page)
    for page, shown in {
        "cp437": (0xC2, 0xC3, 0xC4, 0xC5, 0xCE, 0xCF, 0xD0, 0xD1, 0xE2, 0xEF, 0xF0),
        "mac_roman": (0xC2, 0xC3, 0xCE, 0xE2),
        "cp1250": (0xC3,),
        "cp1251": (0xC2, 0xC3, 0xD0, 0xD1, 0xE2, 0xF0),
    }.items()
)
_LEAD = re.compile(f"[{LEADS}]")


def looks_misread(text: str) -> bool:
    """Whether a text holds a pair of characters that is typical for UTF-8 read as another encoding.

    Costs less than a microsecond for 300 characters of clean Spanish, and nothing for ASCII.
    """
    return not text.isascii() and has_lead(text) and _PLACE.search(text) is not None


def has_lead(text: str) -> bool:
    """Whether a text holds what the first byte of a character looks like; the quick test before the exact ones."""
    try:
        # Most texts of Western Europe; five times as fast as the search.
        encoded = text.encode("latin-1")
    except UnicodeEncodeError:
        return _LEAD.search(text) is not None
    return len(encoded.translate(None, _LATIN_1_LEADS)) < len(encoded)
