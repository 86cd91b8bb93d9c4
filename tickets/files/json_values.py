"""JSON that is read value by value, so that a file may be larger than the memory."""

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NamedTuple, TextIO

MAX_VALUE_CHARACTERS = 8 * 1024 * 1024
"""No row of a file is as long as this."""

_CHUNK_CHARACTERS = 64 * 1024
_MAX_DEPTH = 20
_BLANKS = " \t\r\n"


class NotJson(ValueError):
    """The text is not JSON. The message holds nothing of it."""


class Element(NamedTuple):
    """A part of a document.

    Attributes:
        line: The line in which it begins, from 1.
        name: The name of the value, or of the list that it stands in; `outer.inner` within an inner object, and empty
            within the list that is the document.
        in_list: Whether it is one of a list.
    """

    line: int
    name: str
    value: Any
    in_list: bool


_DECODER = json.JSONDecoder(parse_float=Decimal, parse_constant=lambda _: None)
_NO_VALUE = (ValueError, RecursionError, ArithmeticError)


def parsed(text: str) -> Any:
    """The value of a text. Numbers with a fraction keep their digits, as Decimal; NaN and Infinity are no values.

    Raises:
        NotJson: it is none.
    """
    try:
        return _DECODER.decode(text)
    except _NO_VALUE:
        # The decoder's own message would hold the text.
        raise NotJson from None


def elements(text: TextIO) -> Iterator[Element]:
    """The elements of a document that is a list; the values, and the elements of the lists, of one that is an object.

    Raises:
        NotJson: from here on it is not JSON.
    """
    reader = _Reader(text)
    match reader.peek():
        case "[":
            yield from _list(reader, "")
        case "{":
            yield from _object(reader)
        case _:
            raise NotJson
    if reader.peek():
        raise NotJson


def _list(reader: "_Reader", within: str) -> Iterator[Element]:
    reader.take("[")
    if reader.peek() == "]":
        reader.take("]")
        return
    while True:
        reader.peek()
        yield Element(reader.line, within, reader.value(), in_list=True)
        if reader.take(",]") == "]":
            return


def _object(reader: "_Reader", outer: str = "", depth: int = 0) -> Iterator[Element]:
    reader.take("{")
    more = reader.peek() != "}"
    if not more:
        reader.take("}")
    while more:
        name = f"{outer}{_name(reader)}"
        match reader.peek():
            case "[":
                yield from _list(reader, name)
            case "{" if depth < _MAX_DEPTH:
                yield from _object(reader, f"{name}.", depth + 1)
            case _:
                yield Element(reader.line, name, reader.value(), in_list=False)
        more = reader.take(",}") == ","


def _name(reader: "_Reader") -> str:
    if reader.peek() != '"':
        raise NotJson
    name = reader.value()
    reader.take(":")
    return str(name)


class _Reader:
    """A text of which only the value that is being read is in memory."""

    def __init__(self, text: TextIO) -> None:
        self._text = text
        self._buffer = ""
        self._at = 0
        self._ended = False
        self.line = 1

    def peek(self) -> str:
        """The next character that is no blank; empty at the end."""
        while True:
            self._skip_blanks()
            if self._at < len(self._buffer):
                return self._buffer[self._at]
            if not self._read(_CHUNK_CHARACTERS):
                return ""

    def take(self, allowed: str) -> str:
        """Go past the next character, one of those allowed."""
        char = self.peek()
        if not char or char not in allowed:
            raise NotJson
        self._at += 1
        return char

    def value(self) -> Any:
        """The value that begins at the next character."""
        self.peek()
        size = _CHUNK_CHARACTERS
        while True:
            try:
                value, end = _DECODER.raw_decode(self._buffer, self._at)
                # A number at the end of the buffer may go on.
                if end < len(self._buffer) or self._ended:
                    self._pass(end)
                    return value
            except _NO_VALUE:
                if self._ended or len(self._buffer) - self._at > MAX_VALUE_CHARACTERS:
                    raise NotJson from None
            self._read(size)
            size *= 2

    def _skip_blanks(self) -> None:
        end = self._at
        while end < len(self._buffer) and self._buffer[end] in _BLANKS:
            end += 1
        self._pass(end)

    def _pass(self, end: int) -> None:
        passed = self._buffer[self._at : end]
        self.line += passed.count("\n") or passed.count("\r")
        self._at = end

    def _read(self, characters: int) -> bool:
        more = self._text.read(characters)
        self._ended = not more
        self._buffer = self._buffer[self._at :] + more
        self._at = 0
        return bool(more)
