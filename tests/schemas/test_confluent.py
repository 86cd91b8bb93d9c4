"""Confluent framing: what is asked of the registry, and when."""

import pytest

from schemas.catalog import current_text
from schemas.codec import BadRecord, Decoder, Encoder, RegistryUnavailable
from schemas.decoder import UNKNOWN_ID_MEMORY_S
from tests.support.event_examples import CREATED, POSITION, KeptSchemas


class Clock:
    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


def test_schema_is_asked_for_once() -> None:
    """Two records with the same schema id cost one question."""
    registry = KeptSchemas(current_text("TicketCreated"))
    value = Encoder("TicketCreated", "confluent", "tickets", registry).encode(CREATED)
    decoder = Decoder("TicketCreated", registry)
    decoded = [decoder.decode(value, POSITION) for _ in range(2)]

    assert decoded == [CREATED, CREATED]
    assert registry.asked == 1


def test_schema_is_registered_once() -> None:
    """The schema is registered under <topic>-value with the first event, in its full text."""
    registry = KeptSchemas()
    encoder = Encoder("TicketCreated", "confluent", "tickets", registry)
    before = list(registry.subjects)
    for _ in range(2):
        encoder.encode(CREATED)

    assert before == []
    assert registry.subjects == ["tickets-value"]
    assert registry.texts == {1: current_text("TicketCreated")}


def test_unknown_id_is_remembered_for_a_while() -> None:
    """An id that the registry does not know is asked for again only after a while, and then found."""
    registry, clock = KeptSchemas(), Clock()
    value = Encoder("TicketCreated", "confluent", "tickets", elsewhere := KeptSchemas()).encode(CREATED)
    decoder = Decoder("TicketCreated", registry, clock)
    reasons = []
    for _ in range(3):
        with pytest.raises(BadRecord) as caught:
            decoder.decode(value, POSITION)
        reasons.append(caught.value.reason)
        clock.now_s += UNKNOWN_ID_MEMORY_S / 4
    asked_meanwhile = registry.asked
    registry.texts = elsewhere.texts
    clock.now_s += UNKNOWN_ID_MEMORY_S

    assert reasons == ["unknown_schema"] * 3
    assert asked_meanwhile == 1
    assert decoder.decode(value, POSITION) == CREATED


def test_registry_down_is_not_the_records_fault() -> None:
    """A registry that cannot be asked says nothing about the record, and is asked again at once."""
    registry = KeptSchemas()
    value = Encoder("TicketCreated", "confluent", "tickets", registry).encode(CREATED)
    decoder = Decoder("TicketCreated", registry)
    registry.up = False
    with pytest.raises(RegistryUnavailable):
        decoder.decode(value, POSITION)
    registry.up = True

    assert decoder.decode(value, POSITION) == CREATED


def test_registry_down_when_writing() -> None:
    """Writing waits for the registry too, and registers once it is back."""
    registry = KeptSchemas()
    registry.up = False
    encoder = Encoder("TicketCreated", "confluent", "tickets", registry)
    with pytest.raises(RegistryUnavailable):
        encoder.encode(CREATED)
    registry.up = True

    assert encoder.encode(CREATED)[:5] == b"\x00\x00\x00\x00\x01"


def test_without_registry() -> None:
    """Without a registry Confluent records are refused by a name that says what to set."""
    with pytest.raises(BadRecord, match="SCHEMA_REGISTRY_URL") as caught:
        Decoder("TicketCreated").decode(b"\x00\x00\x00\x00\x01abc", POSITION)

    assert caught.value.reason == "unknown_schema"
    with pytest.raises(ValueError, match="SCHEMA_REGISTRY_URL"):
        Encoder("TicketCreated", "confluent", "tickets")


def test_refused_schema_is_not_asked_for_again() -> None:
    """A schema that cannot be used is checked once; all records with it are refused in the same way."""
    registry = KeptSchemas('{"type": "record"')
    decoder = Decoder("TicketCreated", registry)
    details = []
    for _ in range(2):
        with pytest.raises(BadRecord) as caught:
            decoder.decode(b"\x00\x00\x00\x00\x01abc", POSITION)
        details.append((caught.value.reason, caught.value.detail))

    assert details == [("schema_mismatch", "the writer's schema is not an Avro schema")] * 2
    assert registry.asked == 1
