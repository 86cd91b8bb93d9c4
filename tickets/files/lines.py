"""The numbered lines of a text."""

from collections import deque
from collections.abc import Iterable, Iterator
from typing import NamedTuple, TextIO

MAX_LINE_CHARACTERS = 4 * 1024 * 1024
"""A longer line is cut, so that a file without line ends does not fill the memory."""

CUT = "\udcfe"
"""Stands where a line was cut; no text that was decoded holds it otherwise."""


class Line(NamedTuple):
    """A line with its end, and its number from 1."""

    number: int
    text: str


class Lines:
    """Lines that can be given back."""

    def __init__(self, lines: Iterable[Line]) -> None:
        self._lines = iter(lines)
        self._given_back: deque[Line] = deque()

    def __iter__(self) -> Iterator[Line]:
        return self

    def __next__(self) -> Line:
        return self._given_back.popleft() if self._given_back else next(self._lines)

    def give_back(self, lines: Iterable[Line]) -> None:
        """Put lines before those to come, in their order."""
        self._given_back.extendleft(reversed(list(lines)))


def numbered(text: TextIO) -> Iterator[Line]:
    """The lines of the text."""
    number = 0
    while line := text.readline(MAX_LINE_CHARACTERS):
        number += 1
        yield Line(number, line if _is_whole(line) else _cut(line, text))


def _is_whole(line: str) -> bool:
    return len(line) < MAX_LINE_CHARACTERS or line.endswith(("\r", "\n"))


def _cut(line: str, text: TextIO) -> str:
    rest = text.readline(MAX_LINE_CHARACTERS)
    if not rest:
        return line
    while rest and not _is_whole(rest):
        rest = text.readline(MAX_LINE_CHARACTERS)
    return f"{line[:1000]}{CUT}\n"
