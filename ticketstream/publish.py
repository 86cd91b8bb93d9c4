"""`ticketstream publish` and `ticketstream correct`: what upstream systems and people do."""

import difflib
import time
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.progress import Progress

from consumer.answer.taxonomy import Taxonomy, load_taxonomy
from consumer.commands.publish import Publisher
from consumer.commands.publish import publish as publish_tickets
from consumer.commands.ticket_files import count_lines, read_tickets
from consumer.config.settings import load_settings
from consumer.errors import ConfigurationError, TicketstreamError
from schemas.codec import BadRecord
from ticketstream.output import command, console, say

SHOWN_BAD_LINES = 20


def register(app: typer.Typer) -> None:
    app.command()(publish)
    app.command()(correct)


@command
def publish(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="JSONL or CSV (also .gz): subject, description; id, language, channel."),
    ],
    rate: Annotated[float, typer.Option(min=0, help="Tickets a second; 0 is as fast as possible.")] = 0,
) -> None:
    """Publish the tickets of a file to the topic of new tickets.

    A line without an id gets one made from its text, so a second run repeats nothing.
    Lines that are no tickets are named; the others are published all the same, and the exit code is 1.

    For example: ticketstream publish tickets.csv --rate 50
    """
    settings = load_settings()
    publisher = Publisher(settings)
    try:
        tickets = read_tickets(file, time.time_ns() // 1_000_000)
        with Progress(console=console, transient=True) as progress:
            task = progress.add_task("publishing", total=count_lines(file))
            done = publish_tickets(publisher, tickets, rate, lambda: progress.advance(task))
    except OSError as error:
        raise ConfigurationError(f"{file} cannot be read: {(error.strerror or str(error)).lower()}") from error
    except ValueError as error:
        raise ConfigurationError(f"{file} {error}") from error
    say(f"published {done.tickets} {'ticket' if done.tickets == 1 else 'tickets'} to {settings.topics.created}")
    for bad in done.bad[:SHOWN_BAD_LINES]:
        console.print(f"{file}:{bad.line}: {bad.problem}", markup=False)
    if len(done.bad) > SHOWN_BAD_LINES:
        console.print(f"… and {len(done.bad) - SHOWN_BAD_LINES} more bad lines")
    for failure in sorted(set(done.failures)):
        console.print(f"not taken by the broker: {failure}", markup=False)
    if done.bad or done.failures:
        raise typer.Exit(1)


@command
def correct(
    ticket_id: Annotated[str, typer.Argument(metavar="TICKET_ID", help="The ticket that was judged.")],
    category: Annotated[
        str, typer.Argument(metavar="CATEGORY", help="The right category; naming the one that was given confirms it.")
    ],
    subcategory: Annotated[
        str | None,
        typer.Argument(metavar="SUBCATEGORY", help="The right subcategory; without it only the category is judged."),
    ] = None,
    judged_event_id: Annotated[str | None, typer.Option(help="event_id of the answer that was looked at.")] = None,
    origin: Annotated[
        Literal["AGENT", "AUDIT", "IMPORT"], typer.Option(case_sensitive=False, help="What led to the judgement.")
    ] = "AGENT",
    corrected_by: Annotated[str | None, typer.Option("--by", help="Who decided.")] = None,
    reason: Annotated[str | None, typer.Option(help="Why, in a few words.")] = None,
) -> None:
    """Publish what a person decided about a ticket.

    For example: ticketstream correct TKT-123 billing payment_issue --by ana --reason "asked about an invoice"
    """
    settings = load_settings()
    pair = _known(load_taxonomy(settings.taxonomy_file), category, subcategory)
    publisher = Publisher(settings)
    try:
        publisher.correction(
            {
                "event_id": str(uuid.uuid4()),
                "ticket_id": ticket_id,
                "category": pair[0],
                "subcategory": pair[1],
                "judged_event_id": judged_event_id,
                "origin": origin,
                "corrected_by": corrected_by,
                "reason": reason,
                "corrected_at": time.time_ns() // 1_000_000,
            }
        )
    except BadRecord as error:
        raise ConfigurationError(f"the correction cannot be sent: {error.detail}") from error
    if failures := publisher.finish():
        raise TicketstreamError(f"the correction was not taken by the broker: {failures[0]}")
    say(f"published the correction of {ticket_id} to {settings.topics.corrected}")


def _known(taxonomy: Taxonomy, category: str, subcategory: str | None) -> tuple[str, str | None]:
    pair = taxonomy.translate(category, subcategory)
    if pair is None:
        raise ConfigurationError(f"{category} is no category of the taxonomy{_meant(category, taxonomy.subcategories)}")
    if subcategory is not None and pair[1] is None:
        known = taxonomy.subcategories[pair[0]]
        raise ConfigurationError(f"{subcategory} is no subcategory of {pair[0]}{_meant(subcategory, known)}")
    return pair


def _meant(word: str, known: Iterable[str]) -> str:
    names = sorted(known)
    close = difflib.get_close_matches(word, names, 3, 0.5) or names
    return f"; did you mean {', '.join(close)}?"
