"""Publishes what people say about tickets."""

import difflib
import time
import uuid
from collections.abc import Iterable
from typing import Literal

from consumer.answer.taxonomy import Taxonomy, load_taxonomy
from consumer.commands.publish import Publisher
from consumer.config.settings import load_settings
from consumer.errors import ConfigurationError, TicketstreamError
from schemas.codec import BadRecord
from ticketstream.output import say


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
