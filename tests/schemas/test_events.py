"""The Python types follow the .avsc files."""

import json
import types
from typing import Any, Literal, get_args, get_origin, get_type_hints, is_typeddict

import pytest

from schemas import events
from schemas.catalog import EVENTS, Schema, current_text
from schemas.events import EventName

PYTHON_NAMES = {"string": "str", "boolean": "bool", "int": "int", "long": "int", "double": "float"}


def outline_of_schema(schema: Schema) -> Any:
    """Return a schema's fields and types in a form that Python types can be brought into as well."""
    match schema:
        case ["null", inner]:
            return ("or null", outline_of_schema(inner))
        case {"type": "record", "fields": fields}:
            return [(field["name"], outline_of_schema(field["type"])) for field in fields]
        case {"type": "array", "items": item} | {"type": "map", "values": item}:
            return (schema["type"], outline_of_schema(item))
        case {"type": "enum", "symbols": symbols}:
            return tuple(symbols)
        case {"type": name} | name:
            return PYTHON_NAMES[name]


def outline_of_type(hint: Any) -> Any:
    """Return the same of a Python type."""
    if is_typeddict(hint):
        return [(name, outline_of_type(inner)) for name, inner in get_type_hints(hint).items()]
    match get_origin(hint), get_args(hint):
        case types.UnionType, (inner, types.NoneType):
            return ("or null", outline_of_type(inner))
        case types.GenericAlias | type() as container, arguments if container in (list, dict):
            return ("array" if container is list else "map", outline_of_type(arguments[-1]))
        case origin, symbols if origin is Literal:
            return symbols
        case _:
            return hint.__name__


@pytest.mark.parametrize("event", EVENTS)
def test_types_follow_the_schema(event: EventName) -> None:
    """Each typed dictionary has the fields of its schema, in order and with their types."""
    expected = outline_of_schema(json.loads(current_text(event)))

    assert expected == outline_of_type(getattr(events, event))


@pytest.mark.parametrize("event", EVENTS)
def test_style(event: EventName) -> None:
    """Every schema is in the project's namespace, what is nullable defaults to null, times have a unit."""
    schema = json.loads(current_text(event))
    nullable = [field for field in schema["fields"] if isinstance(field["type"], list)]
    times = [field for field in schema["fields"] if field["name"].endswith("_at")]

    assert (schema["namespace"], schema["name"]) == ("ticketstream", event)
    assert all(field["type"][0] == "null" and field["default"] is None for field in nullable)
    assert all("timestamp-" in json.dumps(field["type"]) for field in times)


ORDER = """
    event_id ticket_event_id ticket_id revision language channel
    category subcategory confidence subcategory_confidence decision method provisional alternatives model
    taxonomy policy threshold_auto threshold_suggest fingerprint explanation
    source timings model_outcome model_call_id attempts audit_probability service_version created_at categorized_at
    text_removed_chars
"""


def test_answer_stands_together() -> None:
    """TicketCategorized keeps the order that lets an answer's bytes be used again."""
    fields = json.loads(current_text("TicketCategorized"))["fields"]

    assert ORDER.split() == [field["name"] for field in fields]
