"""What `ticketstream init` and `train` ask on a terminal, and what they say where nobody can answer."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from consumer.errors import ConfigurationError
from projects.files.project_file import Project
from projects.tickets.choosing import columns_without_category, still_fitting, undecided
from projects.tickets.labelled import Labelled, Spelling, read_all
from terminal.asking import Unanswered, ask, choose, somebody_is_there
from terminal.safe_text import printable
from tickets.files.ticket_file import Choices
from ticketstream.choices import Example

Files = Sequence[tuple[Path, Choices]]

_SOURCES = (
    "labelled tickets, such as an export of a help desk (--from FILE)",
    "the names of categories alone (--categories FILE or TEXT)",
    "the example that the demo ships, a bank's tickets (--example bank)",
)
_ONE_OF_THREE = (
    "say from what the project is made: --from FILE (labelled tickets), --categories FILE or TEXT (names alone),"
    " or --example"
    " bank"
)


class Told(NamedTuple):
    """What the command line said.

    Attributes:
        export: a file of labelled tickets.
        choices: what was said of that file.
        merge: `LABEL=LABEL`.
        categories: files and texts with names of categories.
        example: a project that is shipped.
        without_embedding: whether the model shall do without one.
        tickets: a file of tickets without labels, beside names.
    """

    export: Path | None
    choices: Choices
    merge: Sequence[str]
    categories: Sequence[str]
    example: Example | None
    without_embedding: bool = False
    tickets: Path | None = None


def with_source(told: Told) -> Told:
    """The same with one thing to make a project from; it is asked for when there is none.

    Raises:
        ConfigurationError: there are several, or none and nobody to ask.
    """
    given = [told.export is not None, bool(told.categories), told.example is not None].count(True)
    if given > 1:
        raise ConfigurationError(f"these exclude each other: {_ONE_OF_THREE}")
    if given == 1:
        return told
    if not somebody_is_there():
        raise ConfigurationError(_ONE_OF_THREE)
    try:
        match choose("From what shall the project be made?", _SOURCES):
            case 0:
                return told._replace(export=Path(_typed("Which file? CSV, TSV, JSON or JSON Lines")).expanduser())
            case 1:
                return told._replace(categories=[_typed("Which? Names with ; between them, or a file with one a line")])
            case _:
                return told._replace(example=Example.BANK)
    except Unanswered:
        raise ConfigurationError(_ONE_OF_THREE) from None


def _typed(question: str) -> str:
    for _ in range(3):
        if typed := ask(question).strip("'\""):
            return typed
    raise Unanswered


def with_category_column(path: Path, choices: Choices) -> Choices:
    """The same with the column of the category; it is asked for when none is called so.

    Raises:
        ConfigurationError: nobody says which.
        FileUnusable: the file cannot be read.
    """
    columns = columns_without_category(path, choices)
    if not columns:
        return choices
    place = None
    if somebody_is_there():
        with suppress(Unanswered):
            place = choose(f"{printable(str(path))}: which column holds the category?", columns)
    if place is None:
        named = printable(", ".join(columns[:20]))
        raise ConfigurationError(
            f"{path} has no column named category, or the like: name it with --map category=COLUMN (one of: {named})"
        )
    return choices._replace(chosen={**choices.chosen, "category": columns[place]})


def decided(files: Files, project: Project, merge: Sequence[str]) -> tuple[Labelled, Project]:
    """The tickets, and the project with what was decided about spellings that look like one label.

    Args:
        files: of labelled tickets, each with what was said of it.
        project: with what was decided before.
        merge: `LABEL=LABEL`, said this time.

    Raises:
        ConfigurationError: `merge` is not written like this.
        FileUnusable: a file cannot be read, or a label of `merge` does not occur.
    """
    merged = {**still_fitting(files, project.merge), **dict(_merge(one) for one in merge)}
    labelled = read_all(files, merged)
    apart = list(project.apart)
    asked = undecided(labelled, apart)
    if asked and somebody_is_there():
        for spelling in asked:
            found = _asked_about(spelling)
            merged |= found
            apart += [] if found else [frozenset(spelling.labels)]
        labelled = read_all(files, merged)
    # The report names what is left, with the option that would make it one.
    labelled = labelled._replace(alike=tuple(undecided(labelled, apart)))
    return labelled, project._replace(merge=merged, apart=tuple(apart))


def _merge(text: str) -> tuple[str, str]:
    old, equals, new = text.partition("=")
    if not equals or not old.strip() or not new.strip():
        raise ConfigurationError(f'--merge {text}: write LABEL=LABEL, such as --merge "Envío=Envíos"')
    return old.strip(), new.strip()


def _asked_about(spelling: Spelling) -> Mapping[str, str]:
    counted = [f"{label} ({count:,} tickets)" for label, count in zip(spelling.labels, spelling.counts, strict=True)]
    try:
        place = choose(
            f"These look like one label. Which spelling stays for all? {printable(', '.join(counted))}",
            spelling.labels,
            or_none="they are different labels",
        )
    except Unanswered:
        place = None
    if place is None:
        return {}
    stays = spelling.labels[place]
    return {label: stays for label in spelling.labels if label != stays}
