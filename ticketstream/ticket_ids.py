"""The ids of tickets that a user names in a file: one a line, or a column of a CSV."""

import csv
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import TextIO

from consumer.errors import ConfigurationError
from network.errors import text_of as reason_of
from tickets.files.bad_lines import FileRefused, listed
from tickets.files.columns import folded
from tickets.files.encoding import found
from tickets.files.names import ID
from tickets.files.open_file import STANDARD_INPUT, chunks, opened, text_of

_DELIMITERS = ",;\t|"
_ID_NAMES = frozenset(folded(name) for name in ID)


def ids_in(path: Path, column: str | None) -> list[str]:
    """Read a file, each id once, in its order.

    A file whose first line names a column of ids (`ticket_id`, `case number`) is a CSV, and any other has an id a line.

    Args:
        path: of the file, also compressed by gzip; `-` is standard input.
        column: the column's name, when it is a CSV and the name is another.

    Raises:
        ConfigurationError: it cannot be read, has no such column, or holds no id.
    """
    name = "standard input" if path == STANDARD_INPUT else str(path)
    try:
        with opened(path) as source, text_of(source, found(chunks(source))) as text:
            ids = list(dict.fromkeys(filter(None, _ids(text, column))))
    except OSError as error:
        raise ConfigurationError(f"{name} cannot be read: {reason_of(error)}") from error
    except FileRefused as error:
        raise ConfigurationError(f"{name} {error}") from None
    if not ids:
        raise ConfigurationError(f"{name} names no ticket; write one id a line, or a CSV with a column ticket_id")
    return ids


def _ids(text: TextIO, column: str | None) -> Iterator[str]:
    first = text.readline()
    delimiter = max(_DELIMITERS, key=first.count)
    names = next(csv.reader([first], delimiter=delimiter), [])
    wanted = _ID_NAMES if column is None else {folded(column)}
    position = next((number for number, name in enumerate(names) if folded(name) in wanted), None)
    if position is not None:
        yield from (row[position].strip() for row in csv.reader(text, delimiter=delimiter) if len(row) > position)
    elif column is not None:
        raise FileRefused(f"has no column {column}; its first line names {listed(names)}: choose with --column")
    else:
        yield from (line.strip() for line in chain([first], text))
