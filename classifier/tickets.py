"""Labelled tickets, read from files."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from tickets.files.bad_lines import BadLine, FileRefused
from tickets.files.names import LABELLED
from tickets.files.rows import Row
from tickets.files.ticket_file import Choices, TicketFile, opened_tickets
from tickets.text.cleaning import clean

MAX_CHARACTERS = 20_000
"""Only this much of a ticket is read: it limits the time for one ticket, and the main subject is at the top."""

ALL_SPLITS = "all"
TRAIN_SPLIT = "train"

FOUND = Choices()
"""Everything about a file is found out."""


class DataError(ValueError):
    """A file of tickets cannot be used. The message names file and line, and contains no text of a ticket."""


class FileUnusable(DataError):
    """The whole file is wrong, or the options for it: nothing of it was read."""


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


def read_tickets(paths: Sequence[Path], split: str | None, choices: Choices = FOUND) -> list[LabelledTicket]:
    """The tickets of one part of the given files, in the files' order.

    Args:
        paths: CSV, TSV, JSON or JSON Lines, also compressed by gzip. Their columns are found by their names.
        split: Keep tickets with this `split`; `all` keeps every ticket. None keeps those to learn from: `train`, or
            every ticket where none has a split.
        choices: What need not be found: columns, delimiter, encoding.

    Raises:
        DataError: A file cannot be read, a line is not a labelled ticket, or no ticket belongs to the part.
    """
    tickets = [ticket for path in paths for ticket in _read_file(path, choices)]
    if split is None:
        split = TRAIN_SPLIT if any(ticket.split for ticket in tickets) else ALL_SPLITS
    kept = tickets if split == ALL_SPLITS else [ticket for ticket in tickets if ticket.split == split]
    if kept:
        return kept
    names = ", ".join(str(path) for path in paths)
    found = sorted({ticket.split or "(none)" for ticket in tickets})
    raise FileUnusable(
        f"{names}: no ticket has the split {split!r} (found: {', '.join(found) or 'no tickets'}); "
        f"choose one with --split, or take every ticket with --split {ALL_SPLITS}"
    )


def _read_file(path: Path, choices: Choices) -> Iterator[LabelledTicket]:
    try:
        with opened_tickets(path, LABELLED, choices) as file:
            _refuse_without_category(path, file)
            for row in file.rows():
                yield _labelled(row, f"{path}:{row.line}")
    except OSError as error:
        raise FileUnusable(f"{path}: cannot be read: {error.strerror or 'not a readable gzip file'}") from error
    except FileRefused as refused:
        raise FileUnusable(f"{path}: {refused}") from None


def _refuse_without_category(path: Path, file: TicketFile) -> None:
    if file.form.table and not file.used["category"]:
        raise FileUnusable(f"{path}: has no column named category, or the like; name it with --map category=COLUMN")


def _labelled(row: Row | BadLine, location: str) -> LabelledTicket:
    if isinstance(row, BadLine):
        raise DataError(f"{location}: {row.problem}")
    fields = row.fields
    ticket = LabelledTicket(
        subject=fields["subject"] or "",
        description=fields["description"] or "",
        category=fields["category"] or "",
        subcategory=fields["subcategory"] or None,
        source=fields["source"] or "tickets",
        split=fields["split"] or None,
    )
    if not ticket.category:
        raise DataError(f"{location}: category is missing or empty")
    if not ticket.text.strip():
        raise DataError(f"{location}: subject and description are both missing or empty")
    return ticket
