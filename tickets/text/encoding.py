"""Mends mojibake: UTF-8 that was read as a single-byte encoding, once or several times."""

import re
from collections.abc import Iterator

from tickets.text.misreadings import LEADS, OF_PAGE, PERHAPS, has_lead

# More places than a ticket of 80 KB of Spanish holds. A text with more is left as it is: a hostile one costs 0.2 ms
# a place. ftfy reads a hostile segment once for each place, so segments are short.
PLACES = 5_000
SEGMENT = 48
ROUNDS = 8

# Encodings that ftfy does not try, or believes too seldom. Each is tried on one run of characters beyond ASCII.
_PAGES = ("cp437", "cp850", "mac_roman", "cp1250", "cp1251")


_PIECE = re.compile(f"(?s:.+) |(?s:.+)(?=[\xc0-\xf4{LEADS}])")
# ftfy undoes a chain of these one by one, and reads the whole text each time.
_CHAIN = re.compile("[\xc2\u0412]{6}")
_BEYOND_ASCII = re.compile("[^\x00-\x7f]+")


def _may_be_misread(text: str) -> bool:
    return not text.isascii() and has_lead(text) and PERHAPS.search(text) is not None


def mend_encoding(text: str) -> str:
    """The text with its mojibake mended; a text without the typical pairs is returned as it is.

    Mended is what ftfy's `fix_encoding` recognises, and UTF-8 read as a DOS code page or Mac Roman, also in several
    layers. Give it the text as it came: soft hyphens, control characters and no-break spaces are parts of mojibake.
    A text with more than `PLACES` places is not touched. The cost is linear in the length, and mending what is mended
    changes nothing.
    """
    if not _may_be_misread(text) or sum(1 for _ in PERHAPS.finditer(text)) > PLACES:
        return text
    return "\n".join(map(_mended_line, text.split("\n")))


def _mended_line(line: str) -> str:
    # What is mended is shorter, so the next round cuts elsewhere, and may see what a cut hid.
    for _ in range(ROUNDS):
        mended = "".join(map(_mended, _segments(line)))
        if mended == line:
            break
        line = mended
    return line


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
    import ftfy  # noqa: PLC0415 - 8 MiB, needed only where a text looks misread

    while True:
        mended = ftfy.fix_encoding(_BEYOND_ASCII.sub(_read_anew, segment))
        if mended == segment:
            return segment
        segment = mended


def _read_anew(run: re.Match[str]) -> str:
    """A run of characters, read anew as UTF-8 where it can only be that."""
    shown = run[0]
    if not OF_PAGE.match(run.string, run.start()):
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
