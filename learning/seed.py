"""Labelled tickets that were there before anybody judged an answer: of a project, or of a file."""

from pathlib import Path
from typing import Final, NamedTuple

from classifier.tickets import FileUnusable
from consumer.answer.taxonomy import Taxonomy
from consumer.errors import ConfigurationError
from learning.choosing import Row
from learning.texts import text_id_of
from projects.files import folder as folders
from projects.files import project_file
from projects.tickets.choosing import still_fitting
from projects.tickets.labelled import Labelled, read_all
from projects.tickets.relabelling import relabelled
from projects.tickets.spellings import slug
from tickets.files.bad_lines import FileRefused
from tickets.files.names import LABELLED
from tickets.files.rows import Row as FileRow
from tickets.files.ticket_file import Choices, opened_tickets

_TRAIN: Final = "train"
_MEND: Final = "name a file of labelled tickets, or the folder of a project, with LEARN_SEED"


class Seed(NamedTuple):
    """Rows to begin with.

    Attributes:
        rows: in labels as the taxonomy has them, where it knows them.
        name: first part of the versions of models.
        source: what people call the place.
        model: the folder of a model that was made of them; None where there is none.
    """

    rows: tuple[Row, ...]
    name: str
    source: str
    model: Path | None


def is_project(folder: Path) -> bool:
    """Whether a folder holds a project."""
    return (folder / project_file.NAME).is_file()


def read_seed(place: Path, taxonomy: Taxonomy, key: bytes | None) -> Seed:
    """The labelled tickets of a project's folder, or of a file.

    Of a file whose rows say to which part they belong (`split`), those with `train` are taken.

    Args:
        place: the folder or the file.
        taxonomy: the one in use.
        key: FINGERPRINT_KEY.

    Raises:
        ConfigurationError: there is nothing of that kind, or it cannot be used.
    """
    try:
        return _of_project(place, taxonomy, key) if place.is_dir() else _of_file(place, taxonomy, key)
    except (FileUnusable, FileRefused) as error:
        raise ConfigurationError(f"no seed rows: {error}; {_MEND}") from None


def _of_project(folder: Path, taxonomy: Taxonomy, key: bytes | None) -> Seed:
    project = folders.existing(folder)
    files = folders.tickets_of(folder, project)
    if not files:
        raise ConfigurationError(f"no seed rows: {folder / folders.TICKETS} is empty; {_MEND}")
    rows = _rows(read_all(files, still_fitting(files, project.merge)), taxonomy, key)
    model = folder / folders.MODEL if folders.labelled_tickets(folder) else None
    name = slug(folder.resolve().name)
    return Seed(rows, name, f"{name}/{folders.TICKETS}", model)


def _of_file(path: Path, taxonomy: Taxonomy, key: bytes | None) -> Seed:
    if not path.exists():
        raise ConfigurationError(f"no seed rows: {path} does not exist; {_MEND}")
    other_parts = _lines_of_other_parts(path)
    labelled = read_all([(path, Choices())], {})
    kept = tuple(example for example in labelled.examples if example.line not in other_parts)
    if not kept:
        raise ConfigurationError(f"no seed rows: no row of {path} has the split {_TRAIN}; {_MEND}")
    rows = _rows(labelled._replace(examples=kept), taxonomy, key)
    return Seed(rows, slug(path.name.partition(".")[0]), path.name, None)


def _lines_of_other_parts(path: Path) -> frozenset[int]:
    """The lines of tickets that are kept to measure models; none where no row says to which part it belongs."""
    try:
        with opened_tickets(path, LABELLED, Choices()) as file:
            parts = {row.line: row.fields["split"] for row in file.rows() if isinstance(row, FileRow)}
    except OSError as error:
        raise FileUnusable(f"{path}: cannot be read: {error.strerror or 'not a readable gzip file'}") from error
    return frozenset(line for line, part in parts.items() if part != _TRAIN) if any(parts.values()) else frozenset()


def _rows(labelled: Labelled, taxonomy: Taxonomy, key: bytes | None) -> tuple[Row, ...]:
    return tuple(
        Row(
            kind="seed",
            event_id="",
            text_id=text_id_of(example.subject, example.description, key),
            subject=example.subject,
            description=example.description,
            category=example.category,
            subcategory=example.subcategory,
        )
        for example in relabelled(labelled, taxonomy).examples
    )
