"""Schemas of other people's making that are weapons are refused before they read a byte."""

import json
import subprocess
import sys
import time
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.catalog import EVENTS, current_text, fingerprint_of, parse
from schemas.codec import BadRecord, Decoder, Encoder
from schemas.events import EventName
from schemas.framing import SINGLE_OBJECT_HEADER_BYTES
from tests.support.event_examples import CREATED, EXAMPLES, POSITION, KeptSchemas, unhurried, written_with

HEADER = b"\x00\x00\x00\x00\x01"


def ticket_with(extra: Any) -> str:
    """Return our TicketCreated with one more field of this type, which our reader has to skip."""
    schema = json.loads(current_text("TicketCreated"))
    schema["fields"].insert(0, {"name": "extra", "type": extra})
    return json.dumps(schema)


def record(name: str, *types: Any) -> dict[str, Any]:
    fields = [{"name": f"f{number}", "type": kind} for number, kind in enumerate(types)]
    return {"type": "record", "name": name, "fields": fields}


def doubling(levels: int) -> dict[str, Any]:
    """Return a record that contains two of a record that contains two, and so on down to nothing."""
    schema = record("R0")
    for level in range(1, levels):
        schema = record(f"R{level}", schema, f"R{level - 1}")
    return schema


def nested(levels: int) -> Any:
    schema: Any = "int"
    for _ in range(levels):
        schema = {"type": "array", "items": schema}
    return schema


def array(items: Any) -> dict[str, Any]:
    return {"type": "array", "items": items}


WEAPONS: dict[str, Any] = {
    "array of null": array("null"),
    "array of empty records": array(record("Empty")),
    "array of records of nulls": array(record("Nulls", "null", "null")),
    "array of fixed of size 0": array({"type": "fixed", "name": "Nothing", "size": 0}),
    "map of null": {"type": "map", "values": "null"},
    "array of null inside a union": ["null", array("null")],
    "array of null inside an array": array(array("null")),
    "array of null inside a record": record("Outer", array("null")),
    "array of a named empty record": record("Outer", record("Empty"), array("Empty")),
    "array of many nulls and one byte": array(record("Wide", "boolean", *["null"] * 40)),
    "array of a union with many nulls": array(["boolean", record("Wide", *["null"] * 80)]),
    "doubling records": doubling(18),
    "a list of itself": record("Node", ["null", "Node"]),
    "a tree of itself": record("Tree", array("Tree")),
    "a map of itself": record("Forest", {"type": "map", "values": "Forest"}),
    "too deep": nested(20),
    "much too deep": nested(300),
    "fixed of negative size": {"type": "fixed", "name": "Less", "size": -1},
    "fixed of no size": {"type": "fixed", "name": "Some", "size": "1"},
    "empty union": [],
}  # fmt: skip


@pytest.mark.parametrize("name", WEAPONS)
def test_weapon_is_refused(name: str) -> None:
    """A schema that makes reading expensive is refused by the time it is known, within a second."""
    decoder = Decoder("TicketCreated", KeptSchemas(ticket_with(WEAPONS[name])))
    began_s = time.process_time()
    with pytest.raises(BadRecord, match="writer's schema is") as caught:
        decoder.decode(HEADER + b"\x80\x80\x80\x80\x80\x80\x20" + bytes(40), POSITION)
    took_s = time.process_time() - began_s

    assert caught.value.reason == "schema_mismatch"
    assert took_s < 1.0


@pytest.mark.parametrize("name", ["a list of itself", "a tree of itself", "a map of itself"])
def test_recursion_is_named(name: str) -> None:
    """The refusal of a type that contains itself says so."""
    with pytest.raises(BadRecord, match="a type in it contains itself"):
        Decoder("TicketCreated", KeptSchemas(ticket_with(WEAPONS[name]))).decode(HEADER, POSITION)


def test_nine_bytes_that_would_hang() -> None:
    """The nine bytes that keep fastavro busy for hours are refused in a process that could not be interrupted."""
    text = ticket_with(array("null"))
    value = HEADER + bytes([128] * 5 + [64, 0, 0, 0])
    program = f"""
from schemas.codec import BadRecord, Decoder, Encoder
from schemas.events import EventName
from schemas.framing import SINGLE_OBJECT_HEADER_BYTES
from tests.support.event_examples import POSITION, KeptSchemas
try:
    Decoder("TicketCreated", KeptSchemas({text!r})).decode({value!r}, POSITION)
except BadRecord as refused:
    print(refused.reason)
"""
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=20, check=False)

    assert (finished.returncode, finished.stdout, finished.stderr) == (0, "schema_mismatch\n", "")


NOT_SCHEMAS: dict[str, str] = {
    "empty": "",
    "not JSON": "syntax = 'proto3';",
    "a JSON Schema": '{"$schema": "http://json-schema.org/draft-07/schema#", "type": "object"}',
    "a number": "7",
    "null": "null",
    "unknown type": '"Ticket"',
    "a reference": ticket_with("elsewhere.Address"),
    "deep JSON": "[" * 100_000,
    "deep closed JSON": "[" * 500 + "]" * 500,
    "huge": '"' + "x" * (1 << 21) + '"',
    "record without fields": '{"type": "record", "name": "TicketCreated"}',
    "record of numbers": '{"type": "record", "name": "TicketCreated", "fields": [7]}',
    "fields that are no list": '{"type": "record", "name": "TicketCreated", "fields": 7}',
    "name that is no string": '{"type": "record", "name": 7, "fields": []}',
    "type that is no string": '{"type": 7}',
    "array without items": '{"type": "array"}',
    "enum without symbols": '{"type": "enum", "name": "E"}',
}


@pytest.mark.parametrize("name", NOT_SCHEMAS)
def test_what_is_no_schema(name: str) -> None:
    """Whatever else a registry may answer is refused as well."""
    decoder = Decoder("TicketCreated", KeptSchemas(NOT_SCHEMAS[name]))

    with pytest.raises(BadRecord) as caught:
        decoder.decode(HEADER + bytes(40), POSITION)

    assert caught.value.reason == "schema_mismatch"


def test_canonical_form_that_lies() -> None:
    """A schema with our canonical form, by way of a field's name full of quotes, does not pass for ours."""
    document = json.loads(current_text("TicketCreated"))
    ours = fingerprint_of(parse(document))
    first, second, *rest = document["fields"]
    first["name"] = '","type":"string"},{"name":"'.join([first["name"], second["name"]])
    document["fields"] = [first, *rest]
    decoder = Decoder("TicketCreated", KeptSchemas(json.dumps(document)))

    assert ours == fingerprint_of(parse(document))
    with pytest.raises(BadRecord) as caught:
        decoder.decode(HEADER + bytes(40), POSITION)
    assert caught.value.reason == "schema_mismatch"


ATOMS: list[Any] = [
    None, True, -1, 1.5, 2**70, "", "null", "int", "string", "record", "fixed", "ticketstream.Source", [], {}, ["null"],
    {"type": "array", "items": "null"}, {"type": "fixed", "name": "F", "size": 2**70}, {"logicalType": []},
]  # fmt: skip


def positions(document: Any) -> list[tuple[Any, Any]]:
    """Return all pairs of a container within a JSON document and one of its keys."""
    if not isinstance(document, dict | list):
        return []
    keys = list(document) if isinstance(document, dict) else range(len(document))
    here = [(document, key) for key in keys]
    return here + [position for container, key in here for position in positions(container[key])]


@unhurried
@given(st.sampled_from(EVENTS), st.data())
def test_mutated_schema(event: EventName, data: st.DataObject) -> None:
    """Our schema with parts replaced or removed reads what it can and refuses the rest."""
    document = json.loads(current_text(event))
    for _ in range(data.draw(st.integers(1, 3))):
        container, key = data.draw(st.sampled_from(positions(document)))
        if data.draw(st.booleans()):
            container[key] = deepcopy(data.draw(st.sampled_from(ATOMS)))
        else:
            del container[key]
    body = Encoder(event, "single-object", "topic").encode(EXAMPLES[event])[SINGLE_OBJECT_HEADER_BYTES:]
    decoder = Decoder(event, KeptSchemas(json.dumps(document)))
    try:
        decoded = decoder.decode(HEADER + body, POSITION)
    except BadRecord:
        return

    assert decoded.keys() == EXAMPLES[event].keys()


HARMLESS: dict[str, tuple[Any, Any]] = {
    "null": ("null", None),
    "an empty record": (record("Empty"), {}),
    "array of numbers": (array("int"), [1, 2, 3]),
    "array of records with some nulls": (array(record("Some", "int", "null", "null")), []),
    "array of one of many records": (
        array([record(f"R{kind}", *["string"] * 10) for kind in range(20)]),
        [{f"f{number}": "" for number in range(10)}],
    ),
    "types used twice": (record("Two", record("One", "int"), "One"), {"f0": {"f0": 1}, "f1": {"f0": 2}}),
    "deep": (nested(15), []),
    "decimal": ({"type": "bytes", "logicalType": "decimal", "precision": 4, "scale": 2}, b"\x01"),
    "fixed": ({"type": "fixed", "name": "Digest", "size": 3}, b"abc"),
}


@pytest.mark.parametrize("name", HARMLESS)
def test_harmless_schema_is_admitted(name: str) -> None:
    """What merely looks unusual is read, and fields that we do not know are skipped."""
    extra, value = HARMLESS[name]
    text = ticket_with(extra)
    written = written_with(text, CREATED | {"extra": value}, HEADER)

    assert Decoder("TicketCreated", KeptSchemas(text)).decode(written, POSITION) == CREATED


@pytest.mark.parametrize("event", EVENTS)
def test_our_own_schemas_are_admitted(event: EventName) -> None:
    """The rules for foreign schemas hold for ours too."""
    registry = KeptSchemas(current_text(event))
    with pytest.raises(BadRecord) as caught:
        Decoder(event, registry).decode(HEADER, POSITION)

    assert caught.value.reason == "bad_framing"
