"""What is encoded is decoded again, in every framing."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.catalog import EVENTS
from schemas.categorized import CategorizedEncoder
from schemas.codec import BadRecord, Decoder, Encoder, EventFormat
from schemas.events import EventName
from tests.support.event_examples import (
    ANSWER,
    EXAMPLES,
    HEAD,
    POSITION,
    TAIL,
    KeptSchemas,
    any_event,
    any_named_event,
    changed,
    unhurried,
)

FORMATS: tuple[EventFormat, ...] = ("confluent", "single-object", "json")


@pytest.mark.parametrize("event_format", FORMATS)
@pytest.mark.parametrize("event", EVENTS)
def test_example_comes_back(event: EventName, event_format: EventFormat) -> None:
    """An event of each kind comes back unchanged from each framing."""
    registry = KeptSchemas()
    value = Encoder(event, event_format, "topic", registry).encode(EXAMPLES[event])

    assert EXAMPLES[event] == Decoder(event, registry).decode(value, POSITION)


@unhurried
@given(any_named_event, st.sampled_from(FORMATS))
def test_any_event_comes_back(named: tuple[EventName, dict[str, Any]], event_format: EventFormat) -> None:
    """Every event that the schema and the rules allow comes back unchanged from each framing."""
    event, fields = named
    registry = KeptSchemas()
    value = Encoder(event, event_format, "topic", registry).encode(fields)

    assert fields == Decoder(event, registry).decode(value, POSITION)


@pytest.mark.parametrize(
    ("event_format", "first_bytes"),
    [
        ("confluent", b"\x00\x00\x00\x00\x01"),
        ("single-object", b"\xc3\x01"),
        ("json", b'{"event_id":'),
    ],
)
def test_first_bytes(event_format: EventFormat, first_bytes: bytes) -> None:
    """Each framing begins with the bytes that its specification gives it."""
    value = Encoder("TicketCreated", event_format, "topic", KeptSchemas()).encode(EXAMPLES["TicketCreated"])

    assert value.startswith(first_bytes)


@pytest.mark.parametrize("event_format", FORMATS)
def test_splicing(event_format: EventFormat) -> None:
    """An event spliced from its runs has the very bytes of the event encoded whole."""
    registry = KeptSchemas()
    spliced = CategorizedEncoder(event_format, "topic", registry)
    whole = Encoder("TicketCategorized", event_format, "topic", KeptSchemas())

    assert whole.encode(HEAD | ANSWER | TAIL) == spliced.event(HEAD, spliced.answer(ANSWER), TAIL)


@unhurried
@given(any_event("TicketCategorized"), st.sampled_from(FORMATS))
def test_splicing_any(event: dict[str, Any], event_format: EventFormat) -> None:
    """Splicing equals encoding whole for every event that the schema allows."""
    head, answer, tail = ({name: event[name] for name in like} for like in (HEAD, ANSWER, TAIL))
    spliced = CategorizedEncoder(event_format, "topic", KeptSchemas())
    whole = Encoder("TicketCategorized", event_format, "topic", KeptSchemas())

    assert whole.encode(event) == spliced.event(head, spliced.answer(answer), tail)


@pytest.mark.parametrize("event_format", FORMATS)
def test_answer_is_reused(event_format: EventFormat) -> None:
    """The bytes of one answer serve any number of events."""
    encoder = CategorizedEncoder(event_format, "topic", registry := KeptSchemas())
    answer = encoder.answer(ANSWER)
    decoder = Decoder("TicketCategorized", registry)
    decoded = [
        decoder.decode(encoder.event(HEAD | {"ticket_id": ticket_id}, answer, TAIL), POSITION)
        for ticket_id in ("T-1", "T-2")
    ]

    assert [HEAD | {"ticket_id": name} | ANSWER | TAIL for name in ("T-1", "T-2")] == decoded


@pytest.mark.parametrize("event_format", FORMATS)
@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("description", "half a pair: \ud800"),
        ("description", 7),
        ("description", None),
        ("language", 7),
        ("attributes", {"key": 7}),
        ("attributes", {"\udfff": "value"}),
        ("created_at", "yesterday"),
        ("created_at", 1 << 63),
    ],
)
def test_unencodable(event_format: EventFormat, field: str, value: object) -> None:
    """What the schema cannot hold is a bad record that names the field and not its value."""
    encoder = Encoder("TicketCreated", event_format, "topic", KeptSchemas())

    with pytest.raises(BadRecord) as caught:
        encoder.encode(changed("TicketCreated", **{field: value}))

    assert caught.value.reason == "invalid_field"
    assert caught.value.detail.startswith(f"{field}: ")
    assert "half a pair" not in str(caught.value)


@pytest.mark.parametrize("event_format", FORMATS)
def test_unknown_symbol_is_not_written(event_format: EventFormat) -> None:
    """Reading forgives an unknown symbol; writing one is refused."""
    encoder = Encoder("TicketCorrected", event_format, "topic", KeptSchemas())

    with pytest.raises(BadRecord, match="origin"):
        encoder.encode(changed("TicketCorrected", origin="GUESS"))


@pytest.mark.parametrize("event_format", FORMATS)
def test_missing_field(event_format: EventFormat) -> None:
    """A field without a default must be given; one with a default need not be."""
    encoder = Encoder("TicketCreated", event_format, "topic", registry := KeptSchemas())
    given_fields = dict(EXAMPLES["TicketCreated"])
    del given_fields["attributes"], given_fields["language"]
    decoded = Decoder("TicketCreated", registry).decode(encoder.encode(given_fields), POSITION)
    del given_fields["ticket_id"]

    assert changed("TicketCreated", attributes={}, language=None) == decoded
    with pytest.raises(BadRecord, match="ticket_id"):
        encoder.encode(given_fields)


def test_json_without_escapes() -> None:
    """JSON is written as people read it: UTF-8, fields in the schema's order, times as numbers."""
    value = Encoder("Operation", "json", "topic").encode(changed("Operation", outcome="así"))

    assert value.decode() == (
        '{"kind":"TIMING","event_id":"o-1","operation":"model_call","outcome":"así","started_at":1763842000123.457,'
        '"duration_us":48000,"attempts":2,"ticket_id":null,"instance":"host-0","detail":{"tickets":"32"},'
        '"service_version":"0.1.0","input_tokens":346,"cached_tokens":0,"output_tokens":1,"cost":6e-05}'
    )
