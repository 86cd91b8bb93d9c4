"""Of which ticket a record is, and when Kafka deletes it."""

import json
from collections import Counter
from datetime import UTC, datetime

import pytest

from consumer.commands.forget_held import Finder, Held, Keeping
from consumer.config.settings import settings_of
from consumer.kafka.records import Headers, Record
from schemas.codec import Encoder
from schemas.position import Position
from tests.support.event_examples import CORRECTED
from ticketstream.forgotten_shown import Outcome

AT_MS = 1_795_946_400_123
FINDER = Finder(settings_of({}), ["T-1", "12"], None)


def _found(topic: str, key: bytes | None, value: bytes | None, headers: Headers | None = None) -> str | None:
    return FINDER.ticket_of(Record(Position(topic, 0, 7, AT_MS), key, value, headers or []))


def _ticket(ticket_id: object, text: str = "text") -> bytes:
    return json.dumps({"ticket_id": ticket_id, "subject": text}).encode()


@pytest.mark.parametrize(
    ("topic", "key", "value", "ticket_id"),
    [
        ("ticket-created", b"T-1", None, "T-1"),
        ("ticket-created", b"T-10", _ticket("T-10"), None),
        ("ticket-created", None, _ticket("T-1"), "T-1"),
        # A number is the text of its digits.
        ("ticket-created", b"x", _ticket(12), "12"),
        # Another ticket that quotes it.
        ("ticket-created", b"T-2", _ticket("T-2", "see T-1"), None),
        ("ticket-created", None, b"\x07 no framing, T-1!", "T-1"),
        ("ticket-created", None, b"\x00HT-1H no framing", "T-1"),
        ("ticket-created", None, b"{ is broken: T-1", "T-1"),
        ("ticket-created", None, b"{ is broken: T-10 AT-1 T-1-2", None),
        ("ticket-corrected", None, Encoder("TicketCorrected", "single-object", "t").encode(CORRECTED), "T-1"),
    ],
)
def test_a_record_belongs_to_a_ticket(
    topic: str, key: bytes | None, value: bytes | None, ticket_id: str | None
) -> None:
    """By its key, by its value in any framing, or by a word where the value cannot be read."""
    assert _found(topic, key, value) == ticket_id


def test_a_dead_letter_is_read_as_what_it_was() -> None:
    """Under a foreign key too: its header says which topic it is from."""
    value = Encoder("TicketCorrected", "single-object", "t").encode({**CORRECTED, "ticket_id": "T-1"})

    assert _found("ticket-dead-letter", b"x", value, [("ts-topic", b"ticket-corrected")]) == "T-1"


@pytest.mark.parametrize(
    ("keeping", "at_ms", "ends"),
    [
        (Keeping(7 * 86_400_000, is_compacted=False), AT_MS, "2026-12-06"),
        (Keeping(-1, is_compacted=False), AT_MS, "never"),
        (Keeping(None, is_compacted=False), AT_MS, "unknown"),
        (Keeping(7 * 86_400_000, is_compacted=False), -1, "unknown"),
    ],
)
def test_the_day_a_retention_ends(keeping: Keeping, at_ms: int, ends: str) -> None:
    """Of the record's own time and its topic's retention."""
    record = Held("T-1", "ticket-created", 0, 7, at_ms)
    outcome = Outcome(["T-1"], [], Counter(), [record], {"ticket-created": keeping}, 0, is_dry=False)

    assert datetime.fromtimestamp(AT_MS / 1000, UTC).isoformat().startswith("2026-11-29")
    assert outcome.ends(record) == ends
