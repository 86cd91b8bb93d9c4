"""Files of labelled tickets on their way into a project."""

import gzip
import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from classifier.tickets import FileUnusable
from consumer.errors import ConfigurationError
from projects.files.folder import TICKETS, was_changed
from projects.files.project_file import Project
from tickets.files.names import LABELLED
from tickets.files.open_file import STANDARD_INPUT, opened
from tickets.files.ticket_file import Choices, opened_tickets

_PIPED = "standard-input"

Copies = Mapping[str, Path]
"""The file to copy, by the name that it gets in `tickets/`."""


def as_file(export: Path, choices: Choices, made: Path) -> Path:
    """A file of the same bytes, where standard input (`-`) or a pipe was named; a file is itself.

    Args:
        export: what was named.
        choices: what was said of it; its name gets the ending of its format.
        made: an empty folder for the file.

    Raises:
        FileUnusable: it cannot be read.
        FileRefused: it holds no text.
    """
    if export != STANDARD_INPUT and not export.is_fifo():
        return export
    copy = made / _PIPED
    try:
        with opened(export) as source, source() as piped, copy.open("wb") as file:
            shutil.copyfileobj(piped, file)
        with opened_tickets(copy, LABELLED, choices) as tickets:
            ending = "tsv" if choices.format == "tsv" else tickets.form.format
    except OSError as error:
        raise FileUnusable(f"{export}: cannot be read: {error.strerror or error}") from error
    return copy.rename(copy.with_name(f"{_PIPED}.{ending}"))


def copies_of(folder: Path, project: Project, export: Path, *, again: bool) -> Copies:
    """How a file gets into `tickets/`; nothing is to be copied where it is there already.

    Args:
        folder: the project's.
        project: what was written into it.
        export: the file.
        again: whether a file of this name takes the place of the one that we copied before; it gets a free name if not.

    Raises:
        ConfigurationError: it is no file, or its place holds what people changed.
    """
    if not export.is_file():
        what = "is no file" if export.exists() else "does not exist"
        raise ConfigurationError(f"--from {export}: it {what}; name a CSV, TSV, JSON or JSON Lines file")
    tickets = folder / TICKETS
    if export.resolve().parent == tickets.resolve():
        return {}
    place = tickets / export.name
    if not place.exists() or place.read_bytes() == export.read_bytes():
        return {export.name: export}
    if not again:
        return {_free_name(tickets, export.name): export}
    if was_changed(folder, project, f"{TICKETS}/{export.name}"):
        raise ConfigurationError(
            f"{place} was changed since it was copied, and stays: train from it with `ticketstream train`, or rename"
            f" {export} if both are wanted"
        )
    return {export.name: export}


def _free_name(tickets: Path, name: str) -> str:
    stem, dot, endings = name.partition(".")
    number = 2
    while (tickets / f"{stem}-{number}{dot}{endings}").exists():
        number += 1
    return f"{stem}-{number}{dot}{endings}"


def train_parts(packs: Sequence[Path], folder: Path, project: Project, made: Path) -> Copies:
    """The tickets of shipped packs that models learn from, as files to copy; what people changed stays.

    Args:
        packs: JSON Lines, also compressed by gzip, with a `split`.
        folder: the project's.
        project: what was written into it.
        made: an empty folder for the files.
    """
    copies = {}
    for pack in packs:
        name = pack.name.removesuffix(".gz")
        text = gzip.decompress(pack.read_bytes()) if pack.suffix == ".gz" else pack.read_bytes()
        rows = [line for line in text.decode().splitlines() if json.loads(line)["split"] == "train"]
        (made / name).write_text("".join(f"{row}\n" for row in rows), "utf-8")
        if not was_changed(folder, project, f"{TICKETS}/{name}"):
            copies[name] = made / name
    return copies
