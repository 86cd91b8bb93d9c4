"""The bytes of a file, of standard input or of a pipe, as often as they are wanted."""

import shutil
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from gzip import GzipFile
from io import BufferedReader, TextIOWrapper
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TextIO

from tickets.files.bad_lines import FileRefused
from tickets.files.encoding import MARK_BAD

STANDARD_INPUT = Path("-")

Source = Callable[[], BufferedReader | GzipFile]
"""Opens the bytes at their beginning."""

_CHUNK_BYTES = 1024 * 1024
_FIRST_LINE_CHARACTERS = 1024 * 1024
_GZIP = b"\x1f\x8b"
_NO_TEXT = {b"PK\x03\x04": "a spreadsheet or an archive", b"\xd0\xcf\x11\xe0": "a spreadsheet", b"%PDF": "a PDF"}


@contextmanager
def opened(path: Path) -> Iterator[Source]:
    """The file's bytes, uncompressed. Standard input (`-`) and pipes are first copied to a temporary file.

    Raises:
        OSError: the file cannot be read, or its compression is damaged.
        FileRefused: it holds no text.
    """
    try:
        with _local(path) as file:
            begin = _first_bytes(file)
            _refuse_what_is_no_text(begin)
            if begin.startswith(_GZIP) or path.name.lower().endswith(".gz"):
                yield partial(GzipFile, file)
            else:
                yield partial(_plain, file)
    except (EOFError, zlib.error) as error:
        raise OSError(f"it is damaged: {error}") from error


@contextmanager
def _local(path: Path) -> Iterator[Path]:
    if path != STANDARD_INPUT and not (path.is_fifo() or path.is_char_device() or path.is_socket()):
        yield path
        return
    with NamedTemporaryFile(prefix="ticketstream-") as copy:
        if path == STANDARD_INPUT:
            shutil.copyfileobj(sys.stdin.buffer, copy, _CHUNK_BYTES)
        else:
            with path.open("rb") as pipe:
                shutil.copyfileobj(pipe, copy, _CHUNK_BYTES)
        copy.flush()
        yield Path(copy.name)


def _plain(path: Path) -> BufferedReader:
    return path.open("rb")


def _first_bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(4)


def _refuse_what_is_no_text(begin: bytes) -> None:
    kind = next((kind for magic, kind in _NO_TEXT.items() if begin.startswith(magic)), None)
    if kind:
        raise FileRefused(f"is neither .jsonl nor .csv but {kind}; save its rows as CSV")


def chunks(source: Source) -> Iterator[bytes]:
    """The bytes in pieces."""
    with source() as file:
        while chunk := file.read(_CHUNK_BYTES):
            yield chunk


@contextmanager
def text_of(source: Source, encoding: str) -> Iterator[TextIO]:
    """The file as text from behind its byte order mark, with line ends as they are and BAD_BYTE for foreign bytes.

    The first line end decides: where it is not a lone CR, lone CRs end no lines.
    """
    with TextIOWrapper(source(), encoding, MARK_BAD, newline="") as text:
        first = text.readline(_FIRST_LINE_CHARACTERS)
    newline = "" if first.endswith("\r") else "\n"
    with TextIOWrapper(source(), encoding, MARK_BAD, newline=newline) as text:
        if first.startswith("\ufeff"):
            text.read(1)
        yield text
