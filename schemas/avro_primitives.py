"""Avro's encoding of single values, for the one event that is written for every ticket.

Source: Avro 1.12 specification, "Binary Encoding". Everything else is left to fastavro.
"""

from collections.abc import Callable
from functools import lru_cache
from struct import Struct
from typing import Final

_LONG_BITS: Final = 63
# Two bytes of seven bits each, the lowest of which is the sign.
_SHORT: Final = tuple(bytes([n << 1]) if n < 1 << 6 else bytes([n << 1 & 127 | 128, n >> 6]) for n in range(1 << 13))
# Not more than words that come again and again: categories, versions, reasons.
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
    if 0 <= value < 1 << 13:
        return _SHORT[value]
    if value >> _LONG_BITS not in {0, -1}:
        raise OverflowError("more than 64 bits")
    rest = value << 1 ^ value >> _LONG_BITS
    encoded = bytearray()
    while rest > 127:
        encoded.append(rest & 127 | 128)
        rest >>= 7
    encoded.append(rest)
    return bytes(encoded)


def text(value: str) -> bytes:
    """Encode a string; raises UnicodeEncodeError for half a surrogate pair."""
    encoded = value.encode()
    return long(len(encoded)) + encoded


word = lru_cache(_REMEMBERED_WORDS)(text)
"""Encode a string that comes again and again, and is short."""


def optional_text(value: str | None) -> bytes:
    """Encode a string that may be null."""
    return NULL if value is None else GIVEN + text(value)


@lru_cache(_REMEMBERED_WORDS)
def optional_word(value: str | None) -> bytes:
    """Encode a short string that may be null and comes again and again."""
    return optional_text(value)


def optional_double(value: float | None) -> bytes:
    """Encode a number that may be null."""
    return NULL if value is None else GIVEN + double(value)
