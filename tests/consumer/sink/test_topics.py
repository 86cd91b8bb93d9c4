"""From records of the sink's topics to rows."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from analytics.store.rows import Row
from consumer.bad_records.dead_letter import DeadLetter, DeadLetterWriter
from consumer.commands.dlq_letters import Letter, State, replayed
from consumer.kafka.records import Record
from consumer.sink.topics import SinkTopic
from schemas.codec import Decoder, Encoder
from schemas.identity import event_id
from schemas.position import Position
from tests.support.event_examples import CORRECTED

CORRECTIONS = "ticket-corrected"
READ_MS = 1_795_946_400_123
PLAIN = json.dumps({"ticket_id": 12, "category": "billing"}).encode()


def _read(record: Record) -> Row:
    row = SinkTopic("TicketCorrected", Decoder("TicketCorrected")).read(record)
    assert isinstance(row, Row)
    return row


def _record(timestamp_ms: int, value: bytes = PLAIN) -> Record:
    return Record(Position(CORRECTIONS, 1, 41, timestamp_ms), b"12", value, [])


@pytest.mark.parametrize("timestamp_ms", [-1, 0, -62_135_596_800_000, 2**62])
def test_a_correction_without_any_time_was_made_when_it_was_read(timestamp_ms: int) -> None:
    """Neither the event nor its record has a time: the time of reading is the only one there is."""
    row = _read(_record(timestamp_ms).at(READ_MS))

    assert (row.event["corrected_at"], row.event["ticket_id"]) == (READ_MS, "12")
    assert row.event["event_id"] == event_id(CORRECTIONS, 1, 41, 0)


@pytest.mark.parametrize(
    ("timestamp", "at_ms"), [(1_763_842_000_123, 1_763_842_000_123), (1_763_842_000, 1_763_842_000_000)]
)
def test_the_time_of_its_record_is_that_of_a_correction(timestamp: int, at_ms: int) -> None:
    """A record's own timestamp goes before the time of reading, in whichever unit."""
    assert _read(_record(timestamp).at(READ_MS)).event["corrected_at"] == at_ms


def test_a_correction_that_says_when_it_was_made_needs_no_timestamp() -> None:
    """What the event holds stays."""
    value = Encoder("TicketCorrected", "single-object", "t").encode(CORRECTED)

    assert _read(_record(-1, value).at(READ_MS)).event == CORRECTED


def test_a_replayed_correction_is_the_correction_that_failed() -> None:
    """Its id and its time are those of its first record, so that it judges what it judged, and counts once."""
    first = _record(1_763_842_000_123)
    letter = DeadLetterWriter("letters", "g", "1").message(first, DeadLetter("sink_rejected", ""), datetime.now(UTC))
    standing = Record(Position("letters", 0, 9, 0), letter.key, letter.value, letter.headers or [])
    message = replayed(Letter(standing, State.open))
    at = Position(CORRECTIONS, 1, 99, 1_763_842_000_123 + 86_400_000)
    again = _read(Record(at, message.key, message.value, list(message.headers or [])))

    assert (_read(first).event, at) == (again.event, again.position)


def test_a_bad_correction_is_a_letter_with_the_fault_and_its_key() -> None:
    """A field that cannot be read is named."""
    document: dict[str, Any] = {"ticket_id": {"id": 12}, "category": "billing"}
    letter = SinkTopic("TicketCorrected", Decoder("TicketCorrected")).read(_record(-1, json.dumps(document).encode()))

    assert letter == DeadLetter("invalid_field", "ticket_id: must be text, a number, true or false")
