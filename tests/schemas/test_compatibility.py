"""Every schema stands beside every one ever released."""

import json
from typing import Any

import pytest

from schemas.catalog import EVENTS, current_text, fingerprint_of, parse, released_texts
from schemas.compatibility import enum_problems, problems, release_problems
from schemas.events import EventName

RELEASED_FINGERPRINTS: dict[str, str] = {
    "TicketCreated.1": "1e883a693b33a415",
    "TicketCorrected.1": "71f62cc7146b35bb",
    "TicketCategorized.1": "21e32b05f65ce2a0",
    "Operation.1": "b24202dfd009ee7d",
    "Alert.1": "3d731de140d9cfd1",
}


@pytest.mark.parametrize("event", EVENTS)
def test_current_stands_beside_every_release(event: EventName) -> None:
    """Each current schema reads what every release wrote, and every release what the current one writes."""
    assert release_problems(event) == []


@pytest.mark.parametrize("event", EVENTS)
def test_releases_never_change(event: EventName) -> None:
    """A released schema is what its fingerprint says, for records out there carry that fingerprint."""
    actual = {
        f"{event}.{number}": fingerprint_of(parse(json.loads(text))).hex()
        for number, text in enumerate(released_texts(event), start=1)
    }

    assert {name: pin for name, pin in RELEASED_FINGERPRINTS.items() if name.startswith(f"{event}.")} == actual


def test_fingerprint_is_the_specifications() -> None:
    """CRC-64-AVRO of "int" is the value that Avro's own tests give, lowest byte first."""
    assert fingerprint_of("int").hex() == "8f5c393f1ad57572"


ENUM = {"type": "enum", "name": "E", "symbols": ["A", "UNKNOWN"], "default": "UNKNOWN"}
TIME = {"type": "long", "logicalType": "timestamp-millis"}
BASE: list[dict[str, Any]] = [
    {"name": "id", "type": "string"},
    {"name": "count", "type": "int"},
    {"name": "note", "type": ["null", "string"], "default": None},
    {"name": "kind", "type": ENUM},
    {"name": "tags", "type": {"type": "array", "items": "string"}},
    {"name": "labels", "type": {"type": "map", "values": "long"}},
    {"name": "place", "type": {"type": "record", "name": "Place", "fields": [{"name": "city", "type": "string"}]}},
    {"name": "other", "type": ["null", "Place"], "default": None},
    {"name": "at", "type": TIME},
]


def schema(fields: list[dict[str, Any]], **changes: Any) -> str:
    return json.dumps({"type": "record", "name": "R", "namespace": "n", "fields": fields} | changes)


def with_type(name: str, kind: Any) -> str:
    return schema([{**field, "type": kind} if field["name"] == name else field for field in BASE])


def both_ways(text: str) -> list[str]:
    return problems(schema(BASE), text) + problems(text, schema(BASE))


COMPATIBLE: dict[str, str] = {
    "the same": schema(BASE),
    "a different order": schema([*BASE[1:6], BASE[0], *BASE[6:]]),
    "a new field with a default": schema([*BASE, {"name": "new", "type": "string", "default": ""}]),
    "a field with a default removed": schema([field for field in BASE if field["name"] != "note"]),
    "a new symbol": with_type("kind", ENUM | {"symbols": ["A", "B", "UNKNOWN"]}),
    "a symbol removed": with_type("kind", ENUM | {"symbols": ["UNKNOWN"]}),
    "text as bytes": with_type("id", "bytes"),
    "documentation": schema([{**field, "doc": "Words."} for field in BASE]),
}


@pytest.mark.parametrize("name", COMPATIBLE)
def test_compatible(name: str) -> None:
    """Changes that both sides survive are let through."""
    assert both_ways(COMPATIBLE[name]) == []


INCOMPATIBLE: dict[str, tuple[str, str]] = {
    "a new field without a default": (
        schema([*BASE, {"name": "new", "type": "string"}]),
        "new: was not written and has no default",
    ),
    "a field without a default removed": (schema(BASE[1:]), "id: was not written and has no default"),
    "a field renamed": (
        schema([{**BASE[0], "name": "key"}, *BASE[1:]]),
        "key: was not written and has no default",
    ),
    "the record renamed": (schema(BASE, name="S"), "n.R cannot be read as n.S"),
    "the namespace changed": (schema(BASE, namespace="m"), "n.R cannot be read as m.R"),
    "promoted one way only": (with_type("count", "long"), "count: long cannot be read as int"),
    "a different type": (with_type("id", "int"), "id: string cannot be read as int"),
    "now nullable": (with_type("id", ["null", "string"]), "id: null cannot be read as string"),
    "no longer nullable": (
        schema([{"name": "note", "type": "string"} if f["name"] == "note" else f for f in BASE]),
        "note: null cannot be read as string",
    ),
    "one more branch": (
        with_type("note", ["null", "string", "long"]),
        "note: long is no branch of the union that reads it",
    ),
    "enum renamed": (with_type("kind", ENUM | {"name": "F"}), "kind: n.E cannot be read as n.F"),
    "enum as text": (with_type("kind", "string"), "kind: enum cannot be read as string"),
    "enum without a default loses a symbol": (
        with_type("kind", {"type": "enum", "name": "E", "symbols": ["UNKNOWN"]}),
        "kind: symbols are gone and there is no default",
    ),
    "items changed": (with_type("tags", {"type": "array", "items": "long"}), "tags[]: string cannot be read as long"),
    "values changed": (
        with_type("labels", {"type": "map", "values": "string"}),
        "labels{}: long cannot be read as string",
    ),
    "a field within changed": (
        with_type("place", {"type": "record", "name": "Place", "fields": [{"name": "city", "type": "long"}]}),
        "place.city: string cannot be read as long",
    ),
    "a different unit": (
        with_type("at", {"type": "long", "logicalType": "timestamp-micros"}),
        "at: logical type timestamp-millis became timestamp-micros",
    ),
}


@pytest.mark.parametrize("name", INCOMPATIBLE)
def test_incompatible(name: str) -> None:
    """Changes that break one side are found and named by the path to the field."""
    text, fault = INCOMPATIBLE[name]

    assert any(found.removeprefix(": ") == fault for found in both_ways(text)), both_ways(text)


@pytest.mark.parametrize("default", [None, "A"])
def test_enum_that_cannot_grow(default: str | None) -> None:
    """An enum whose default is not UNKNOWN is found."""
    enum = {key: value for key, value in ENUM.items() if key != "default"}
    text = with_type("kind", enum if default is None else enum | {"default": default})

    assert enum_problems(text) == ["enum n.E: its default must be UNKNOWN"]


@pytest.mark.parametrize("event", EVENTS)
def test_a_broken_current_schema_is_found(event: EventName) -> None:
    """Taking any required field out of a current schema, or adding one, is noticed."""
    current = json.loads(current_text(event))
    required = [field for field in current["fields"] if "default" not in field]
    found = [
        problems(json.dumps(current | {"fields": [f for f in current["fields"] if f is not gone]}), released)
        for gone in required
        for released in released_texts(event)
    ]

    assert all(found)
    assert len(found) >= len(required)
