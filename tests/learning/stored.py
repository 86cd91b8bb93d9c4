"""Tickets in ClickHouse as the service stores them: text, answer and what people said."""

from typing import Any

from analytics.store.rows import Row
from schemas.position import Position
from tests.support.stored_events import NOON_MS, categorized, corrected


def ticket(
    number: int,
    text: str | None,
    category: str,
    by: str | None = "ana",
    *,
    answered: str = "billing",
    is_audit: bool = False,
    **answer: Any,
) -> list[Row]:
    """A ticket that was answered and judged; without a text it has none in ClickHouse."""
    at_ms = NOON_MS + number * 1000
    answer = {"subcategory": None, "subcategory_confidence": None, **answer}
    return [
        *([text_row(number, text)] if text is not None else []),
        categorized(
            f"T-{number}",
            number,
            at_ms=at_ms,
            category=answered,
            audit_probability=0.05 if is_audit else 0.0,
            **answer,
        ),
        judgement(number, category, by, is_audit=is_audit),
    ]


def judgement(
    number: int, category: str, by: str | None, *, is_audit: bool = False, later: int = 0, **changed: Any
) -> Row:
    """What somebody said of ticket `number`; later ones have a higher `later`."""
    return corrected(
        f"T-{number}",
        category,
        number * 100 + later,
        at_ms=NOON_MS + number * 1000 + 500 + later,
        corrected_by=by,
        origin="AUDIT" if is_audit else "AGENT",
        **changed,
    )


def text_row(number: int, text: str) -> Row:
    at_ms = NOON_MS + number * 1000
    event: Any = {"ticket_id": f"T-{number}", "received_at": at_ms, "subject": "", "description": text}
    return Row("TicketText", event, Position("ticket-created", 0, number, at_ms))
