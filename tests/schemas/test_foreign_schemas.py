"""Schemas of other writers resolve to ours by the names of their fields."""

import json
import tracemalloc
from contextlib import suppress
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.catalog import EVENTS, current_text
from schemas.codec import BadRecord, Decoder, Encoder
from schemas.events import EventName
from schemas.identity import event_id
from tests.support.event_examples import (
    CATEGORIZED,
    CORRECTED,
    CREATED,
    EXAMPLES,
    OPERATION,
    POSITION,
    KeptSchemas,
    any_named_event,
    unhurried,
    written_with,
)

HEADER = b"\x00\x00\x00\x00\x01"
AT_MS = 1_763_842_000_123
ID = UUID("5f0c6f0e-2a9b-4b3f-8f3e-0d8f2b7f9a10")


def fields_of(event: EventName) -> list[dict[str, Any]]:
    fields: list[dict[str, Any]] = json.loads(current_text(event))["fields"]
    return fields


def schema(event: EventName, types: dict[str, Any], **changes: Any) -> str:
    """Return our schema with other types for some fields; a field whose type is None is left out."""
    ours = {field["name"]: field["type"] for field in fields_of(event)}
    fields = [{"name": name, "type": kind} for name, kind in (ours | types).items() if kind is not None]
    return json.dumps({"type": "record", "name": event, "fields": fields} | changes)


def decode(event: EventName, text: str, fields: dict[str, Any]) -> dict[str, Any]:
    return Decoder(event, KeptSchemas(text)).decode(written_with(text, fields, HEADER), POSITION)


def created(types: dict[str, Any], values: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Write a ticket with these types and values, and return how it is read."""
    return decode("TicketCreated", schema("TicketCreated", types, **changes), CREATED | values)


def refusal(types: dict[str, Any], values: dict[str, Any], event: EventName = "TicketCreated") -> BadRecord:
    with pytest.raises(BadRecord) as caught:
        decode(event, schema(event, types), EXAMPLES[event] | values)
    return caught.value


def logical(kind: Any, unit: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, "logicalType": unit} | more


@pytest.mark.parametrize(
    "names",
    [
        {"name": "ConnectDefault", "namespace": "io.confluent.connect.avro"},
        {"name": "Value", "namespace": "mysql.helpdesk.tickets"},
        {"name": "tickets"},
        {"name": "com.example.TicketCreated"},
        {"name": "Operation", "namespace": "com.example"},
    ],
)
@pytest.mark.parametrize("event", EVENTS)
def test_the_name_of_the_record_does_not_matter(event: EventName, names: dict[str, str]) -> None:
    """A writer names its record and its namespace as it likes."""
    assert decode(event, schema(event, {}, **names), EXAMPLES[event]) == EXAMPLES[event]


def test_a_record_of_another_event_of_ours_is_refused() -> None:
    """An answer in the topic of corrections has every field that a correction needs, and is none."""
    text = json.dumps(json.loads(current_text("TicketCategorized")))

    with pytest.raises(BadRecord, match="that of TicketCategorized, this topic holds TicketCorrected") as caught:
        decode("TicketCorrected", text, CATEGORIZED)

    assert caught.value.reason == "schema_mismatch"


TIMES: dict[str, tuple[Any, Any]] = {
    "timestamp-micros": (logical("long", "timestamp-micros"), AT_MS * 1000 + 999),
    "timestamp-nanos": (logical("long", "timestamp-nanos"), AT_MS * 10**6 + 999_999),
    "local-timestamp-millis": (logical("long", "local-timestamp-millis"), AT_MS),
    "local-timestamp-micros": (logical("long", "local-timestamp-micros"), AT_MS * 1000),
    "nullable and turned round": ([logical("long", "timestamp-micros"), "null"], AT_MS * 1000),
    "Debezium's MicroTimestamp": (
        {"type": "long", "connect.version": 1, "connect.name": "io.debezium.time.MicroTimestamp"},
        AT_MS * 1000,
    ),
    "Debezium's NanoTimestamp": ({"type": "long", "connect.name": "io.debezium.time.NanoTimestamp"}, AT_MS * 10**6),
    "Debezium's ZonedTimestamp": (
        {"type": "string", "connect.name": "io.debezium.time.ZonedTimestamp"},
        "2025-11-22T20:06:40.123Z",
    ),
    "Connect's Timestamp": (
        logical("long", "timestamp-millis", **{"connect.name": "org.apache.kafka.connect.data.Timestamp"}),
        AT_MS,
    ),
    "a plain long in milliseconds": ("long", AT_MS),
    "a plain long in microseconds": ("long", AT_MS * 1000),
    "a double in seconds": ("double", AT_MS / 1000),
    "text": ("string", "2025-11-22T21:06:40.123+0100"),
    "text or long, given as text": (["null", "string", "long"], "2025-11-22 20:06:40.123"),
    "text or long, given as long": (["null", "string", logical("long", "timestamp-micros")], AT_MS * 1000),
    "a unit that is not known": (logical("long", "fortnights"), AT_MS),
    "a unit of another type": (logical("long", "decimal"), AT_MS),
}  # fmt: skip


@pytest.mark.parametrize("name", TIMES)
def test_a_time_in_any_unit_is_the_same_time(name: str) -> None:
    """Units are converted, never taken for ours."""
    kind, value = TIMES[name]

    assert created({"created_at": kind}, {"created_at": value}) == CREATED | {"created_at": AT_MS}


@pytest.mark.parametrize(
    ("kind", "value", "at_ms"),
    [("int", 1_763_842_000, 1_763_842_000_000), (logical("int", "date"), 20_414, 20_414 * 86_400_000)],
)
def test_a_time_may_be_an_int(kind: Any, value: int, at_ms: int) -> None:
    """Seconds fit into an int, and so do days."""
    assert created({"created_at": kind}, {"created_at": value})["created_at"] == at_ms


def test_times_of_our_own_events_keep_their_units() -> None:
    """Microseconds of a writer become our milliseconds and the other way round, also in records within records."""
    source = next(field["type"] for field in fields_of("TicketCategorized") if field["name"] == "source")
    source["fields"][3]["type"]["logicalType"] = "timestamp-micros"
    answer = schema("TicketCategorized", {"source": source})
    operation = schema("Operation", {"started_at": logical("long", "timestamp-millis")})
    at_us = CATEGORIZED["source"]["timestamp"] * 1000

    assert decode(
        "TicketCategorized", answer, CATEGORIZED | {"source": CATEGORIZED["source"] | {"timestamp": at_us}}
    ) == (CATEGORIZED)
    assert decode("Operation", operation, OPERATION | {"started_at": AT_MS})["started_at"] == AT_MS * 1000


TEXTS: dict[str, tuple[Any, Any, str]] = {
    "text or null": (["null", "string"], "a-1", "a-1"),
    "turned round": (["string", "null"], "a-1", "a-1"),
    "the string of Java": ({"type": "string", "avro.java.string": "String"}, "a-1", "a-1"),
    "bytes": ("bytes", b"a-1", "a-1"),
    "fixed": ({"type": "fixed", "name": "F", "size": 3}, b"a-1", "a-1"),
    "enum": ({"type": "enum", "name": "E", "symbols": ["A1", "A2"]}, "A2", "A2"),
    "uuid": (logical("string", "uuid"), str(ID), str(ID)),
    "uuid in 16 bytes": (logical("fixed", "uuid", name="U", size=16), ID.bytes, str(ID)),
    "long": ("long", 12, "12"),
    "int or text": (["int", "string"], 12, "12"),
    "float": ("float", 1.0, "1"),
    "double": ("double", 1.5, "1.5"),
    "decimal without places": (logical("bytes", "decimal", precision=38, scale=0), b"\x00\xff", "255"),
    "decimal without a scale": (logical("bytes", "decimal", precision=4), b"\xff", "-1"),
    "decimal with places": (logical("bytes", "decimal", precision=9, scale=2), (1250).to_bytes(2, "big"), "12.50"),
    "decimal in fixed": (logical("fixed", "decimal", name="D", size=2, precision=4, scale=0), b"\x00\x07", "7"),
    "date": (logical("int", "date"), 20_414, "2025-11-22"),
    "timestamp": (logical("long", "timestamp-micros"), AT_MS * 1000, "2025-11-22T20:06:40.123000Z"),
    "time of day": (logical("int", "time-millis"), 36_000_000, "10:00:00"),
}  # fmt: skip


@pytest.mark.parametrize("name", TEXTS)
def test_an_id_is_text_whatever_its_type(name: str) -> None:
    """Identifiers and attributes may be any scalar, as in JSON."""
    kind, value, text = TEXTS[name]

    assert created({"ticket_id": kind}, {"ticket_id": value}) == CREATED | {"ticket_id": text}
    attributes = {"type": "map", "values": ["null", *(kind if isinstance(kind, list) else [kind])]}
    if "null" not in kind:
        assert created({"attributes": attributes}, {"attributes": {"a": value, "b": None}})["attributes"] == {"a": text}


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**30), max_value=10**30))
def test_a_decimal_keeps_every_digit(number: Decimal) -> None:
    """A decimal is exact, however long."""
    unscaled = int(number.scaleb(4)) if abs(number) < 10**20 else int(str(number).replace(".", ""))
    value = unscaled.to_bytes(32, "big", signed=True)
    text = created({"ticket_id": logical("bytes", "decimal", precision=60, scale=4)}, {"ticket_id": value})["ticket_id"]

    assert Decimal(text) == Decimal(f"{unscaled}e-4")


@pytest.mark.parametrize("kind", [["null", "string"], ["string", "null"], "string", "bytes"])
def test_free_text_may_be_nullable_and_bytes(kind: Any) -> None:
    """What people write is read from text and from bytes in UTF-8."""
    value = "No puedo pagar, año 2026"

    written = value.encode() if kind == "bytes" else value
    assert created({"description": kind}, {"description": written})["description"] == value


def test_nulls_are_absent() -> None:
    """Tickets of Kafka Connect, where every field may be null, are read like JSON with nulls."""
    names = ["event_id", "subject", "language", "channel", "attributes", "created_at"]
    kinds = {
        f["name"]: f["type"] if isinstance(f["type"], list) else ["null", f["type"]] for f in fields_of("TicketCreated")
    }

    assert created(kinds, dict.fromkeys(names)) == CREATED | {
        "event_id": event_id("ticket-created", 3, 41, 0),
        "subject": "",
        "language": None,
        "channel": None,
        "attributes": {},
        "created_at": POSITION.timestamp_ms,
    }  # fmt: skip


@pytest.mark.parametrize("name", ["event_id", "subject", "language", "channel", "attributes", "created_at"])
def test_a_field_that_is_always_null_is_absent(name: str) -> None:
    """Null alone is a type of Avro too."""
    assert created({name: "null"}, {name: None}) == created({name: None}, {})


def test_what_a_ticket_may_leave_out_its_schema_may_leave_out() -> None:
    """A writer without ids of events and times has them derived from the position of the record."""
    read = created(dict.fromkeys(["event_id", "created_at", "subject", "language", "attributes"]), {})

    assert read == CREATED | {
        "event_id": event_id("ticket-created", 3, 41, 0), "created_at": POSITION.timestamp_ms, "subject": "",
        "language": None, "attributes": {},
    }  # fmt: skip


def test_a_correction_without_its_time_is_one() -> None:
    """The time of a correction is derived too, and its origin has a default."""
    read = decode("TicketCorrected", schema("TicketCorrected", dict.fromkeys(["corrected_at", "origin"])), CORRECTED)

    assert read == CORRECTED | {"corrected_at": POSITION.timestamp_ms, "origin": "AGENT"}


def test_an_origin_may_be_text() -> None:
    """Symbols of an enum may be written as text; an unknown one is UNKNOWN."""
    text = schema("TicketCorrected", {"origin": ["null", "string"]})

    read = [
        decode("TicketCorrected", text, CORRECTED | {"origin": origin})["origin"] for origin in ("AUDIT", "X", None)
    ]
    assert read == ["AUDIT", "UNKNOWN", "AGENT"]


def test_extra_fields_are_skipped() -> None:
    """Fields of any type that we do not have stand where they like, and types defined in them may be used later."""
    plan = {"type": "record", "name": "Plan", "namespace": "", "fields": [{"name": "id", "type": "string"}]}
    level = {"type": "enum", "name": "com.example.Level", "symbols": ["LOW", "HIGH"]}
    text = json.loads(schema("TicketCreated", {"channel": "com.example.Level"}, namespace="com.example"))
    text["fields"] = [
        {"name": "plans", "type": {"type": "array", "items": plan}},
        {"name": "level", "type": ["null", level]},
        *text["fields"],
        {"name": "blob", "type": "bytes"},
    ]
    more = {"plans": [{"id": "x"}], "level": "LOW", "blob": b"\xff", "channel": "HIGH"}

    assert decode("TicketCreated", json.dumps(text), CREATED | more) == CREATED | {"channel": "HIGH"}


MISMATCHES: dict[str, tuple[EventName, dict[str, Any], list[str]]] = {
    "a field is missing": ("TicketCreated", {"ticket_id": None}, ["ticket_id: the writer's schema does not have it"]),
    "no text at all": (
        "TicketCreated",
        {"subject": None, "description": None},
        ["description: the writer's schema has neither it nor subject"],
    ),
    "free text is a number": (
        "TicketCreated",
        {"subject": "long"},
        ["subject: the writer's long cannot be read as our string"],
    ),
    "free text is a nullable number": (
        "TicketCreated",
        {"subject": ["null", "double"]},
        ["subject: the writer's double cannot be read as our string"],
    ),
    "text is a list": (
        "TicketCreated",
        {"ticket_id": {"type": "array", "items": "string"}},
        ["ticket_id: the writer's array cannot be read as our string"],
    ),
    "attributes are a list": (
        "TicketCreated",
        {"attributes": {"type": "array", "items": "string"}},
        ["attributes: the writer's array cannot be read as our map"],
    ),
    "a time is a time of day": (
        "TicketCreated",
        {"created_at": logical("long", "time-micros")},
        ["created_at: the writer's long (time-micros) cannot be read as our long (timestamp-millis)"],
    ),
    "a time is a boolean": (
        "TicketCreated",
        {"created_at": "boolean"},
        ["created_at: the writer's boolean cannot be read as our long (timestamp-millis)"],
    ),
    "two at once": (
        "TicketCorrected",
        {"ticket_id": "null", "reason": "int", "corrected_at": {"type": "map", "values": "long"}},
        ["ticket_id: the writer's null", "reason: the writer's int", "corrected_at: the writer's map"],
    ),
    "numbers that are text": (
        "Operation",
        {"duration_us": "string"},
        ["duration_us: the writer's string cannot be read as our long"],
    ),
    "branches alike": (
        "TicketCreated",
        {"created_at": [logical("int", "date"), logical("long", "timestamp-micros")]},
        ["created_at: the writer's union has int (date) and long (timestamp-micros), which cannot be told apart"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MISMATCHES)
def test_what_does_not_resolve_names_fields_and_types(name: str) -> None:
    """The refusal names every field at fault, and both types."""
    event, types, details = MISMATCHES[name]
    with pytest.raises(BadRecord) as caught:
        Decoder(event, KeptSchemas(schema(event, types))).decode(HEADER, POSITION)

    assert caught.value.reason == "schema_mismatch"
    for detail in details:
        assert detail in caught.value.detail


def test_a_branch_that_does_not_resolve_matters_only_where_it_is_used() -> None:
    """A union with a branch that we cannot read is read as long as records use the others."""
    kind = {"description": ["null", "string", {"type": "array", "items": "string"}]}
    refused = refusal(kind, {"description": ["canary"]})

    assert created(kind, {}) == CREATED
    assert (refused.reason, refused.detail) == (
        "schema_mismatch",
        "description: the writer's array cannot be read as our string",
    )


@pytest.mark.parametrize(
    ("types", "values", "detail"),
    [
        ({"ticket_id": ["null", "string"]}, {"ticket_id": None}, "ticket_id: missing"),
        (
            {"subject": ["null", "string"], "description": ["null", "string"]},
            {"subject": None, "description": None},
            "description: missing, and so is subject",
        ),
        ({"ticket_id": "bytes"}, {"ticket_id": b"\xff\xfe"}, "ticket_id: must be text: its bytes are not UTF-8"),
        ({"ticket_id": "double"}, {"ticket_id": float("nan")}, "ticket_id: must be a finite number"),
        (
            {"ticket_id": logical("bytes", "decimal", precision=9, scale=0)},
            {"ticket_id": b"\x01" * 65},
            "ticket_id: must be a decimal of at most 64 bytes",
        ),
        (
            {"attributes": {"type": "map", "values": "bytes"}},
            {"attributes": {"plan": b"\xff"}},
            "attributes.plan: must be text: its bytes are not UTF-8",
        ),
        ({"created_at": logical("long", "timestamp-micros")}, {}, "created_at: not a time from 2000 to 2099"),
        ({"created_at": "string"}, {"created_at": "canary"}, "created_at: must be a time: ISO 8601,"),
    ],
)  # fmt: skip
def test_a_value_that_ours_cannot_hold_names_its_field(
    types: dict[str, Any], values: dict[str, Any], detail: str
) -> None:
    """The schema resolves and the record is at fault: the field is named without its value."""
    refused = refusal(types, values)

    assert refused.reason == "invalid_field"
    assert refused.detail.startswith(detail)


def test_a_union_of_records_is_read_by_its_branch() -> None:
    """A topic for several kinds of records has one schema for them; those that are tickets are read."""
    other = {"type": "record", "name": "Closed", "fields": [{"name": "ticket_id", "type": "string"}]}
    ticket = json.loads(schema("TicketCreated", {"created_at": logical("long", "timestamp-micros")}, name="a.Ticket"))
    body = written_with(json.dumps(ticket), CREATED | {"created_at": AT_MS * 1000}, b"")
    decoder = Decoder("TicketCreated", KeptSchemas(json.dumps([other, "null", ticket])))

    assert decoder.decode(HEADER + b"\x04" + body, POSITION) == CREATED | {"created_at": AT_MS}
    for wrong, reason in [
        (b"\x00\x02x", "schema_mismatch"),
        (b"\x02", "schema_mismatch"),
        (b"\x06" + body, "bad_framing"),
        (b"\x01" + body, "bad_framing"),
        (b"\xff" * 20, "bad_framing"),
        (b"", "bad_framing"),
    ]:
        with pytest.raises(BadRecord) as caught:
            decoder.decode(HEADER + wrong, POSITION)
        assert caught.value.reason == reason


@pytest.mark.parametrize("field", ["extra", "subject"])
def test_what_we_do_not_have_takes_no_memory(field: str) -> None:
    """Values that are skipped or refused are not built: a byte of them could stand for many."""
    nulls = [{"name": f"n{number}", "type": "null"} for number in range(24)]
    wide = {"type": "record", "name": "Wide", "fields": [{"name": "b", "type": "boolean"}, *nulls]}
    kind = ["string", {"type": "array", "items": wide}]
    text = schema("TicketCreated", {field: kind})
    values = [{"b": True} | {f"n{number}": None for number in range(24)}] * 20_000
    value = written_with(text, CREATED | {field: values}, HEADER)
    decoder = Decoder("TicketCreated", KeptSchemas(text))
    decoder.decode(written_with(text, CREATED | {field: "x"}, HEADER), POSITION)
    tracemalloc.start()
    with suppress(BadRecord):
        decoder.decode(value, POSITION)
    _, peak_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak_bytes < 200_000 + 40 * len(value)


_TYPES: list[Any] = [
    "null", "boolean", "int", "long", "float", "double", "bytes", "string",
    *(kind for kind, _ in TIMES.values()), *(kind for kind, _, _ in TEXTS.values()),
    {"type": "array", "items": "long"}, {"type": "map", "values": ["null", "long", "bytes"]},
    logical("fixed", "duration", name="Duration", size=12), logical("bytes", "decimal", precision=200, scale=100),
    {"type": "record", "name": "R", "fields": [{"name": "topic", "type": "string"}]},
]  # fmt: skip
_branches = st.lists(st.sampled_from([kind for kind in _TYPES if not isinstance(kind, list)]), max_size=4)


def _is_event_or_named(event: EventName, text: str, value: bytes) -> bool:
    """Whether a record is an event that can be written and read again, or refused with the name of what is wrong."""
    try:
        decoded = Decoder(event, KeptSchemas(text)).decode(value, POSITION)
    except BadRecord as refused:
        return bool(refused.detail) and not refused.detail.startswith(":")
    return Decoder(event).decode(Encoder(event, "json", "t").encode(decoded), POSITION) == decoded


@unhurried
@given(st.sampled_from(EVENTS), st.data(), st.binary(max_size=120))
def test_any_types_and_any_bytes_do_no_more_than_raise_a_bad_record(
    event: EventName, data: st.DataObject, body: bytes
) -> None:
    """Whatever a schema makes of our fields, records are events that can be written again, or named as bad."""
    names = [field["name"] for field in fields_of(event)]
    types = data.draw(
        st.dictionaries(st.sampled_from([*names, "extra"]), st.sampled_from(_TYPES) | _branches, max_size=4)
    )
    assert _is_event_or_named(event, schema(event, types), HEADER + body)


@unhurried
@given(st.data())
def test_any_value_of_any_types_does_no_more_than_raise_a_bad_record(data: st.DataObject) -> None:
    """The same for values that the types can hold, so that all conversions are reached."""
    kinds: dict[str, Any] = {}
    values: dict[str, Any] = {}
    numbers = st.integers(-(2**31), 2**31 - 1)
    pools: dict[str, st.SearchStrategy[Any]] = {
        "null": st.none(), "boolean": st.booleans(), "int": numbers, "float": st.floats(width=32),
        "long": numbers | st.integers(-(2**63), 2**63 - 1), "double": st.floats(), "string": st.text(max_size=20),
        "bytes": st.binary(max_size=80), "enum": st.just("A1"),
    }  # fmt: skip
    for name in data.draw(st.sets(st.sampled_from(sorted(CREATED)), max_size=4)):
        kind = data.draw(st.sampled_from(_TYPES))
        primitive = kind["type"] if isinstance(kind, dict) else kind
        if isinstance(kind, list) or primitive not in {*pools, "fixed"}:
            continue
        kinds[name] = kind | {"name": f"{kind['name']}_{name}"} if isinstance(kind, dict) and "name" in kind else kind
        size = kind["size"] if primitive == "fixed" else 0
        values[name] = data.draw(st.binary(min_size=size, max_size=size) if size else pools[primitive])
    text = schema("TicketCreated", kinds)

    assert _is_event_or_named("TicketCreated", text, written_with(text, CREATED | values, HEADER))


@unhurried
@given(any_named_event, st.randoms(use_true_random=False))
def test_nullable_fields_in_any_order_under_any_name_change_nothing(
    named: tuple[EventName, dict[str, Any]], random: Any
) -> None:
    """Whatever the event: unions either way round, fields in another order, another name of the record."""
    event, fields = named
    ours = fields_of(event)
    random.shuffle(ours)
    for field in ours:
        branches = field["type"] if isinstance(field["type"], list) else ["null", field["type"]]
        field["type"] = branches[:: random.choice([1, -1])]
        field.pop("default", None)
    text = json.dumps({"type": "record", "name": "ConnectDefault", "namespace": "x.y", "fields": ours})

    assert decode(event, text, fields) == fields
