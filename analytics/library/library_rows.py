"""Rows of the library. They are stored in the tables of the service, but come from no topic."""

import secrets
import time
from collections.abc import Mapping
from importlib.metadata import version
from itertools import count
from typing import TYPE_CHECKING, Any

from analytics.forks import begins_anew
from analytics.store.rows import Row
from schemas.events import Operation
from schemas.identity import event_id, named
from schemas.position import Position

if TYPE_CHECKING:
    from schemas.events import TicketCorrected

# The topic of these rows.
SOURCE_TOPIC = "library"
SERVICE_VERSION = version("ticketstream")

_NO_TIMINGS: Mapping[str, int] = {
    "received_at": 0,
    "decode_us": 0,
    "lookup_us": 0,
    "queue_us": 0,
    "model_us": 0,
    "rules_us": 0,
    "wait_us": 0,
    "total_us": 0,
}
# The other fields of an answer of which only the labels are known.
UNKNOWN_ANSWER: Mapping[str, Any] = {
    "subcategory_confidence": None,
    "decision": "UNKNOWN",
    "method": "UNKNOWN",
    "provisional": False,
    "alternatives": [],
    "model": None,
    "taxonomy": "",
    "policy": "",
    "threshold_auto": 0.0,
    "threshold_suggest": 0.0,
    "fingerprint": "",
    "explanation": [],
}


class LibraryRows:
    """Makes rows with positions of their own: each maker is a partition, and its offsets ascend. Thread-safe.

    The identities of rows come from their positions, so a forked process draws a partition of its own.
    """

    def __init__(self) -> None:
        self.begin_anew()
        begins_anew(self)

    def begin_anew(self) -> None:
        """Become another maker; see `analytics.forks.Forkable`."""
        self._partition = secrets.randbelow(2**31)
        # A process that starts again may draw the same partition. Its offsets continue above the earlier ones.
        self._offsets = count(time.time_ns() // 1000)

    def answer(
        self,
        ticket_id: str,
        answer: Mapping[str, Any],
        *,
        language: str | None = None,
        timings: Mapping[str, int] | None = None,
        model_outcome: str = "not_asked",
        model_call_id: str | None = None,
        attempts: int = 0,
        text_removed_chars: int = 0,
    ) -> Row:
        """Make the row of an answer to a ticket.

        Args:
            ticket_id: of the ticket.
            answer: the event's fields `category` to `explanation`.
            language: of the ticket.
            timings: those that are known, `received_at` among them.
            model_outcome: as in the event.
            model_call_id: of the call that answered.
            attempts: tries of that call.
            text_removed_chars: by which cleaning made the text shorter.
        """
        now_us = time.time_ns() // 1000
        now_ms = now_us // 1000
        position = self._position(now_ms)
        identity = event_id(position.topic, position.partition, position.offset, 0)
        event = {
            "event_id": identity,
            "ticket_event_id": identity,
            "ticket_id": ticket_id,
            "revision": 0,
            "language": language,
            "channel": None,
            "source": {
                "topic": position.topic,
                "partition": position.partition,
                "offset": position.offset,
                "timestamp": now_ms,
            },
            "timings": {**_NO_TIMINGS, "received_at": now_us, **(timings or {})},
            "model_outcome": model_outcome,
            "model_call_id": model_call_id,
            "attempts": attempts,
            "audit_probability": 0.0,
            "service_version": SERVICE_VERSION,
            "created_at": now_ms,
            "categorized_at": now_ms,
            "text_removed_chars": text_removed_chars,
            **answer,
        }
        return Row("TicketCategorized", event, position)

    def correction(self, ticket_id: str, judged_event_id: str, category: str, subcategory: str | None) -> Row:
        """Make the row of a correction of an answer. The same correction again replaces it."""
        now_ms = time.time_ns() // 1_000_000
        event: TicketCorrected = {
            "event_id": named(f"{judged_event_id}|{category}|{subcategory or ''}"),
            "ticket_id": ticket_id,
            "category": category,
            "subcategory": subcategory,
            "judged_event_id": judged_event_id,
            "origin": "AGENT",
            "corrected_by": None,
            "reason": None,
            "corrected_at": now_ms,
        }
        return Row("TicketCorrected", event, self._position(now_ms))

    def operation(self, event: Operation) -> Row:
        """Make the row of a timed operation or of a change of a breaker's state."""
        return Row("Operation", event, self._position(event["started_at"] // 1000))

    def _position(self, now_ms: int) -> Position:
        return Position(SOURCE_TOPIC, self._partition, next(self._offsets), now_ms)
