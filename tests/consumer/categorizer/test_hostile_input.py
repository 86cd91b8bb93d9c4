"""Whatever stands in a topic, it is answered or it is a dead letter: nothing stops the stream."""

import json
import time
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from consumer.answer.cache import AnswerCache
from consumer.answer.ticket_text import text_reader
from consumer.bad_records.dead_letter import DeadLetterWriter
from consumer.categorizer.answerer import Answerer
from consumer.categorizer.output import AuditSample, Output
from consumer.categorizer.requeue_record import queue_message
from consumer.categorizer.ticket_reader import TicketReader
from consumer.categorizer.waiting import Waiting
from consumer.kafka.records import Headers, Record
from schemas.categorized import CategorizedEncoder
from schemas.codec import Decoder
from schemas.framing import EventFormat
from schemas.position import Position
from tests.support.consumer_parts import BASIS, CREATED, INPUTS, OUTPUTS, QUEUE, a_record, no_repeats
from tickets.text.cleaning import clean

FORMATS: list[EventFormat] = ["single-object", "json"]
ENCODERS = {event_format: CategorizedEncoder(event_format, "ticket-categorized") for event_format in FORMATS}
READER = TicketReader(
    INPUTS,
    Decoder("TicketCreated"),
    no_repeats(),
    max_ticket_bytes=262_144,
    read_text=text_reader(clean, None),
    remembered=100,
)

hostile_text = st.text(st.characters(), max_size=20) | st.sampled_from(["\ud83d", "\x00", "\u202e", " ", "x" * 300])
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | hostile_text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(hostile_text, inner, max_size=3),
    max_leaves=6,
)
ticket_like = st.fixed_dictionaries(
    {"ticket_id": hostile_text | st.just("T-1"), "subject": hostile_text, "description": hostile_text},
    optional={
        "event_id": hostile_text,
        "language": hostile_text | anything,
        "channel": hostile_text | anything,
        "attributes": st.dictionaries(hostile_text, hostile_text, max_size=2) | anything,
        "created_at": st.integers() | hostile_text,
    },
)
values = st.one_of(st.binary(max_size=64), st.none(), ticket_like.map(lambda t: json.dumps(t).encode()))
headers = st.lists(st.tuples(st.sampled_from(["traceparent", "ts-revision", "ts-asks", "x"]), st.binary(max_size=8)))


def _written(record: Record, event_format: EventFormat) -> list[str]:
    """The topics that one transaction writes to for this record, answered by the rules."""
    encoder = ENCODERS[event_format]
    answerer = Answerer(
        BASIS, encoder.answer, AnswerCache(10, 60, lambda: 0.0), None, Waiting(30, endless=False), hold=False
    )
    output = Output(OUTPUTS, encoder, AuditSample(0.0, ""), DeadLetterWriter("ticket-dead-letter", "g", "1"))
    now = time.monotonic()
    envelope = READER.read(record, now, time.time_ns() // 1000)
    if envelope.outcome is None:
        answerer.take(envelope)
    return [message.topic for message in output.messages([envelope], now, time.time_ns() // 1_000_000)]


@given(values, st.binary(max_size=8) | st.none(), headers, st.sampled_from(FORMATS))
def test_no_record_of_a_new_ticket_stops_the_stream(
    value: bytes | None, key: bytes | None, with_headers: Headers, event_format: EventFormat
) -> None:
    """Random bytes, tombstones and tickets of hostile fields give one event or one dead letter each."""
    written = _written(a_record(key=key, value=value, headers=with_headers), event_format)

    assert written in (["ticket-categorized"], ["ticket-dead-letter"])


@given(values, headers, st.integers(0, 2**63 - 1), st.integers(-(2**63), 2**63 - 1), st.integers(1, 2**31 - 1))
def test_no_record_of_the_queue_stops_the_stream(
    value: bytes | None, with_headers: Headers, offset: int, timestamp_ms: int, revision: int
) -> None:
    """Nor does one in the queue, whatever position it claims to come from."""
    source = Position(CREATED, 2**31 - 1, offset, timestamp_ms)
    asking = queue_message(QUEUE, b"T-1", a_record(value=value), source, revision=revision, asks=0)
    record = a_record(topic=QUEUE, value=value, headers=[*(asking.headers or []), *with_headers])
    written = _written(record, "single-object")

    assert written in (["ticket-categorized"], ["ticket-dead-letter"])


def test_the_hostile_fields_do_reach_the_end() -> None:
    """What the two tests above draw is not refused altogether: a ticket of odd but lawful fields is answered."""
    odd: dict[str, Any] = {"ticket_id": "ñ", "subject": "\x00", "description": "\u202e", "language": "", "channel": " "}

    assert _written(a_record(value=json.dumps(odd).encode()), "json") == ["ticket-categorized"]
