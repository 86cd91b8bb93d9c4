"""Makes projects of categories that have names and perhaps sentences, and no labelled ticket."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from consumer.answer.taxonomy import Taxonomy, from_document
from consumer.answer.taxonomy_file import parse
from consumer.errors import ConfigurationError
from projects.files import folder as folders
from projects.files import succession
from projects.files.folder import README, SETTINGS, TAXONOMY, Contents
from projects.files.project_file import Project
from projects.files.project_texts import readme_text, settings_text, texts_of_names
from projects.names import named_model
from projects.names.category_list import Named, read_list
from projects.names.named_categories import language_of, taxonomy_of
from projects.names.named_model import ENOUGH_TEXTS, NamedModel
from projects.tickets.spellings import slug
from terminal.output import console, tell
from terminal.safe_text import printable
from tickets.files.plain_text import UnreadableText, read_text
from ticketstream import named_shown, project_shown
from ticketstream.names_asked import with_other_names
from ticketstream.project_questions import Told


def make_of_names(folder: Path, project: Project, told: Told, today: date, *, as_json: bool) -> None:
    """Make a project of names, or make it again, and print what it can do.

    Args:
        folder: a new one, or the project's.
        project: as it was opened.
        told: what the command line said, with categories.
        today: for the versions of taxonomy and model.
        as_json: whether the report is one line of JSON.

    Raises:
        ConfigurationError: the names, or the file of tickets, cannot be used.
        DataError: there is nothing to compare tickets with.
    """
    _refuse_learned(folder)
    listed = read_list(told.categories)
    texts = named_model.texts_in(told.tickets, told.choices) if told.tickets else []
    notes = [*listed.notes, *_too_few(told, len(texts))]
    current = _current(folder)
    language = language_of(listed.named)
    named = with_other_names(listed.named, language, _taxonomy(current))
    text = taxonomy_of(named, today, language)
    if current is not None and _taxonomy(current):
        text = succession.with_next_version(text, current, today)
    taxonomy = from_document(parse(text, TAXONOMY))
    made = _made(folder, named, texts, today, without=told.without_embedding)
    files = _texts(folder, project, text, with_model=made.model is not None)
    kept = folders.install(folder, project, Contents(files, {}, made.model))
    if made.model is None:
        folders.remove_model(folder)
    named_shown.show(taxonomy, made, as_json=as_json)
    for note in notes:
        tell(printable(f"{note}."))
    project_shown.tell_kept(folder, kept)
    if project.written:
        project_shown.tell_again(folder)
    named_shown.tell_next(folder, len(named), made, as_json=as_json)


def _refuse_learned(folder: Path) -> None:
    if folders.labelled_tickets(folder):
        raise ConfigurationError(
            f"{folder} has learned from labelled tickets, and more than their names is known of its categories. Add one"
            f" to {folder / TAXONOMY} and tickets of it to {folder / folders.TICKETS}, then `ticketstream train"
            f" {folder}`; or name a new folder"
        )


def _too_few(told: Told, tickets: int) -> list[str]:
    if told.tickets is None or told.without_embedding or tickets >= ENOUGH_TEXTS:
        return []
    return [
        f"{told.tickets} holds {tickets} tickets with a text: {ENOUGH_TEXTS} of a language are the fewest that help"
    ]


def _current(folder: Path) -> str | None:
    try:
        return read_text(folder / TAXONOMY)
    except (OSError, UnreadableText):
        # What people have put there stays as it is: see `folders.install`.
        return None


def _taxonomy(text: str | None) -> Taxonomy | None:
    try:
        return None if text is None else from_document(parse(text, TAXONOMY))
    except ConfigurationError:
        return None


def _made(folder: Path, named: Sequence[Named], texts: Sequence[str], today: date, *, without: bool) -> NamedModel:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("reading names and tickets", total=None)
        return named_model.model_here(
            named,
            texts,
            name=slug(folder.resolve().name),
            today=today,
            without_embedding=without,
            on_progress=lambda done: progress.update(task, completed=done),
        )


def _texts(folder: Path, project: Project, taxonomy: str, *, with_model: bool) -> dict[str, str]:
    name = folder.resolve().name
    if with_model:
        return {TAXONOMY: taxonomy, **texts_of_names(name)}
    return {
        TAXONOMY: taxonomy,
        SETTINGS: settings_text(with_model=False, own_policy=folders.has_own_policy(folder, project)),
        README: readme_text(name, with_model=False),
    }
