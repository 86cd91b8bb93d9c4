"""Checks, measures and changes the file of a taxonomy."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, date, datetime
from pathlib import Path

import typer

from consumer.answer.keyword_rules import Rules
from consumer.answer.taxonomy import Taxonomy, from_document
from consumer.answer.taxonomy_file import parse
from consumer.config.settings import load_settings
from consumer.errors import ConfigurationError, TicketstreamError
from projects.files import folder, project_file, taxonomy_edit
from projects.files.folder_lock import locked
from projects.files.label_changes import raised
from projects.rules import keyword_precision, measured_tickets
from projects.rules.keyword_precision import Ticket
from projects.rules.measured_tickets import FIELDS, Measurable
from projects.tickets.file_trouble import file_trouble
from terminal.exit_codes import ExitCode
from terminal.output import say, tell
from terminal.safe_text import printable
from terminal.tables import Grid, laid_out
from tickets.files.columns import chosen_columns
from tickets.files.plain_text import UnreadableText, read_text, why_unread
from tickets.files.ticket_file import Choices

_NAMED = 10


def check_taxonomy(file: Path | None) -> None:
    """Say that a taxonomy can be used.

    Raises:
        ConfigurationError: it cannot; the message names every problem.
    """
    path, text = _opened(file)
    taxonomy = from_document(parse(text, str(path)))
    subcategories = sum(map(len, taxonomy.subcategories.values()))
    counted = ", ".join(
        (
            _counted(len(taxonomy.subcategories), "category", "categories"),
            _counted(subcategories, "subcategory", "subcategories"),
            _counted(len(taxonomy.keywords), "keyword", "keywords"),
        )
    )
    say(f"ok: {counted}, languages {', '.join(taxonomy.languages)} ({_shown(path)}, version {taxonomy.version})")


def measure_taxonomy(
    file: Path | None, tickets: Sequence[Path], split: str, mapped: Sequence[str], *, only_check: bool
) -> None:
    """Measure keywords and rules, and write the keywords' figures into the file.

    Args:
        file: the taxonomy; None for that of the settings or of this folder.
        tickets: files of labelled tickets; none for those of the project.
        split: the part of the tickets that counts.
        mapped: columns that were named.
        only_check: whether to change nothing.

    Raises:
        ConfigurationError: the taxonomy or a file of tickets cannot be used.
        TicketstreamError: a keyword cannot be measured.
        typer.Exit: with 1, when only checking finds other figures.
    """
    with nullcontext() if only_check else _alone_with(file):
        _measure(file, tickets, split, mapped, only_check=only_check)


def _measure(
    file: Path | None, tickets: Sequence[Path], split: str, mapped: Sequence[str], *, only_check: bool
) -> None:
    path, text = _opened(file)
    # Its labels are needed to read the tickets; figures may still be missing.
    taxonomy = from_document(parse(keyword_precision.with_figures(text), str(path)))
    with file_trouble():
        read = _measurable(path, taxonomy, tickets, split, mapped)
    try:
        measured, unmeasured = keyword_precision.measured(text, str(path), read.tickets)
    except ValueError as error:
        raise TicketstreamError(str(error)) from None
    if only_check:
        if measured != text:
            tell(f"{_shown(path)}: the figures are not up to date; write them with `ticketstream taxonomy measure`")
            raise typer.Exit(ExitCode.FAILED)
        say(f"{_shown(path)}: the figures are those of {len(read.tickets):,} labelled tickets")
        return
    now = from_document(parse(measured, str(path)))
    if measured == text:
        say(f"{_shown(path)}: the figures were those of {len(read.tickets):,} labelled tickets already")
    else:
        measured = taxonomy_edit.with_version(measured, raised(now.version, _today()))
        folder.replace(path, measured)
        number = len(now.keywords) - len(unmeasured)
        say(f"{_shown(path)}: {number:,} keywords measured on {len(read.tickets):,} labelled tickets")
    _tell_what_was_left_out(read, unmeasured)
    say(laid_out(_quality(now, read.tickets), _ABOUT_QUALITY))


_ABOUT_QUALITY = (
    "Keywords look better on the tickets that they were chosen from than on new ones. A confidence is a lower"
    " bound: answers"
    " should be right more often than that."
)


def _measurable(
    path: Path, taxonomy: Taxonomy, tickets: Sequence[Path], split: str, mapped: Sequence[str]
) -> Measurable:
    choices = Choices(chosen=chosen_columns(mapped, FIELDS))
    project = project_file.read(path.parent / project_file.NAME)
    if tickets:
        files = [(file, choices) for file in tickets]
    elif project is None:
        raise ConfigurationError("there are no labelled tickets here: name a file of them with --tickets")
    else:
        files = folder.tickets_of(path.parent, project)
        if not files:
            raise ConfigurationError(
                f"{path.parent / folder.TICKETS} is empty: put labelled tickets there, or name a file with --tickets"
            )
    return measured_tickets.read(files, taxonomy, project.merge if project else {}, split)


def _tell_what_was_left_out(read: Measurable, unmeasured: Sequence[str]) -> None:
    if unmeasured:
        named = ", ".join(unmeasured[:_NAMED]) + (", …" if unmeasured[_NAMED:] else "")
        tell(
            f"left as they were: {_counted(len(unmeasured), 'keyword', 'keywords')} that no ticket contains:"
            f" {printable(named)}"
        )
    if read.unusable:
        tell(f"left out: {_counted(read.unusable, 'row', 'rows')} without text or category")
    if read.unknown:
        named = ", ".join(f"{label} ({number})" for label, number in list(read.unknown.items())[:_NAMED])
        tell(
            f"left out: {_counted(sum(read.unknown.values()), 'ticket', 'tickets')} with labels that the taxonomy"
            " does not know:"
            f" {printable(named)}"
        )


def _quality(taxonomy: Taxonomy, tickets: Sequence[Ticket]) -> Grid:
    rules = Rules(taxonomy)
    rows = []
    for language in sorted({ticket.language for ticket in tickets}):
        done = keyword_precision.report(rules, [ticket for ticket in tickets if ticket.language == language])
        shares = (
            done.coverage,
            done.precision_on_hit,
            done.mean_confidence_on_hit,
            done.accuracy,
            done.accuracy_subcategory,
        )
        rows.append((language, f"{done.tickets:,}", *(f"{share:.3f}" for share in shares)))
    columns = ("language", "tickets", "with a keyword", "of those right", "confidence", "all right", "and subcategory")
    return Grid(columns, tuple(rows), "The rules on these tickets", numeric=frozenset(columns[1:]))


def rename_label(file: Path | None, old: str, new: str, names: Sequence[str]) -> None:
    """Give a label another one, and write the file.

    Raises:
        ConfigurationError: this cannot be done; the file is as it was.
    """
    chosen = dict(_name(name) for name in names)
    path = _change(file, lambda text, where: taxonomy_edit.rename(text, where, old, new, chosen, _today()))
    say(f"{_shown(path)}: {printable(old)} is now {new}")
    if not chosen:
        tell("The names that people see are as they were; --name LANGUAGE=TEXT changes them too.")
    _tell_what_follows()


def merge_labels(file: Path | None, labels: Sequence[str]) -> None:
    """Join labels into the last one, and write the file; errors are those of `rename_label`."""
    *olds, into = labels
    if not olds:
        raise ConfigurationError("name at least two labels: those that go, then the one that stays")
    path = _change(file, lambda text, where: taxonomy_edit.merge(text, where, olds, into, _today()))
    say(f"{_shown(path)}: {printable(', '.join(olds))} became {printable(into)}")
    _tell_what_follows()


def _tell_what_follows() -> None:
    tell(
        "Old labels of the model and of corrections are translated. `ticketstream taxonomy measure` measures the"
        " keywords"
        " again; a running service takes the file up when it starts."
    )


def _change(file: Path | None, change: Callable[[str, str], str]) -> Path:
    with _alone_with(file):
        path, text = _opened(file)
        folder.replace(path, change(text, str(path)), by_people=True)
    return path


def _alone_with(file: Path | None) -> AbstractContextManager[None]:
    """Keep other commands out of the taxonomy's folder; the file is read when they are."""
    path, _ = _opened(file)
    return locked(path.resolve().parent)


def _name(text: str) -> tuple[str, str]:
    language, equals, name = text.partition("=")
    if not equals or not language.strip() or not name.strip():
        raise ConfigurationError(f"--name {text}: write LANGUAGE=TEXT, such as es=Entregas")
    return language.strip(), name.strip()


def _opened(file: Path | None) -> tuple[Path, str]:
    path = file or load_settings().taxonomy_file or Path(folder.TAXONOMY)
    try:
        return path, read_text(path)
    except FileNotFoundError:
        if file is None and path == Path(folder.TAXONOMY):
            raise ConfigurationError(
                "there is no taxonomy.toml in this folder, and TAXONOMY_FILE is not set: name a file with"
                " --file, or make a"
                " project with `ticketstream init FOLDER`"
            ) from None
        raise ConfigurationError(f"there is no file {path}: name another with --file") from None
    except (OSError, UnreadableText) as error:
        raise ConfigurationError(f"{path} cannot be read: {why_unread(error)}") from None


def _today() -> date:
    return datetime.now(UTC).date()


def _shown(path: Path) -> str:
    return printable(str(path))


def _counted(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"
