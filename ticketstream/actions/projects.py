"""Makes projects of one's own, and trains them again."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from consumer.answer.taxonomy import from_document, shipped_text
from consumer.answer.taxonomy_file import parse
from consumer.errors import ConfigurationError
from projects.files import folder as folders
from projects.files import succession
from projects.files.folder import README, SETTINGS, TAXONOMY, Contents
from projects.files.folder_lock import locked
from projects.files.incoming import Copies, as_file, copies_of, train_parts
from projects.files.project_file import Project
from projects.files.project_texts import readme_text, settings_text
from projects.tickets.file_trouble import file_trouble
from projects.tickets.relabelling import relabelled
from projects.tickets.spellings import slug
from sandbox.labelled import ENGLISH, SPANISH
from tickets.files.columns import chosen_columns, named_columns
from tickets.files.formats import Format
from tickets.files.names import LABELLED
from tickets.files.plain_text import UnreadableText, read_text, why_unread
from tickets.files.ticket_file import Choices
from ticketstream import project_shown
from ticketstream.project_of_names import make_of_names
from ticketstream.project_questions import Told, decided, with_category_column, with_source
from ticketstream.project_training import learn_with_progress

if TYPE_CHECKING:
    from projects.files.project_file import Source

__all__ = ["Told", "choices_of", "make_project", "train_project"]


def make_project(folder: Path, told: Told, *, as_json: bool) -> None:
    """Make a project, or make it again, and print the report.

    Args:
        folder: a new one, or a project's.
        told: what the command line said.
        as_json: whether the report is one line of JSON.

    Raises:
        ConfigurationError: something is missing and nobody can be asked, or cannot be used.
        TicketstreamError: nothing can be learned from the tickets.
    """
    told = with_source(told)
    _refuse_options_of_files(told)
    # Refused before anything is made, and read again when no other command can change it any more.
    _fitting(folders.opened(folder), folder, told)
    with _prepared(folder), file_trouble(), tempfile.TemporaryDirectory() as made:
        project = _fitting(folders.opened(folder), folder, told)
        told = _as_file(told, Path(made))
        if told.categories:
            make_of_names(folder, project, told, _today(), as_json=as_json)
        elif told.export:
            _learn(folder, project, told, copies_of(folder, project, told.export, again=True), as_json=as_json)
        else:
            copies = train_parts((ENGLISH, SPANISH), folder, project, Path(made))
            _learn(folder, project, told, copies, as_json=as_json)


def train_project(folder: Path, told: Told, *, as_json: bool) -> None:
    """Train a project's model again; arguments and errors are those of `make_project`."""
    folders.existing(folder)
    _refuse_options_of_files(told)
    with _prepared(folder), file_trouble(), tempfile.TemporaryDirectory() as made:
        project = folders.existing(folder)
        told = _as_file(told, Path(made))
        copies = copies_of(folder, project, told.export, again=False) if told.export else {}
        _learn(folder, project, told, copies, as_json=as_json)


def choices_of(
    file_format: Format | None, encoding: str | None, delimiter: str | None, columns: str | None, mapped: Sequence[str]
) -> Choices:
    """What the options say of a file.

    Raises:
        ConfigurationError: an option names no field, or one twice.
    """
    with file_trouble():
        return Choices(file_format, encoding, delimiter, named_columns(columns), chosen_columns(mapped, LABELLED))


def _refuse_options_of_files(told: Told) -> None:
    if told.tickets is not None and not told.categories:
        raise ConfigurationError("--tickets is for --categories; labelled tickets go with --from")
    if told.export is None and told.tickets is None and told.choices != Choices(chosen={}):
        raise ConfigurationError(
            "--map, --columns, --delimiter, --encoding and --format are about the file of --from or --tickets"
        )


def _as_file(told: Told, made: Path) -> Told:
    """The same with a file that can be read again and kept, where standard input or a pipe was named."""
    return told if told.export is None else told._replace(export=as_file(told.export, told.choices, made))


def _fitting(project: Project | None, folder: Path, told: Told) -> Project:
    """The project that the folder holds, or a new one.

    Raises:
        ConfigurationError: it was made from something that does not go together with this.
    """
    source: Source = "tickets" if told.export else "categories" if told.categories else "example"
    if project is None:
        return Project(source)
    if project.source == source or (project.source, source) == ("categories", "tickets"):
        return project
    was = {"tickets": "labelled tickets", "categories": "names of categories", "example": "the example bank"}
    raise ConfigurationError(
        f"{folder} was made from {was[project.source]}: name a new folder, or train it again with"
        f" `ticketstream train {folder}`"
    )


@contextmanager
def _prepared(folder: Path) -> Iterator[None]:
    """Have a folder that can be written, by this command alone; a new one is gone again when nothing was made."""
    folders.prepare(folder)
    with locked(folder):
        try:
            yield
        finally:
            folders.abandon(folder)


def _learn(folder: Path, project: Project, told: Told, copies: Copies, *, as_json: bool) -> None:
    """Learn from the files in `tickets/` and those that come, and write everything."""
    project, files = _read_as(folder, project, told, copies)
    if not files:
        raise ConfigurationError(
            f"{folder / folders.TICKETS} is empty: put labelled tickets there, or name a file with --from"
        )
    labelled, project = decided(files, project, told.merge)
    current = _current(folder, project)
    if current:
        labelled = relabelled(labelled, from_document(parse(current, str(folder / TAXONOMY))))
    learned = learn_with_progress(
        labelled, slug(folder.resolve().name), _today(), without_embedding=told.without_embedding
    )
    changed = folders.was_changed(folder, project, TAXONOMY)
    text = succession.next_text(learned.taxonomy, current, project.source, changed=changed, today=_today())
    kept = folders.install(folder, project, Contents(_texts(folder, project, text), copies, learned.model))
    project_shown.show_learned(learned, as_json=as_json)
    project_shown.tell_kept(folder, kept)
    project_shown.tell_unknown(folder, kept, labelled)
    if project.written:
        project_shown.tell_again(folder)
    project_shown.tell_next(folder, learned.report.model, as_json=as_json)


def _read_as(folder: Path, project: Project, told: Told, copies: Copies) -> tuple[Project, list[tuple[Path, Choices]]]:
    """How each file is read, those in `tickets/` and those that come; columns that are not found are asked for."""
    there = {path.name: (path, choices) for path, choices in folders.tickets_of(folder, project)}
    coming = {name: (path, told.choices) for name, path in copies.items()}
    if told.export and not copies:
        coming = {told.export.name: (there[told.export.name][0], told.choices)}
    files = {name: (path, with_category_column(path, choices)) for name, (path, choices) in {**there, **coming}.items()}
    return project._replace(files={name: choices for name, (_, choices) in files.items()}), list(files.values())


def _current(folder: Path, project: Project) -> str | None:
    """The text of the taxonomy whose labels count already."""
    if project.source == "example":
        return shipped_text()
    path = folder / TAXONOMY
    try:
        return read_text(path)
    except FileNotFoundError:
        return None
    except (OSError, UnreadableText) as error:
        raise ConfigurationError(f"{path} cannot be read: {why_unread(error)}") from None


def _texts(folder: Path, project: Project, taxonomy: str) -> dict[str, str]:
    own_policy = folders.has_own_policy(folder, project)
    return {
        TAXONOMY: taxonomy,
        SETTINGS: settings_text(with_model=True, own_policy=own_policy),
        README: readme_text(folder.resolve().name, with_model=True),
    }


def _today() -> date:
    return datetime.now(UTC).date()
