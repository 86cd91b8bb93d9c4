"""Compression of bodies, by the names that HTTP headers give it."""

import gzip
import sys
import zlib
from collections.abc import Callable
from typing import Protocol

import lz4.frame  # type: ignore[import-untyped]

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


class UnknownEncodingError(ValueError):
    """The encoding of a body is not known here."""


class BadBodyError(ValueError):
    """A body cannot be decoded."""


class _Codec(Protocol):
    def __call__(self, data: bytes, /) -> bytes: ...


def _lz4(data: bytes) -> bytes:
    """Decode every frame of a body: clickhouse-connect sends one for each block of rows."""
    parts = []
    while data:
        frame = lz4.frame.LZ4FrameDecompressor()
        parts.append(frame.decompress(data))
        if not frame.eof:
            raise EOFError("the last LZ4 frame is cut off")
        data = frame.unused_data or b""
    return b"".join(parts)


_DECODERS: dict[str, Callable[[bytes], bytes]] = {
    "lz4": _lz4,
    "zstd": zstd.decompress,
    "gzip": gzip.decompress,
    "deflate": zlib.decompress,
}
# In ClickHouse's order of preference; the order of the client does not count.
_ENCODERS: dict[str, _Codec] = {
    "lz4": lambda data: bytes(lz4.frame.compress(data)),
    "zstd": lambda data: zstd.compress(data, level=1),
    "gzip": lambda data: gzip.compress(data, compresslevel=3),
    "deflate": lambda data: zlib.compress(data, level=3),
}


def decode(data: bytes, encoding: str) -> bytes:
    """Return a request's body without its compression.

    Raises:
        UnknownEncodingError: for an encoding that is not lz4, zstd, gzip, deflate or identity.
        BadBodyError: when the body is not in that encoding.
    """
    if encoding in {"", "identity"}:
        return data
    if encoding not in _DECODERS:
        raise UnknownEncodingError(f"Unknown encoding '{encoding}'; use {', '.join(_DECODERS)} or identity.")
    try:
        return _DECODERS[encoding](data)
    except (OSError, EOFError, RuntimeError, zlib.error, zstd.ZstdError) as error:
        raise BadBodyError(f"The body is not {encoding}: {error}") from error


def choose(accept_encoding: str) -> str | None:
    """Return the encoding for a response, or None when the client takes none of these."""
    offered = {part.partition(";")[0].strip().lower() for part in accept_encoding.split(",")}
    return next((name for name in _ENCODERS if name in offered), None)


def encode(data: bytes, encoding: str) -> bytes:
    """Compress a response's body in an encoding that `choose` gave."""
    return _ENCODERS[encoding](data)
