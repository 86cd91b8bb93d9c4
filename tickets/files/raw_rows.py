"""Rows as they stand in a file, by its format."""

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any, NamedTuple, TextIO

from tickets.files.bad_lines import BadLine
from tickets.files.csv_header import Table
from tickets.files.dialect import separator_line
from tickets.files.json_rows import Cell, flattened
from tickets.files.json_values import NotJson, elements, parsed
from tickets.files.lines import CUT, MAX_LINE_CHARACTERS, Line, Lines, numbered
from tickets.files.records import Record, records

NOT_JSON = "is not JSON"
NO_OBJECT = "is not a JSON object"


class RawRow(NamedTuple):
    """One row, and its first line.

    Attributes:
        objects: The names of the objects within, in JSON; their values are cells with names of their own.
    """

    line: int
    columns: tuple[str, ...]
    cells: Sequence[Cell]
    objects: tuple[str, ...] = ()


def csv_rows(text: TextIO, table: Table) -> Iterator[RawRow | BadLine]:
    """The rows of CSV; rows without any value are left out."""
    found = records(csv_lines(text), table.dialect)
    if table.begins_with_header:
        next(found, None)
    for record in found:
        if isinstance(record, BadLine):
            yield record
        elif any(cell and not cell.isspace() for cell in record.cells):
            yield _as_wide_as(table.header, record)


def csv_lines(text: TextIO) -> Lines:
    """The lines of a CSV file behind `sep=;`."""
    lines = numbered(text)
    first = next(lines, None)
    if first is None or separator_line(first):
        return Lines(lines)
    return Lines(chain([first], lines))


def _as_wide_as(header: tuple[str, ...], record: Record) -> RawRow | BadLine:
    cells = record.cells
    if any(CUT in cell for cell in cells):
        return _too_long(record.line)
    if len(cells) < len(header) or any(cell.strip() for cell in cells[len(header) :]):
        return BadLine(record.line, f"has {len(cells)} cells, and the header has {len(header)}")
    return RawRow(record.line, header, cells[: len(header)])


def _too_long(line: int) -> BadLine:
    return BadLine(line, f"is longer than {MAX_LINE_CHARACTERS:,} characters")


def jsonl_rows(text: TextIO) -> Iterator[RawRow | BadLine]:
    """The rows of JSON Lines; empty lines are left out."""
    for line in numbered(text):
        if line.text.strip():
            yield _too_long(line.number) if CUT in line.text else _json_line(line)


def _json_line(line: Line) -> RawRow | BadLine:
    try:
        return _json_row(line.number, parsed(line.text))
    except NotJson:
        return BadLine(line.number, NOT_JSON)


def _json_row(line: int, value: Any) -> RawRow | BadLine:
    if not isinstance(value, dict):
        return BadLine(line, NO_OBJECT)
    try:
        found = list(flattened(value))
    except RecursionError:
        return BadLine(line, NOT_JSON)
    cells = [pair for pair in found if not isinstance(pair[1], dict)]
    objects = tuple(name for name, inner in found if isinstance(inner, dict) and inner)
    return RawRow(line, tuple(name for name, _ in cells), [cell for _, cell in cells], objects)


def json_rows(text: TextIO, within: str | None) -> Iterator[RawRow | BadLine]:
    """The rows of a JSON document.

    Args:
        text: The file.
        within: The name of the list that holds them: empty where the document is the list, None where it is one row.
    """
    if within is None:
        yield _json_row(1, parsed(text.read()))
        return
    line = 1
    try:
        for element in elements(text):
            line = element.line
            if element.in_list and element.name == within:
                yield _json_row(line, element.value)
    except NotJson:
        yield BadLine(line, "is not JSON in this row or behind it; the rest of the file was not read")
