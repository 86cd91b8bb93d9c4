"""Labelled tickets, read from JSON Lines files."""

import gzip
import json
import zlib
from collections.abc import Iterator, Mapping, Sequence
from io import BufferedReader
from pathlib import Path
from typing import Any, NamedTuple

from tickets.text.cleaning import clean

MAX_CHARACTERS = 20_000
"""Only this much of a ticket is read: it limits the time for one ticket, and the main subject is at the top."""

ALL_SPLITS = "all"


class DataError(ValueError):
    """A file of tickets cannot be used. The message names file and line, and contains no text of a ticket."""


class LabelledTicket(NamedTuple):
    """One ticket with the label that people gave it.

    Attributes:
        subcategory: None when the source labels categories only.
        source: The data set; it names the model.
        split: The part of the data set, `train` or `bench` by convention; None when it is not divided.
    """

    subject: str
    description: str
    category: str
    subcategory: str | None
    source: str
    split: str | None

    @property
    def label(self) -> tuple[str, str | None]:
        return self.category, self.subcategory

    @property
    def text(self) -> str:
        return ticket_text(self.subject, self.description)


def ticket_text(subject: str, description: str) -> str:
    """The text that the model reads: cleaned subject, line break and cleaned description, cut at MAX_CHARACTERS."""
    cleaned = clean(subject, description)
    return f"{cleaned.subject}\n{cleaned.description}"[:MAX_CHARACTERS]


def read_tickets(paths: Sequence[Path], split: str) -> list[LabelledTicket]:
    """The tickets of one part of the given files, in the files' order.

    Args:
        paths: JSON Lines files, gzip-compressed when the name ends in `.gz`.
        split: Keep tickets with this `split`; `all` keeps every ticket.

    Raises:
        DataError: A file cannot be read, a line is not a labelled ticket, or no ticket belongs to the part.
    """
    tickets = [ticket for path in paths for ticket in _read_file(path)]
    kept = tickets if split == ALL_SPLITS else [ticket for ticket in tickets if ticket.split == split]
    if kept:
        return kept
    names = ", ".join(str(path) for path in paths)
    found = sorted({ticket.split or "(none)" for ticket in tickets})
    raise DataError(
        f"{names}: no ticket has the split {split!r} (found: {', '.join(found) or 'no tickets'}); "
        f"choose one with --split, or take every ticket with --split {ALL_SPLITS}"
    )


def _read_file(path: Path) -> Iterator[LabelledTicket]:
    try:
        with _open(path) as lines:
            for number, line in enumerate(lines, start=1):
                if line.strip():
                    yield _parse(line, f"{path}:{number}")
    except (OSError, EOFError, zlib.error) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "not a readable gzip file"
        raise DataError(f"{path}: cannot be read: {reason}") from error


def _open(path: Path) -> gzip.GzipFile | BufferedReader:
    return gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb")


def _parse(line: bytes, location: str) -> LabelledTicket:
    try:
        row = json.loads(line)
    except ValueError:
        # The decoder's own message and its chain would contain the line.
        raise DataError(f"{location}: not a line of JSON in UTF-8") from None
    if not isinstance(row, dict):
        raise DataError(f"{location}: not a JSON object")
    ticket = LabelledTicket(
        subject=_string(row, "subject", location) or "",
        description=_string(row, "description", location) or "",
        category=_string(row, "category", location) or "",
        subcategory=_string(row, "subcategory", location) or None,
        source=_string(row, "source", location) or "tickets",
        split=_string(row, "split", location) or None,
    )
    if not ticket.category:
        raise DataError(f"{location}: category is missing or empty")
    if not ticket.text.strip():
        raise DataError(f"{location}: subject and description are both missing or empty")
    return ticket


def _string(row: Mapping[str, Any], field: str, location: str) -> str | None:
    value = row.get(field)
    if value is not None and not isinstance(value, str):
        raise DataError(f"{location}: {field} is not a string")
    return value
