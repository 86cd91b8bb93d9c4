"""Avro's encoding of single values, for the one event that is written for every ticket.

Source: Avro 1.12 specification, "Binary Encoding". fastavro encodes all other events.
"""

from collections.abc import Callable
from functools import lru_cache
from struct import Struct
from typing import Final

_LONG_BITS: Final = 64
_CHUNK_BITS: Final = 14
_CHUNK: Final = 1 << _CHUNK_BITS
_LOWEST: Final = _CHUNK - 1
# The encodings of 14 bits: as the end of a number, and as a part that more bytes follow.
_ENDS: Final = tuple(bytes([n]) if n < 1 << 7 else bytes([n & 127 | 128, n >> 7]) for n in range(_CHUNK))
_BEGINNINGS: Final = tuple(bytes([n & 127 | 128, n >> 7 | 128]) for n in range(_CHUNK))
# For words that occur again and again: categories, versions, reasons.
_REMEMBERED_WORDS: Final = 4096

NULL: Final = b"\x00"
"""The first branch of a union."""
GIVEN: Final = b"\x02"
"""The second branch of a union; its value follows."""
END: Final = b"\x00"
"""Ends an array."""
BOOLEANS: Final = {False: b"\x00", True: b"\x01"}

double: Callable[[float], bytes] = Struct("<d").pack


def long(value: int) -> bytes:
    """Encode a whole number of at most 64 bits: zigzag, then seven bits a byte, the lowest first.

    Raises:
        OverflowError: It has more bits.
    """
    if 0 <= value < _CHUNK >> 1:
        return _ENDS[value << 1]
    rest = value << 1 if value >= 0 else ~(value << 1)
    if rest >> _LONG_BITS:
        raise OverflowError("more than 64 bits")
    chunks = []
    while rest >= _CHUNK:
        chunks.append(_BEGINNINGS[rest & _LOWEST])
        rest >>= _CHUNK_BITS
    chunks.append(_ENDS[rest])
    return b"".join(chunks)


def text(value: str) -> bytes:
    """Encode a string; raises UnicodeEncodeError for half a surrogate pair."""
    encoded = value.encode()
    return long(len(encoded)) + encoded


word = lru_cache(_REMEMBERED_WORDS)(text)
"""Encode a short string that occurs again and again."""


def optional_text(value: str | None) -> bytes:
    """Encode a string that may be null."""
    return NULL if value is None else GIVEN + text(value)


@lru_cache(_REMEMBERED_WORDS)
def optional_word(value: str | None) -> bytes:
    """Encode a short string that occurs again and again and may be null."""
    return optional_text(value)


def optional_double(value: float | None) -> bytes:
    """Encode a number that may be null."""
    return NULL if value is None else GIVEN + double(value)
