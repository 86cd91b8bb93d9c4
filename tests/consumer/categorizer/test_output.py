"""From finished envelopes to the messages of one transaction."""

from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumer.answer.cache import finished_answer
from consumer.bad_records.dead_letter import DeadLetter, DeadLetterWriter
from consumer.categorizer.envelope import Envelope
from consumer.categorizer.output import AuditSample, Output
from consumer.categorizer.requeue_record import read_queue_record
from consumer.kafka.records import Headers, Message, Record
from schemas.categorized import CategorizedEncoder
from schemas.codec import Decoder
from schemas.framing import EventFormat
from schemas.identity import event_id
from schemas.position import Position
from tests.support.consumer_parts import CREATED, OUTPUTS, QUEUE, TIMESTAMP_MS, a_record, a_ticket, an_envelope
from tests.support.event_examples import ANSWER

NOW_MS = 1_763_842_001_000
DECODER = Decoder("TicketCategorized")
FORMATS: list[EventFormat] = ["single-object", "json"]
HEADERS = ["ts-category", "ts-decision", "ts-provisional", "ts-revision"]


@cache
def _encoder(event_format: EventFormat) -> CategorizedEncoder:
    return CategorizedEncoder(event_format, "ticket-categorized")


@cache
def _output(event_format: EventFormat = "single-object", audit_share: float = 0.0) -> Output:
    letters = DeadLetterWriter("ticket-dead-letter", "ticketstream", "1.2.3")
    return Output(OUTPUTS, _encoder(event_format), AuditSample(audit_share, "seed"), letters)


def _finished(
    offset: int = 0,
    *,
    revision: int = 0,
    provisional: bool = False,
    headers: Headers | None = None,
    event_format: EventFormat = "single-object",
    answer: dict[str, Any] | None = None,
) -> Envelope:
    record = a_record(offset, topic=QUEUE if revision else CREATED, headers=headers)
    envelope = Envelope(record, Position(CREATED, 0, offset, TIMESTAMP_MS), revision, 100.0, 1_763_842_000_500_000)
    envelope.ticket = a_ticket(ticket_id=f"T-{offset}")
    fields = ANSWER | {"provisional": provisional, "method": "RULES" if provisional else "MODEL"} | (answer or {})
    envelope.outcome = finished_answer(fields, _encoder(event_format).answer)
    return envelope


def _decoded(message: Message) -> dict[str, Any]:
    return DECODER.decode(message.value, Position(message.topic, 0, 0, 0))


@pytest.mark.parametrize("event_format", FORMATS)
def test_an_answer_becomes_one_whole_event(event_format: EventFormat) -> None:
    """Who it is about, the answer, where it came from and where the time went, under the ticket's key."""
    envelope = _finished(41, event_format=event_format)
    envelope.model_outcome, envelope.call_id, envelope.attempts = "answered", "c-1", 2
    envelope.decode_us, envelope.lookup_us, envelope.queue_us, envelope.model_us, envelope.rules_us = 1, 2, 3, 4, 5
    envelope.ready_s = 100.25
    (message,) = _output(event_format).messages([envelope], 100.75, NOW_MS)

    assert (message.topic, message.key) == ("ticket-categorized", b"T-41")
    assert _decoded(message) == ANSWER | {
        "event_id": event_id(CREATED, 0, 41, 0),
        "ticket_event_id": "e-1",
        "ticket_id": "T-41",
        "revision": 0,
        "language": "es",
        "channel": None,
        "source": {"topic": CREATED, "partition": 0, "offset": 41, "timestamp": TIMESTAMP_MS},
        "timings": {
            "received_at": 1_763_842_000_500_000,
            "decode_us": 1,
            "lookup_us": 2,
            "queue_us": 3,
            "model_us": 4,
            "rules_us": 5,
            "wait_us": 500_000,
            "total_us": 750_000,
        },
        "model_outcome": "answered",
        "model_call_id": "c-1",
        "attempts": 2,
        "audit_probability": 0.0,
        "text_removed_chars": 0,
        "service_version": "1.2.3",
        "created_at": TIMESTAMP_MS,
        "categorized_at": NOW_MS,
    }


def test_a_later_revision_names_the_original_record() -> None:
    """Read from the queue, its event still has the position of the ticket's own record."""
    envelope = _finished(41, revision=2)
    (message,) = _output().messages([envelope], 101.0, NOW_MS)
    event = _decoded(message)

    assert (event["source"]["topic"], event["source"]["offset"], event["revision"]) == (CREATED, 41, 2)
    assert event["event_id"] == event_id(CREATED, 0, 41, 2)


def test_a_provisional_answer_is_queued_with_it() -> None:
    """The same messages hold the input's own bytes for the queue, asking for the next revision."""
    envelope = _finished(41, provisional=True, headers=[("tenant", b"a")])
    event, queued = _output().messages([envelope], 101.0, NOW_MS)
    record = Record(Position(QUEUE, 0, 0, 0), queued.key, queued.value, queued.headers or [])

    assert _decoded(event)["provisional"]
    assert (queued.topic, queued.key, queued.value) == (QUEUE, b"T-41", envelope.record.value)
    assert read_queue_record(record) == (envelope.source, 1, 0)
    assert record.header("tenant") == "a"


def test_the_audit_sample_gets_the_same_bytes() -> None:
    """A sampled ticket's event goes to both topics, stamped with the share of the sample."""
    event, sampled = _output(audit_share=1.0).messages([_finished()], 101.0, NOW_MS)

    assert (event.topic, sampled.topic) == ("ticket-categorized", "ticket-audit")
    assert (event.key, event.value) == (sampled.key, sampled.value)
    assert _decoded(sampled)["audit_probability"] == 1.0


def test_a_dead_letter_is_written_instead() -> None:
    """The record as it was, with the cause and the time of the transaction."""
    envelope = an_envelope(7)
    envelope.ticket, envelope.outcome = None, DeadLetter("bad_framing", "empty")
    (message,) = _output().messages([envelope], 101.0, NOW_MS)
    headers = dict(message.headers or [])

    assert (message.topic, message.key, message.value) == ("ticket-dead-letter", b"T-1", envelope.record.value)
    assert (headers["ts-reason"], headers["ts-group"], headers["ts-offset"]) == (b"bad_framing", b"ticketstream", b"7")
    assert headers["ts-failed-at"] == b"2025-11-22T20:06:41.000+00:00"


def test_a_trace_is_passed_on_and_nothing_else() -> None:
    """traceparent and tracestate of the input reach those who read the answer; other headers, like ours too, do not."""
    traced = _finished(headers=[("traceparent", b"00-a-b-01"), ("ts-category", b"theirs"), ("tracestate", b"x=1")])
    first, second = _output().messages([traced, _finished(1)], 101.0, NOW_MS)

    assert first.headers == [*(second.headers or []), ("traceparent", b"00-a-b-01"), ("tracestate", b"x=1")]
    assert [name for name, _ in second.headers or []] == HEADERS


@pytest.mark.parametrize("revision", [0, 1, 12])
def test_headers_say_what_the_event_says(revision: int) -> None:
    """Category, decision, revision and whether it is provisional, in UTF-8, also on the copy for the audit."""
    fields = {"category": "facturación", "decision": "REVIEW"}
    envelope = _finished(41, revision=revision, provisional=revision != 1, answer=fields)
    event, audited, *_ = _output(audit_share=1.0).messages([envelope], 101.0, NOW_MS)
    said, headers = _decoded(event), event.headers or []

    assert headers == audited.headers
    assert headers == [
        ("ts-category", said["category"].encode()),
        ("ts-decision", said["decision"].encode()),
        ("ts-provisional", b"false" if revision == 1 else b"true"),
        ("ts-revision", str(said["revision"]).encode()),
    ]
    assert said["provisional"] is (revision != 1)


@given(st.lists(st.sampled_from(["model", "provisional", "dead"]), max_size=20), st.booleans())
def test_every_envelope_leaves_its_trace_in_order(kinds: list[str], audited: bool) -> None:  # noqa: FBT001
    """One event or dead letter for each envelope, in their order, and one queued record for each provisional answer."""
    envelopes = [_finished(place, provisional=kind == "provisional") for place, kind in enumerate(kinds)]
    for envelope, kind in zip(envelopes, kinds, strict=True):
        if kind == "dead":
            envelope.outcome = DeadLetter("bad_framing", "empty")
    messages = _output(audit_share=float(audited)).messages(envelopes, 101.0, NOW_MS)
    topics = [message.topic for message in messages]
    events = [_decoded(message) for message in messages if message.topic == "ticket-categorized"]

    assert topics.count("ticket-dead-letter") == kinds.count("dead")
    assert topics.count(QUEUE) == kinds.count("provisional")
    assert topics.count("ticket-audit") == (len(events) if audited else 0)
    assert [event["source"]["offset"] for event in events] == [p for p, kind in enumerate(kinds) if kind != "dead"]


def test_an_unfinished_envelope_is_a_fault_of_ours() -> None:
    """Better to stop than to commit past a ticket without an answer."""
    with pytest.raises(AssertionError, match="before it was done"):
        _output().messages([an_envelope()], 101.0, NOW_MS)
