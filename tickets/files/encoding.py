"""Which encoding a file has."""

import codecs
import re
from collections.abc import Iterable, Iterator

from charset_normalizer import from_bytes

from tickets.files.bad_lines import FileRefused
from tickets.files.byte_order import marked, without_mark

BAD_BYTE = "\udcff"
"""Stands for bytes that the encoding does not know; no text that was decoded holds it otherwise."""

MARK_BAD = "tickets.mark_bad_bytes"
"""Name of the error handler that puts BAD_BYTE in their place."""

_PREFIX_BYTES = 64 * 1024
_SAMPLE_BYTES = 64 * 1024
_LINE_ENDS = re.compile(rb"[\r\n]+")
# The encodings of Western Europe that differ in Spanish letters, the most common first: it wins a tie.
_WESTERN = ("cp1252", "iso8859-15", "mac-roman", "cp850")
_PLAUSIBLE_SHARE = 0.7
_PLAUSIBLE_LATIN_SHARE = 0.4
_LATIN = ("cp1252", "cp1250", "iso8859_2", "cp1254", "cp1257", "mac_roman", "cp850")
_LATIN_SHARE = 0.25

_RUNS = re.compile(r"(?=(?:^|([\x00-\x7f]))([^\x00-\x7f]+)([\x00-\x7f]?))", re.DOTALL)
_LETTERS = frozenset("áéíóúüñçàèìòùâêîôûäëïöãõåæøßýÿšž")
_OPENING = frozenset("¿¡«“\u2018„")
_APOSTROPHE = "\u2019"
_CLOSING = frozenset(f"»”{_APOSTROPHE}…ªº®™²³")
_MONEY = frozenset("€£§")
_SPACING = frozenset("\u00a0\u2013—•·©»”…")


def _mark_bad(error: UnicodeError) -> tuple[str, int]:
    if isinstance(error, UnicodeDecodeError):
        return BAD_BYTE, error.end
    raise error


codecs.register_error(MARK_BAD, _mark_bad)


def named(encoding: str) -> str:
    """The encoding that a user named.

    Raises:
        FileRefused: Python knows no text encoding of this name.
    """
    try:
        "".encode(encoding)
        return codecs.lookup(encoding).name
    except (LookupError, ValueError):
        raise FileRefused(
            f"cannot be read with --encoding {encoding}: there is no such encoding; "
            "try utf-8, utf-16, cp1252, iso-8859-15 or mac-roman"
        ) from None


def encoding_shown(name: str) -> str:
    """The name of an encoding as people write it."""
    return name.upper() if name.startswith("utf") else name


def found(chunks: Iterable[bytes]) -> str:
    """The encoding that the bytes of a file speak for.

    A byte order mark decides, then the NULs of UTF-16 without a mark. Then UTF-8 is taken when the whole file is UTF-8,
    or most of what is not ASCII: the other rows are bad rows. Only then an older encoding is looked for, in the lines
    that hold more than ASCII: those of Western Europe by where their letters stand, the others by charset-normalizer.

    Raises:
        FileRefused: no encoding fits.
    """
    chunk_source = iter(chunks)
    prefix, rest = _prefix(chunk_source)
    if wide := marked(prefix) or without_mark(prefix):
        return wide
    sample = _utf_8_or_sample(_again(prefix, rest, chunk_source))
    return "utf-8" if sample is None else _older(sample)


def _prefix(chunks: Iterator[bytes]) -> tuple[bytes, bytes]:
    read = bytearray()
    for chunk in chunks:
        read += chunk
        if len(read) >= _PREFIX_BYTES:
            break
    return bytes(read[:_PREFIX_BYTES]), bytes(read[_PREFIX_BYTES:])


def _again(prefix: bytes, rest: bytes, chunks: Iterator[bytes]) -> Iterator[bytes]:
    yield prefix
    yield rest
    yield from chunks


def _utf_8_or_sample(chunks: Iterable[bytes]) -> bytes | None:
    """None for UTF-8, else lines of the file that hold more than ASCII."""
    decoder = codecs.getincrementaldecoder("utf-8")(MARK_BAD)
    good = bad = 0
    sample = bytearray()
    for chunk in chunks:
        if chunk.isascii() and not decoder.getstate()[0]:
            continue
        text = decoder.decode(chunk)
        bad_here = text.count(BAD_BYTE)
        bad += bad_here
        good += _not_ascii(text) - bad_here
        if bad_here and len(sample) < _SAMPLE_BYTES:
            sample += b"\n".join(line for line in _LINE_ENDS.split(chunk) if not line.isascii()) + b"\n"
    bad += decoder.decode(b"", final=True).count(BAD_BYTE)
    return bytes(sample[:_SAMPLE_BYTES]) if sample and bad > good else None


def _not_ascii(text: str) -> int:
    return len(text) - len(text.encode("ascii", "ignore"))


def _older(sample: bytes) -> str:
    # In a text that is mostly ASCII, charset-normalizer takes a few letters for Japanese.
    is_latin = _not_ascii(sample.decode("cp1252", MARK_BAD)) < _LATIN_SHARE * len(sample)
    scores = {encoding: plausibility(sample.decode(encoding, MARK_BAD)) for encoding in _WESTERN}
    best = max(_WESTERN, key=lambda encoding: scores[encoding])
    if scores[best] >= (_PLAUSIBLE_LATIN_SHARE if is_latin else _PLAUSIBLE_SHARE):
        return best
    guess = from_bytes(sample, cp_isolation=[*_LATIN] if is_latin else None).best()
    if guess is None:
        raise FileRefused("is in an encoding that cannot be told from its bytes; name it with --encoding")
    return codecs.lookup(guess.encoding).name


def plausibility(text: str) -> float:
    """The share of characters beyond ASCII that stand where texts of Western Europe have them, 0 to 1."""
    judged = [
        (len(run.group(2)), _is_plausible(run.group(1) or " ", run.group(2), run.group(3) or " "))
        for run in _RUNS.finditer(text)
    ]
    return sum(length for length, good in judged if good) / (sum(length for length, _ in judged) or 1)


def _is_plausible(before: str, run: str, after: str) -> bool:
    """Whether a run of characters beyond ASCII can stand between these two characters of ASCII."""
    if len(run) > 1:
        letters_only = all(char.lower() in _LETTERS for char in run)
        if letters_only:
            return len(run) == 2 and (before.isalpha() or after.isalpha())
        return _is_plausible(before, run[0], "a" if run[1].isalpha() else " ") and _is_plausible(
            "a" if run[-2].isalpha() else " ", run[1:], after
        )
    if run in "œŒ":
        return after in "uU"
    if run.lower() in _LETTERS:
        return run.islower() or not before.islower()
    return (
        (run in _OPENING and not before.isalnum())
        or (run in _CLOSING and before.isalnum() and (run == _APOSTROPHE or not after.isalnum()))
        or (run in _MONEY and not before.isalpha() and not after.isalpha())
        or (run == "°" and not before.isalpha())
        or (run in _SPACING and not (before.isalpha() and after.isalpha()))
    )
