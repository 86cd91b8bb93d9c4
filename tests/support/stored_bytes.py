"""Every byte that ClickHouse keeps in a folder, also within its compressed blocks."""

import importlib
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sandbox.clickhouse.encoding import decode

# Of a block: a checksum, the method, the size from the method on, the size without compression.
_CHECKSUM_BYTES = 16
_HEADER = struct.Struct("<BII")
_NONE, _LZ4, _ZSTD = 0x02, 0x82, 0x90
# It publishes no types.
_LZ4_BLOCK: Any = importlib.import_module("lz4.block")


def files_with(folder: Path, words: list[bytes]) -> dict[str, list[bytes]]:
    """The files below a folder that hold one of these words, as they are or within compressed blocks, and which."""
    found = {}
    for path in folder.rglob("*"):
        # Files vanish while ClickHouse works.
        try:
            content = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
        except FileNotFoundError:
            continue
        everything = b"\x00".join([str(path).encode(), content, *_blocks(content)])
        if held := [word for word in words if word in everything]:
            found[str(path.relative_to(folder))] = held
    return found


def _blocks(content: bytes) -> Iterator[bytes]:
    """The content of a file's compressed blocks; nothing from where it holds none."""
    at = 0
    while at + _CHECKSUM_BYTES + _HEADER.size <= len(content):
        method, size, plain_size = _HEADER.unpack_from(content, at + _CHECKSUM_BYTES)
        end = at + _CHECKSUM_BYTES + size
        if method not in {_NONE, _LZ4, _ZSTD} or not _HEADER.size <= size <= len(content) - at:
            return
        body = content[at + _CHECKSUM_BYTES + _HEADER.size : end]
        if method == _LZ4:
            body = _LZ4_BLOCK.decompress(body, uncompressed_size=plain_size)
        elif method == _ZSTD:
            body = decode(body, "zstd")
        yield body
        at = end
