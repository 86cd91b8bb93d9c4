"""Records of CSV: RFC 4180 with any delimiter, and blanks around quoted cells.

Python's csv module takes text behind a closing quote as part of the cell, or refuses even a blank there. A quote that
is never closed takes the rest of the file into one cell. Here such a record is bad, it is named by its first line, and
reading goes on with its second line.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from tickets.files.bad_lines import BadLine
from tickets.files.lines import Line, Lines

MAX_RECORD_CHARACTERS = 1024 * 1024
"""An unclosed quote makes the rest of a file one cell. No ticket is as long as this."""

UNCLOSED = "is not CSV: a quote is not closed"
NOT_DOUBLED = "is not CSV: text stands behind a closing quote; a quote within quotes must be doubled"


class Record(NamedTuple):
    """The cells of one record, and its first line."""

    line: int
    cells: list[str]


class Dialect(NamedTuple):
    """How cells are told apart.

    Attributes:
        blank_begins: Blanks behind a delimiter belong to no cell (`a, b`).
    """

    delimiter: str
    blank_begins: bool = False


def records(lines: Lines, dialect: Dialect) -> Iterator[Record | BadLine]:
    """The records of the lines; empty lines, and the end mark of DOS, are left out."""
    for line in lines:
        if line.text.strip("\r\n\x1a"):
            yield _plain(line, dialect) if '"' not in line.text else _quoted(line, lines, dialect)


def _plain(line: Line, dialect: Dialect) -> Record:
    cells = line.text.rstrip("\r\n").split(dialect.delimiter)
    return Record(line.number, [_begun(cell, dialect) for cell in cells] if dialect.blank_begins else cells)


def _begun(cell: str, dialect: Dialect) -> str:
    return cell.lstrip(" ") if dialect.blank_begins else cell


def _quoted(line: Line, lines: Lines, dialect: Dialect) -> Record | BadLine:
    read = _Reading(line, lines)
    cells: list[str] = []
    more = True
    while more:
        cell, more, problem = _next_cell(read, dialect)
        if problem:
            lines.give_back(read.lines[1:])
            return BadLine(line.number, problem)
        cells.append(cell)
    return Record(line.number, cells)


class _Reading:
    """A record that is being read: its lines up to now, and the place in the last of them."""

    def __init__(self, first: Line, more: Lines) -> None:
        self.lines = [first]
        self.text = first.text
        self.at = 0
        self._more = more
        self._characters = len(first.text)

    def next_line(self) -> bool:
        """Go on to the beginning of the next line, where there is one and the record is not too long."""
        line = next(self._more, None) if self._characters < MAX_RECORD_CHARACTERS else None
        if line is None:
            return False
        self.lines.append(line)
        self.text, self.at = line.text, 0
        self._characters += len(line.text)
        return True


def _next_cell(read: _Reading, dialect: Dialect) -> tuple[str, bool, str | None]:
    """The cell, whether another one follows, and what is wrong."""
    opening, ending, bare = _patterns(dialect.delimiter)
    opened = opening.match(read.text, read.at)
    if opened is None:
        end = bare.match(read.text, read.at)
        cell, read.at = (end.group(1), end.end()) if end else ("", len(read.text))
        return _begun(cell, dialect), bool(end and end.group(2)), None
    read.at = opened.end()
    parts: list[str] = []
    while (closing := _closing_quote(read.text, read.at)) < 0:
        parts.append(read.text[read.at :])
        if not read.next_line():
            return "", False, UNCLOSED
    parts.append(read.text[read.at : closing])
    end = ending.match(read.text, closing + 1)
    if end is None:
        return "", False, NOT_DOUBLED
    read.at = end.end()
    return "".join(parts).replace('""', '"'), bool(end.group(1)), None


def _closing_quote(text: str, at: int) -> int:
    while (at := text.find('"', at)) >= 0 and text.startswith('""', at):
        at += 2
    return at


@lru_cache
def _patterns(delimiter: str) -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """What opens a quoted cell, what follows its closing quote, and a cell without quotes with what follows.

    `="007"` is how programs keep Excel from taking a text for a number.
    """
    mark = re.escape(delimiter)
    return (
        re.compile(r' *=?"' if delimiter != " " else '"'),
        re.compile(rf" *(?:({mark})|[\r\n]*\Z)"),
        re.compile(rf"([^{mark}]*?)(?:({mark})|[\r\n]*\Z)"),
    )
