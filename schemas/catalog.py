"""The schemas in this package: the current one and every released version of each event."""

import json
from functools import cache
from importlib.resources import files
from typing import Any, Final, get_args

from fastavro import parse_schema
from fastavro.schema import fingerprint, to_parsing_canonical_form

from schemas.events import EventName

Schema = Any
"""An Avro schema as JSON: a name, a list of branches (a union) or an object."""

UNIT: Final = "ticketstream.unit"
"""The key of the unit in schemas that `schemas.avro_units` has marked."""

EVENTS: Final[tuple[EventName, ...]] = get_args(EventName)


@cache
def current_text(event: EventName) -> str:
    """Return the text of the event's `.avsc` file."""
    return (files("schemas") / f"{event}.avsc").read_text(encoding="utf-8")


@cache
def released_texts(event: EventName) -> tuple[str, ...]:
    """Return every released version of the event's schema, oldest first."""
    found = [
        (int(version), entry.read_text(encoding="utf-8"))
        for entry in files("schemas.released").iterdir()
        if entry.name.startswith(f"{event}.") and entry.name.endswith(".avsc")
        for version in [entry.name.split(".")[1]]
    ]
    return tuple(text for _, text in sorted(found))


@cache
def current(event: EventName) -> Schema:
    """Return the event's current schema, ready for fastavro, with times as plain ints."""
    return parse(json.loads(current_text(event)))


@cache
def fingerprints(event: EventName) -> dict[bytes, str]:
    """Return the schema text of the current and every released version by its CRC-64-AVRO fingerprint."""
    texts = (*released_texts(event), current_text(event))
    return {fingerprint_of(parse(json.loads(text))): text for text in texts}


def parse(schema: Schema, named: dict[str, Any] | None = None) -> Schema:
    """Return a schema in the form that fastavro needs, without logical types.

    Without logical types, times stay ints. To make datetime objects of them costs more than all other decoding, and
    some of them lose precision.

    Args:
        schema: The schema as JSON.
        named: Receives every named type that the schema defines, by full name.

    Raises:
        fastavro.schema.SchemaParseException: It is not a schema.
        fastavro.schema.UnknownType: It refers to a type that it does not define.
    """
    return parse_schema(without(schema, {"logicalType", "doc"}), {} if named is None else named)


def without(schema: Schema, keys: set[str]) -> Schema:
    """Return the schema without these keys; defaults are data and stay unchanged."""
    match schema:
        case dict():
            return {
                key: value if key == "default" else without(value, keys)
                for key, value in schema.items()
                if key not in keys
            }
        case list():
            return [without(branch, keys) for branch in schema]
        case _:
            return schema


def fingerprint_of(schema: Schema) -> bytes:
    """Return the schema's CRC-64-AVRO fingerprint, 8 bytes, little-endian.

    Source: Avro 1.12 specification, "Schema Fingerprints" and "Single-object encoding".
    """
    return bytes.fromhex(fingerprint(to_parsing_canonical_form(schema), "CRC-64-AVRO"))


def wire_form(schema: Schema) -> Schema:
    """Return the part of a parsed schema that determines the bytes, and their units where they are marked.

    Records of schemas with equal parts are read alike.
    """
    match schema:
        case dict():
            kept = {key: wire_form(value) for key, value in schema.items() if key in _ON_THE_WIRE}
            return kept["type"] if kept.keys() == {"type"} else kept
        case list():
            return [wire_form(branch) for branch in schema]
        case _:
            return schema


_ON_THE_WIRE: Final = frozenset({"type", "name", "fields", "items", "values", "symbols", "size", UNIT})
