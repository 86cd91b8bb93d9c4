"""Publishes the tickets of a file, or shows how they would be published."""

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import typer
from rich.progress import Progress
from rich.text import Text

from consumer.commands.publish import Publisher, publish
from consumer.commands.ticket_files import FileTicket, tickets_of
from consumer.config.settings import load_settings
from consumer.errors import ConfigurationError
from network.errors import text_of
from serving.starting import no_room
from terminal.exit_codes import ExitCode
from terminal.output import console, say, tell
from terminal.safe_text import printable
from tickets.files.bad_lines import BadLine, FileRefused
from tickets.files.columns import chosen_columns, named_columns
from tickets.files.formats import Format
from tickets.files.names import TICKET
from tickets.files.open_file import STANDARD_INPUT
from tickets.files.ticket_file import Choices, TicketFile, opened_tickets
from tickets.files.times import Order
from ticketstream.file_shown import columns_shown, form_shown, ticket_shown

SHOWN_BAD_LINES = 20
SHOWN_TICKETS = 5


def publish_file(path: Path, choices: Choices, rate: float) -> None:
    """Publish the tickets of a file, and name the rows that are no tickets.

    Args:
        path: The file; `-` is standard input.
        choices: What a user said of it.
        rate: Tickets a second; 0 is as fast as possible.

    Raises:
        ConfigurationError: the file cannot be read.
        typer.Exit: with 1, when a row is no ticket or the broker did not take one.
    """
    settings = load_settings()
    publisher = Publisher(settings)
    with _opened(path, choices) as file:
        for line in (form_shown(file, choices), *columns_shown(file)):
            tell(f"{_name(path)}: {line}")
        tickets = tickets_of(file, _now_ms(), settings.max_ticket_bytes)
        with Progress(console=console, transient=True) as progress:
            task = progress.add_task("publishing", total=file.total)
            done = publish(publisher, tickets, rate, lambda: progress.advance(task))
    say(f"published {_counted(done.tickets, 'ticket')} to {settings.topics.created}")
    _name_bad_lines(path, done.bad, done.bad_total)
    for failure in sorted(set(done.failures)):
        tell(f"not taken by the broker: {printable(failure)}")
    if done.bad or done.failures:
        raise typer.Exit(ExitCode.FAILED)


def show_file(path: Path, choices: Choices) -> None:
    """Show what a file is, how its first tickets would be published, and how many rows are no tickets.

    Raises:
        ConfigurationError: the file cannot be read.
        typer.Exit: with 1, when a row is no ticket.
    """
    good = bad_total = 0
    bad: list[BadLine] = []
    with _opened(path, choices) as file:
        for line in (form_shown(file, choices), *columns_shown(file)):
            say(line)
        for row in tickets_of(file, _now_ms(), load_settings().max_ticket_bytes):
            match row:
                case FileTicket():
                    good += 1
                    if good <= SHOWN_TICKETS:
                        say(ticket_shown(row.line, row.ticket))
                case BadLine():
                    bad_total += 1
                    bad += [row] if len(bad) < SHOWN_BAD_LINES else []
    say(f"\n{_counted(good, 'row')} would be published, {bad_total} would not")
    _name_bad_lines(path, bad, bad_total)
    if bad_total:
        raise typer.Exit(ExitCode.FAILED)


def choices_of(
    file_format: Format | None,
    encoding: str | None,
    delimiter: str | None,
    columns: str | None,
    mapped: Sequence[str],
    date_order: Order | None,
) -> Choices:
    """What the options say of a file.

    Raises:
        ConfigurationError: an option names no field, or one twice.
    """
    try:
        chosen = chosen_columns(mapped, TICKET)
    except ValueError as error:
        raise ConfigurationError(str(error)) from error
    return Choices(file_format, encoding, delimiter, named_columns(columns), chosen, date_order)


@contextmanager
def _opened(path: Path, choices: Choices) -> Iterator[TicketFile]:
    try:
        with ExitStack() as stack:
            with console.status(Text(f"reading {_name(path)}")):
                file = stack.enter_context(opened_tickets(path, TICKET, choices))
            yield file
    except OSError as error:
        # What has no room is the copy of standard input, or standard output.
        if no_room(error):
            raise
        raise ConfigurationError(
            f"{_name(path)} cannot be read: {(error.strerror or text_of(error)).lower()}"
        ) from error
    except FileRefused as refused:
        raise ConfigurationError(f"{_name(path)} {refused}") from refused


def _name(path: Path) -> str:
    return "standard input" if path == STANDARD_INPUT else printable(str(path))


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun if number == 1 else f'{noun}s'}"


def _name_bad_lines(path: Path, bad: Sequence[BadLine], total: int) -> None:
    for line in bad[:SHOWN_BAD_LINES]:
        tell(f"{_name(path)}:{line.line}: {line.problem}")
    if total > SHOWN_BAD_LINES:
        tell(f"… and {total - SHOWN_BAD_LINES} more bad rows")
