"""From a record to an envelope."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumer.answer.fingerprint import fingerprint
from consumer.answer.ticket_text import as_it_is, text_reader
from consumer.bad_records.dead_letter import DeadLetter, DeadLetterWriter
from consumer.categorizer.requeue_record import queue_message
from consumer.categorizer.ticket_reader import REMEMBERED_CHARACTERS, TicketReader
from consumer.commands.dlq_letters import Letter, State, replayed
from consumer.kafka.records import Headers, Record
from schemas.codec import Decoder, RegistryUnavailable
from schemas.position import Position
from tests.support.consumer_parts import INPUTS, QUEUE, a_record, no_repeats
from tests.support.event_examples import KeptSchemas
from tickets.text.cleaning import clean

MAX_BYTES = 4_096
KEY = b"fingerprint key"


def _reader(**changes: Any) -> TicketReader:
    settings: dict[str, Any] = {
        "max_ticket_bytes": MAX_BYTES,
        "read_text": text_reader(clean, KEY),
        "remembered": 10,
    }
    return TicketReader(INPUTS, Decoder("TicketCreated"), no_repeats(), **settings | changes)


def _json(description: str = "Please", **fields: Any) -> bytes:
    return json.dumps({"ticket_id": "T-1", "subject": "Refund", "description": description} | fields).encode()


def test_a_new_ticket_is_decoded_and_named_by_its_text() -> None:
    """An envelope holds the ticket, its fingerprint, and its own position as the source of revision 0."""
    record = a_record(7, value=_json())
    envelope = _reader().read(record, 12.5, 99)

    assert envelope.ticket is not None
    assert (envelope.ticket["ticket_id"], envelope.ticket["description"]) == ("T-1", "Please")
    assert fingerprint("Refund", "Please", KEY) == envelope.fingerprint
    assert (record.position, 0, 0, 12.5, 99) == (
        envelope.source, envelope.revision, envelope.asks, envelope.entered_s, envelope.received_us,
    )  # fmt: skip
    assert envelope.outcome is None


def test_a_queued_ticket_keeps_the_source_of_its_first_answer() -> None:
    """Of a record from the queue the headers say what to answer, and ids made from a position use the source's."""
    source = Position("ticket-created", 3, 41, 1_763_842_000_000)
    original = a_record(41, partition=3, value=_json())
    queued = queue_message(QUEUE, b"T-1", original, source, revision=2, asks=1)
    envelope = _reader().read(Record(Position(QUEUE, 0, 5, 0), queued.key, queued.value, queued.headers or []), 0, 0)
    first = _reader().read(original._replace(position=source), 0, 0)

    assert envelope.ticket == first.ticket
    assert (source, 2, 1) == (envelope.source, envelope.revision, envelope.asks)
    assert envelope.partition == (QUEUE, 0)


def test_a_mail_is_read_as_what_its_sender_says() -> None:
    """Text, fingerprint and number of removed characters are those of the message; the record keeps the mail."""
    mail = "Where is my card?\n\nBest regards,\nMargaret Thornbury\nTel +44 1632 960961"
    record = a_record(7, value=_json(mail))
    envelope = _reader().read(record, 0, 0)
    bare = _reader().read(a_record(8, value=_json("Where is my card?")), 0, 0)

    assert envelope.decoded["description"] == "Where is my card?"
    assert envelope.fingerprint == bare.fingerprint
    assert (envelope.text_removed_chars, bare.text_removed_chars) == (len(mail) - len("Where is my card?"), 0)
    assert b"Margaret" in (envelope.record.value or b"")


def test_a_mail_is_read_as_it_arrived_when_cleaning_is_off() -> None:
    """`TEXT_CLEANING=off`: nothing is removed, and the signature counts."""
    mail = "Where is my card?\n\nBest regards,\nMargaret Thornbury"
    envelope = _reader(read_text=text_reader(as_it_is, KEY)).read(a_record(7, value=_json(mail)), 0, 0)

    assert (envelope.decoded["description"], envelope.text_removed_chars) == (mail, 0)
    assert envelope.fingerprint == fingerprint("Refund", mail, KEY)


RECEIVED_US = 1_795_946_400_123_456
NO_TIMES = [-1, 0, -62_135_596_800_000, 7, 2**63 - 1, -(2**63)]


def _stamped(timestamp_ms: int, value: bytes | None = None) -> Record:
    record = a_record(41, value=value or _json())
    return record._replace(position=record.position._replace(timestamp_ms=timestamp_ms))


@pytest.mark.parametrize("timestamp_ms", NO_TIMES)
def test_a_record_without_a_time_has_that_of_its_reading(timestamp_ms: int) -> None:
    """A ticket without a time, in a record without one, was written when it was read; its source says the same."""
    record = _stamped(timestamp_ms)
    read = _reader().read(record, 0, RECEIVED_US)

    assert read.outcome is None
    assert read.decoded["created_at"] == RECEIVED_US // 1000
    assert read.source == record.position._replace(timestamp_ms=RECEIVED_US // 1000)


@pytest.mark.parametrize("timestamp_ms", NO_TIMES)
def test_later_revisions_know_when_the_record_was_read_first(timestamp_ms: int) -> None:
    """From the queue a ticket comes back with the source and the time of its first answer, however late."""
    first = _reader().read(_stamped(timestamp_ms), 0, RECEIVED_US)
    queued = queue_message(QUEUE, b"T-1", first.record, first.source, revision=1, asks=0)
    standing = Record(Position(QUEUE, 0, 5, -1), queued.key, queued.value, queued.headers or [])
    again = _reader().read(standing, 0, RECEIVED_US + 3_600_000_000)

    assert (again.ticket, again.source) == (first.ticket, first.source)
    assert again.record.position.timestamp_ms == RECEIVED_US // 1000 + 3_600_000


@pytest.mark.parametrize("outcome", ["condemned", "undecodable"])
def test_a_dead_letter_of_a_record_without_a_time_says_when_it_was_read(outcome: str) -> None:
    """Condemned records and bad ones alike."""
    record, letter = _stamped(-1, b"?"), DeadLetter("crash_loop", "killed three processes")
    reader = _reader()
    condemned = reader.unread(record, letter, 0, RECEIVED_US)
    envelope = condemned if outcome == "condemned" else reader.read(record, 0, RECEIVED_US)

    assert envelope.is_dead
    assert envelope.record.position.timestamp_ms == RECEIVED_US // 1000


@pytest.mark.parametrize("timestamp", [1_763_842_000, 1_763_842_000_000_000])
def test_a_timestamp_in_another_unit_is_a_time_all_the_same(timestamp: int) -> None:
    """The source keeps what its publisher wrote, and the ticket has the time that was meant."""
    record = _stamped(timestamp)
    read = _reader().read(record, 0, RECEIVED_US)

    assert (read.source, read.decoded["created_at"]) == (record.position, 1_763_842_000_000)


def _replayed(record: Record, at: Position) -> Record:
    """The record as `dlq replay` puts it on its topic again."""
    failed = DeadLetterWriter("letters", "g", "1").message(record, DeadLetter("crash_loop", ""), datetime.now(UTC))
    standing = Record(Position("letters", 0, 9, 0), failed.key, failed.value, failed.headers or [])
    message = replayed(Letter(standing, State.open))
    return Record(at, message.key, message.value, list(message.headers or []))


def test_a_replayed_ticket_is_the_ticket_that_failed() -> None:
    """What it left out follows from where it first stood; only its source is where it stands now."""
    first = a_record(41, value=_json())
    at = Position("ticket-created", 0, 99, first.position.timestamp_ms + 86_400_000)
    once = _replayed(first, at)
    twice = _replayed(once, at._replace(offset=100))
    tickets = [_reader().read(record, 0, RECEIVED_US) for record in (first, once, twice)]
    queued = queue_message(QUEUE, b"T-1", tickets[1].record, tickets[1].source, revision=1, asks=0)
    again = _reader().read(Record(Position(QUEUE, 0, 5, 0), queued.key, queued.value, queued.headers or []), 0, 0)

    assert [envelope.ticket for envelope in (*tickets, again)] == [tickets[0].ticket] * 4
    assert [envelope.source.offset for envelope in (*tickets, again)] == [41, 99, 100, 99]


@pytest.mark.parametrize(
    "headers",
    [
        [("ts-origin-topic", b"elsewhere"), ("ts-origin-partition", b"0"), ("ts-origin-offset", b"7")],
        [("ts-origin-topic", b"ticket-created"), ("ts-origin-partition", b"-1"), ("ts-origin-offset", b"7")],
        [("ts-origin-topic", b"ticket-created"), ("ts-origin-partition", b"0")],
        [("ts-origin-topic", b"ticket-created"), ("ts-origin-partition", None), ("ts-origin-offset", b"9" * 20)],
    ],
)
def test_headers_that_name_no_origin_change_nothing(headers: Headers) -> None:
    """Anybody may write headers: only a whole place on the same topic is one."""
    record = a_record(41, value=_json())

    assert _reader().read(record._replace(headers=headers), 0, 0).ticket == _reader().read(record, 0, 0).ticket


def test_a_ticket_let_in_is_not_too_large_for_the_queue() -> None:
    """The largest ticket that is answered provisionally can be asked again, though the queue's headers add to it."""
    room = MAX_BYTES - len(_json("")) - len("T-1")
    largest = a_record(value=_json("x" * room))
    queued = queue_message(QUEUE, b"T-1", largest, largest.position, revision=1, asks=0)
    again = _reader().read(Record(Position(QUEUE, 0, 5, 0), queued.key, queued.value, queued.headers or []), 0, 0)

    assert _reader().read(largest, 0, 0).outcome is None
    assert again.outcome is None


@pytest.mark.parametrize(
    ("value", "headers"),
    [(_json("x" * MAX_BYTES), []), (_json(), [("h", b"x" * MAX_BYTES)]), (_json(), [("h" * MAX_BYTES, None)])],
)
def test_a_record_over_the_limit_is_refused_by_name(value: bytes, headers: Headers) -> None:
    """Value, key and headers count together against MAX_TICKET_BYTES."""
    outcome = _reader().read(a_record(value=value, headers=headers), 0, 0).outcome

    assert isinstance(outcome, DeadLetter)
    assert outcome.reason == "too_large"
    assert f"MAX_TICKET_BYTES={MAX_BYTES}" in outcome.detail


@pytest.mark.parametrize(
    ("value", "reason"),
    [(None, "tombstone"), (b"", "bad_framing"), (b"\x07?", "bad_framing"), (b'{"ticket_id": "T-1"}', "invalid_field")],
)
def test_a_bad_record_becomes_a_dead_letter(value: bytes | None, reason: str) -> None:
    """What cannot be decoded has its outcome at once."""
    outcome = _reader().read(a_record(value=value), 0, 0).outcome

    assert isinstance(outcome, DeadLetter)
    assert outcome.reason == reason


@given(st.binary(max_size=200), st.lists(st.tuples(st.sampled_from(["ts-revision", "x"]), st.binary())))
def test_no_bytes_stop_the_intake(value: bytes, headers: Headers) -> None:
    """Whatever a record holds, on either topic, it becomes an envelope."""
    for topic in ("ticket-created", QUEUE):
        envelope = _reader().read(a_record(topic=topic, value=value, headers=headers), 0, 0)

        assert (envelope.ticket is None) == isinstance(envelope.outcome, DeadLetter)


def test_a_registry_that_cannot_be_asked_judges_no_record() -> None:
    """The record may be good: the error goes to the caller, which can read it again later."""
    registry = KeptSchemas()
    registry.up = False
    intake = TicketReader(
        INPUTS,
        Decoder("TicketCreated", registry),
        no_repeats(),
        max_ticket_bytes=MAX_BYTES,
        read_text=text_reader(clean, None),
        remembered=10,
    )

    with pytest.raises(RegistryUnavailable):
        intake.read(a_record(value=b"\x00\x00\x00\x00\x01abc"), 0, 0)


@pytest.mark.parametrize("remembered", [0, 1])
@pytest.mark.parametrize("length", [10, REMEMBERED_CHARACTERS + 1])
def test_remembering_changes_no_fingerprint(remembered: int, length: int) -> None:
    """Repeated, evicted, long or not remembered at all: equal texts have the fingerprint that the function gives."""
    intake = _reader(remembered=remembered, max_ticket_bytes=100_000)
    texts = ["a" * length, "b" * length, "a" * length]
    found = [intake.read(a_record(value=_json(text)), 0, 0).fingerprint for text in texts]

    assert [fingerprint("Refund", text, KEY) for text in texts] == found
