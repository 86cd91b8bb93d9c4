"""The rules for fields beyond their type, the same for all framings."""

from typing import Any

import pytest

from schemas.catalog import EVENTS
from schemas.codec import BadRecord, Decoder, Encoder, EventFormat
from schemas.events import EventName
from schemas.field_rules import checks
from tests.support.event_examples import CATEGORIZED, POSITION, as_json, changed

Y2000_MS = 946_684_800_000
Y2100_MS = 4_102_444_800_000


def decode(event: EventName, event_format: EventFormat, **changes: Any) -> dict[str, Any]:
    value = Encoder(event, event_format, "topic").encode(changed(event, **changes))
    return Decoder(event).decode(value, POSITION)


@pytest.mark.parametrize("event_format", ["single-object", "json"])
@pytest.mark.parametrize(
    ("event", "field", "value", "fault"),
    [
        ("TicketCreated", "ticket_id", "", "blank"),
        ("TicketCreated", "ticket_id", " \u00a0", "blank"),
        ("TicketCreated", "ticket_id", "x" * 257, "longer than 256 characters"),
        ("TicketCreated", "ticket_id", "T-1\n", "contains control characters"),
        ("TicketCreated", "ticket_id", "T\x00", "contains control characters"),
        ("TicketCreated", "ticket_id", "T\x1b[2J", "contains control characters"),
        ("TicketCreated", "ticket_id", "T\u0085", "contains control characters"),
        ("TicketCreated", "ticket_id", "T\u2028", "contains control characters"),
        ("TicketCreated", "ticket_id", "T\u202e1", "contains control characters"),
        ("TicketCreated", "event_id", "", "blank"),
        ("TicketCreated", "created_at", Y2000_MS - 1, "not a time from 2000 to 2099"),
        ("TicketCreated", "created_at", Y2100_MS, "not a time from 2000 to 2099"),
        ("TicketCorrected", "category", " ", "blank"),
        ("TicketCorrected", "subcategory", "", "blank"),
        ("TicketCorrected", "judged_event_id", "", "blank"),
        ("TicketCorrected", "corrected_at", 0, "not a time from 2000 to 2099"),
        ("Operation", "started_at", 1_763_842_000_123, "not a time from 2000 to 2099"),
        ("Alert", "ended_at", 0, "not a time from 2000 to 2099"),
    ],
)
def test_broken_rule(event: EventName, field: str, value: Any, fault: str, event_format: EventFormat) -> None:
    """A field that breaks a rule is refused by its name, and its value is not repeated."""
    with pytest.raises(BadRecord) as caught:
        decode(event, event_format, **{field: value})

    assert ("invalid_field", f"{field}: {fault}") == (caught.value.reason, caught.value.detail)


@pytest.mark.parametrize("event_format", ["single-object", "json"])
@pytest.mark.parametrize(
    ("event", "field", "value"),
    [
        ("TicketCreated", "ticket_id", "x" * 256),
        ("TicketCreated", "ticket_id", "Nº 12 / ñandú 😀"),
        ("TicketCreated", "created_at", Y2000_MS),
        ("TicketCreated", "created_at", Y2100_MS - 1),
        ("TicketCreated", "description", "\x00\x1b\u202e"),
        ("TicketCorrected", "judged_event_id", None),
        ("TicketCategorized", "source", CATEGORIZED["source"] | {"timestamp": -1}),
        ("TicketCategorized", "alternatives", []),
    ],
)
def test_kept_rule(event: EventName, field: str, value: Any, event_format: EventFormat) -> None:
    """What just keeps the rules is accepted as it is."""
    assert value == decode(event, event_format, **{field: value})[field]


@pytest.mark.parametrize(
    ("changes", "detail"),
    [
        ({"confidence": float("nan")}, "confidence: not a finite number"),
        ({"subcategory_confidence": float("inf")}, "subcategory_confidence: not a finite number"),
        ({"revision": 1 << 31}, "revision: outside 32 bits"),
        ({"source": CATEGORIZED["source"] | {"partition": -(1 << 31) - 1}}, "source: partition: outside 32 bits"),
        (
            {"timings": CATEGORIZED["timings"] | {"received_at": 0}},
            "timings: received_at: not a time from 2000 to 2099",
        ),
        (
            {"alternatives": [CATEGORIZED["alternatives"][0] | {"confidence": float("nan")}]},
            "alternatives: confidence: not a finite number",
        ),
    ],
)
def test_numbers_that_avro_lets_pass(changes: dict[str, Any], detail: str) -> None:
    """Avro carries NaN, and fastavro any number for an int: neither reaches a table."""
    with pytest.raises(BadRecord) as caught:
        decode("TicketCategorized", "single-object", **changes)

    assert detail == caught.value.detail


def test_a_schema_says_what_its_numbers_mean() -> None:
    """A number of milliseconds in Avro is no number of seconds, however small."""
    with pytest.raises(BadRecord, match="created_at: not a time from 2000 to 2099"):
        decode("TicketCreated", "single-object", created_at=1_763_842_000)


@pytest.mark.parametrize("timestamp_ms", [-1, 0, Y2100_MS])
def test_derived_time(timestamp_ms: int) -> None:
    """A time taken from the record's own timestamp is judged like any other."""
    position = POSITION._replace(timestamp_ms=timestamp_ms)

    with pytest.raises(BadRecord, match="created_at"):
        Decoder("TicketCreated").decode(as_json({"ticket_id": "T-1", "subject": ""}), position)


@pytest.mark.parametrize("event", EVENTS)
def test_every_identifier_has_a_rule(event: EventName) -> None:
    """The fields that join records are judged in every event that has them."""
    identifiers = {"event_id", "ticket_id", "ticket_event_id", "alert_id"}
    ruled = {name for name, _ in checks(event)}
    nullable = {"ticket_id"} if event == "Operation" else set()

    assert identifiers & changed(event).keys() - nullable <= ruled
