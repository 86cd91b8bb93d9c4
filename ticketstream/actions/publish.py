"""Publishes what upstream systems and people say: tickets and corrections."""

import difflib
import time
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import typer
from rich.progress import Progress

from consumer.answer.taxonomy import Taxonomy, load_taxonomy
from consumer.commands.publish import Publisher
from consumer.commands.publish import publish as publish_tickets
from consumer.commands.ticket_files import count_lines, read_tickets
from consumer.config.settings import load_settings
from consumer.errors import ConfigurationError, TicketstreamError
from schemas.codec import BadRecord
from ticketstream.output import console, say

SHOWN_BAD_LINES = 20


def publish_file(file: Path, rate: float) -> None:
    """Publish the tickets of a file, and name the lines that are no tickets.

    Args:
        file: JSONL or CSV, also compressed.
        rate: tickets a second; 0 is as fast as possible.

    Raises:
        ConfigurationError: the file cannot be read.
        typer.Exit: with 1, when a line is no ticket or the broker did not take one.
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


def publish_correction(
    ticket_id: str,
    category: str,
    subcategory: str | None,
    judged_event_id: str | None,
    origin: Literal["AGENT", "AUDIT", "IMPORT"],
    corrected_by: str | None,
    reason: str | None,
) -> None:
    """Publish what a person decided about a ticket.

    Raises:
        ConfigurationError: the taxonomy does not know the category or the subcategory, or a value is not allowed.
        TicketstreamError: the broker did not take the correction.
    """
    settings = load_settings()
    label = _known(load_taxonomy(settings.taxonomy_file), category, subcategory)
    publisher = Publisher(settings)
    try:
        publisher.correction(
            {
                "event_id": str(uuid.uuid4()),
                "ticket_id": ticket_id,
                "category": label[0],
                "subcategory": label[1],
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
    label = taxonomy.translate(category, subcategory)
    if label is None:
        hint = _did_you_mean(category, taxonomy.subcategories)
        raise ConfigurationError(f"{category} is no category of the taxonomy{hint}")
    if subcategory is not None and label[1] is None:
        hint = _did_you_mean(subcategory, taxonomy.subcategories[label[0]])
        raise ConfigurationError(f"{subcategory} is no subcategory of {label[0]}{hint}")
    return label


def _did_you_mean(word: str, known: Iterable[str]) -> str:
    names = sorted(known)
    close = difflib.get_close_matches(word, names, 3, 0.5) or names
    return f"; did you mean {', '.join(close)}?"
