"""The header of a CSV file, and with it the delimiter."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple, TextIO

from tickets.files.bad_lines import FileRefused, listed, shown
from tickets.files.columns import Chosen, Doubled, layout
from tickets.files.dialect import dialect_of, found_delimiter, separator_line
from tickets.files.encoding import BAD_BYTE
from tickets.files.lines import Line, Lines, numbered
from tickets.files.names import Fields
from tickets.files.records import Dialect, Record, records

_SAMPLE_CHARACTERS = 256 * 1024


class Table(NamedTuple):
    """How a CSV file is read.

    Attributes:
        dialect: How its cells are told apart.
        header: The names of its columns.
        begins_with_header: Whether they stand in its first line.
    """

    dialect: Dialect
    header: tuple[str, ...]
    begins_with_header: bool


def table_of(text: TextIO, delimiter: str | None, columns: Sequence[str], fields: Fields, chosen: Chosen) -> Table:
    """Look at the first lines of a CSV file.

    Args:
        text: The file.
        delimiter: What a user named; without it `sep=;` in the first line counts, or else the best one.
        columns: The names of the columns, when a user named them because there is no header.
        fields: The wanted fields.
        chosen: The columns that a user chose for some of them.

    Raises:
        FileRefused: the file is empty, or no column holds subject or description.
    """
    lines = list(_beginning(text))
    if not lines:
        raise FileRefused("is empty")
    said = separator_line(lines[0])
    sample = lines[1:] if said else lines
    delimiter = delimiter or said or found_delimiter(sample, lambda cells: _suits(cells, columns, fields, chosen))
    first = next((line for line in sample if line.text.strip()), None)
    dialect = dialect_of(first, delimiter)
    header = tuple(columns) or _header(sample, dialect)
    _refuse_without_text(header, fields, chosen)
    return Table(dialect, header, not columns)


def _beginning(text: TextIO) -> Iterator[Line]:
    size = 0
    for line in numbered(text):
        yield line
        size += len(line.text)
        if size > _SAMPLE_CHARACTERS:
            return


def _suits(cells: Sequence[str], columns: Sequence[str], fields: Fields, chosen: Chosen) -> int:
    """How many fields the cells of the first record name, or whether they are as many as the named columns."""
    if columns:
        return int(len(cells) == len(columns))
    try:
        places = layout(cells, fields, chosen)
    except Doubled:
        return 1
    return sum(bool(at) for at in places.fields.values())


def _header(sample: Sequence[Line], dialect: Dialect) -> tuple[str, ...]:
    first = next(records(Lines(sample), dialect), None)
    if not isinstance(first, Record):
        raise FileRefused(f"has a first line that {first.problem}" if first else "is empty")
    if any(BAD_BYTE in cell for cell in first.cells):
        raise FileRefused("has a first line in another encoding; name it with --encoding")
    if not any(cell.strip() for cell in first.cells):
        raise FileRefused("has a first line that names no columns")
    return tuple(first.cells)


def _refuse_without_text(header: tuple[str, ...], fields: Fields, chosen: Chosen) -> None:
    try:
        places = layout(header, fields, chosen)
    except Doubled as doubled:
        raise FileRefused(str(doubled)) from None
    if places.missing:
        raise FileRefused(f"has no column {shown(places.missing[0])}; its columns are {listed(header)}")
    if not places.fields["subject"] and not places.fields["description"]:
        raise FileRefused(
            f"has no column named subject or description, or the like, in its first line ({listed(header)}); name it "
            "with --map description=COLUMN, or give the names of all columns with --columns when that line is a row"
        )
