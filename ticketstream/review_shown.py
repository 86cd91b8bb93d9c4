"""A ticket of the review as people see it at the terminal."""

import textwrap
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from analytics.reports.review_tickets import Kind, ReviewTicket
from consumer.config.ticket_link import link_of
from terminal.safe_text import printable, steady
from ticketstream.label_choices import said
from ticketstream.label_names import Names

_WHY: Final[dict[Kind, str]] = {
    "audit": "drawn at random for the audit",
    "second_opinion": "a second opinion: somebody else has judged it already",
    "unsure": "the service was not sure",
    "disagreement": "the model and the keywords may disagree",
    "new_kind": "few tickets are of this category, language and channel",
    "spot_check": "a spot check of automatic answers",
}
_REASONS: Final = {
    "model.confident": "the model was confident",
    "cache.confident": "an equal text was answered before, and the model was confident",
    "override.confident": "people decided it for an equal text",
    "model.uncalibrated": "the model's confidence is not calibrated, so it is never automatic",
    "model.no_known_label": "the model named nothing that the taxonomy has",
    "model.timeout": "the model did not answer in time",
    "model.unavailable": "the model could not be reached",
    "model.refused": "the model refused the ticket",
    "model.garbled": "the model's answer could not be read",
    "model.breaker_open": "the model was not asked, as it had failed too often",
    "model.deadline": "there was no time left to ask the model",
    "model.not_asked": "no model was asked",
    "rule.default": "no keyword was found, so it is the default",
}
_REASONS_OF: Final = {
    "model.below_min_confidence": "the model was less confident than MIN_CONFIDENCE ({})",
    "rule.keyword": "the keyword “{}” was found",
    "override": "people decided it for an equal text (correction {})",
    "override.people": "people who agree on it: {}",
}


def in_words(code: str) -> str:
    """A code of an explanation as a sentence's part; an unknown code as it is."""
    head, colon, rest = code.partition(":")
    if colon and head in _REASONS_OF:
        return _REASONS_OF[head].format(rest)
    return _REASONS.get(code, code)


def ticket_text(ticket: ReviewTicket, names: Names, now: datetime, *, link: str, width: int, rows: int | None) -> str:
    """Lay a ticket out: why it is asked about, its text or where to find it, the answer and its reasons.

    Args:
        ticket: what is judged.
        names: of the categories.
        now: an aware time.
        link: TICKET_URL; may be empty.
        width: of the terminal, in columns.
        rows: how many lines of the text are shown; None shows all.
    """
    return "\n".join(_lines(ticket, names, now, link, width, rows))


def _lines(ticket: ReviewTicket, names: Names, now: datetime, link: str, width: int, rows: int | None) -> Iterator[str]:
    traits = [ticket.channel, ticket.language, f"answered {_ago(now - ticket.categorized_at)}"]
    about = ", ".join(printable(trait) for trait in traits if trait)
    yield from _wrapped(f"Ticket {printable(ticket.ticket_id)}: {_WHY[ticket.kind]} ({about})", width)
    yield ""
    yield from _text(ticket, link, width, rows)
    yield ""
    sure = f"confidence {ticket.confidence:.2f}, {ticket.decision} by {ticket.method}"
    model = f" {printable(ticket.model)}" if ticket.model else ""
    label = printable(said((ticket.category, ticket.subcategory), names))
    yield from _wrapped(f"Answer   {label}, {printable(sure)}{model}", width)
    if ticket.explanation:
        yield from _wrapped(f"Because  {'; '.join(printable(in_words(code)) for code in ticket.explanation)}", width)
    for number, (category, subcategory, confidence) in enumerate(ticket.alternatives, 1):
        head = "Instead  " if number == 1 else "         "
        yield from _wrapped(f"{head}{printable(said((category, subcategory), names))}, {confidence:.2f}", width)


def _text(ticket: ReviewTicket, link: str, width: int, rows: int | None) -> Iterator[str]:
    address = link_of(link, ticket.ticket_id) if link else ""
    if ticket.text is None:
        yield from (
            [f"No text is kept here. Read it at {address}"]
            if address
            else _wrapped(
                "No text is kept (TEXTS_KEPT_DAYS), and TICKET_URL says no address: look the ticket up by its id.",
                width,
            )
        )
        return
    subject, description = ticket.text
    body = [line for part in steady(description).splitlines() for line in _wrapped(part, width) or [""]]
    yield from _wrapped(printable(subject) or "(no subject)", width)
    yield ""
    if rows is None or len(body) <= rows + 1:
        yield from body
    else:
        yield from body[:rows]
        yield f"... {len(body) - rows} more lines: m shows all"


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, max(20, width), break_on_hyphens=False)


def _ago(passed: timedelta) -> str:
    seconds = passed.total_seconds()
    for size, unit in ((86_400, "days"), (3_600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit} ago"
    return "a minute ago" if seconds >= 60 else "just now"
