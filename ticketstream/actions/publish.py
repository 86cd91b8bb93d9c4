"""Publishes what people say about tickets."""

import time
import uuid
from typing import Literal

from analytics.reports.explain import explain
from consumer.answer.taxonomy import Taxonomy, load_taxonomy
from consumer.commands.publish import Publisher
from consumer.config.settings import Settings, load_settings
from consumer.errors import ConfigurationError, TicketstreamError
from schemas.codec import BadRecord
from terminal.output import say, tell
from terminal.safe_text import listed, printable
from terminal.suggestions import did_you_mean
from ticketstream.database import database


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
    say(f"published the correction of {printable(ticket_id)} to {settings.topics.corrected}")
    if doubt := _doubt(settings, ticket_id, judged_event_id):
        tell(f"warning: {doubt}")


def _known(taxonomy: Taxonomy, category: str, subcategory: str | None) -> tuple[str, str | None]:
    label = taxonomy.translate(category, subcategory)
    if label is None:
        hint = did_you_mean(category, taxonomy.subcategories)
        raise ConfigurationError(f"{category} is no category of the taxonomy{hint}")
    if subcategory is not None and label[1] is None:
        known = taxonomy.subcategories[label[0]]
        hint = did_you_mean(subcategory, known) if known else ": that category has none; leave the subcategory out"
        raise ConfigurationError(f"{subcategory} is no subcategory of {label[0]}{hint}")
    return label


def _doubt(settings: Settings, ticket_id: str, judged_event_id: str | None) -> str | None:
    """Why the correction may judge nothing; None where the answer that it judges is stored."""
    if not settings.clickhouse_url.get_secret_value():
        return "CLICKHOUSE_URL is not set, so it is not known whether this ticket was ever answered."
    try:
        with database() as client:
            answers = explain(client, ticket_id).answers
    except TicketstreamError as error:
        return f"it is not known whether this ticket was ever answered: {listed(str(error))}"
    if not answers:
        return (
            f"the database {settings.clickhouse_database} holds no answer to the ticket {ticket_id!r}, and the"
            " correction counts only when it does. Check the id; an answer of the last seconds may not be stored yet."
        )
    if judged_event_id is not None and judged_event_id not in {answer["event_id"] for answer in answers}:
        return f"no answer to this ticket has the event_id {judged_event_id!r}: `ticketstream explain` shows them."
    return None
