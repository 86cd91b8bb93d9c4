"""From a record to an envelope."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumer.answer.fingerprint import fingerprint
from consumer.answer.ticket_text import text_reader
from consumer.bad_records.dead_letter import DeadLetter
from consumer.categorizer.requeue_record import queue_message
from consumer.categorizer.ticket_reader import REMEMBERED_CHARACTERS, TicketReader
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
