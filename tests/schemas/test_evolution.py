"""Old bytes with a new schema, new bytes with an old one."""

import json
from typing import Any

from schemas.catalog import current_text
from schemas.codec import Decoder
from schemas.events import EventName
from tests.support.event_examples import ALERT, CORRECTED, CREATED, POSITION, KeptSchemas, written_with

HEADER = b"\x00\x00\x00\x00\x01"


def schema_of(event: EventName, fields: list[dict[str, Any]], **changes: Any) -> str:
    return json.dumps(json.loads(current_text(event)) | {"fields": fields} | changes)


def fields_of(event: EventName) -> list[dict[str, Any]]:
    fields: list[dict[str, Any]] = json.loads(current_text(event))["fields"]
    return fields


def decode(event: EventName, text: str, fields: dict[str, Any]) -> dict[str, Any]:
    """Write as somebody with this schema would and read it with ours."""
    return Decoder(event, KeptSchemas(text)).decode(written_with(text, fields, HEADER), POSITION)


def test_newer_writer() -> None:
    """Fields that a newer writer added are skipped, wherever they stand."""
    added = {"name": "priority", "type": {"type": "array", "items": "string"}, "default": []}
    last = {"name": "urgent", "type": "boolean", "default": False}
    text = schema_of("TicketCreated", [added, *fields_of("TicketCreated"), last])

    assert decode("TicketCreated", text, CREATED | {"priority": ["high"], "urgent": True}) == CREATED


def test_older_writer() -> None:
    """Fields that an older writer did not know take their defaults."""
    older = [field for field in fields_of("TicketCreated") if "default" not in field]

    assert decode("TicketCreated", schema_of("TicketCreated", older), CREATED) == CREATED | {
        "language": None,
        "channel": None,
        "attributes": {},
    }


def test_defaults_are_not_shared() -> None:
    """Changing one decoded event leaves the next one alone."""
    older = [field for field in fields_of("TicketCreated") if "default" not in field]
    text = schema_of("TicketCreated", older)
    decoder = Decoder("TicketCreated", KeptSchemas(text))
    value = written_with(text, CREATED, HEADER)
    decoder.decode(value, POSITION)["attributes"]["seen"] = "yes"

    assert decoder.decode(value, POSITION)["attributes"] == {}


def test_other_order_and_namespace() -> None:
    """A writer may order its fields differently and keep the record in its own namespace."""
    text = schema_of("TicketCreated", fields_of("TicketCreated")[::-1], namespace="com.example")

    assert decode("TicketCreated", text, CREATED) == CREATED


def test_never_null() -> None:
    """A field that the writer never leaves null is read as one that may be."""
    text = schema_of("TicketCreated", with_type("language", "string"))

    assert decode("TicketCreated", text, CREATED) == CREATED


def test_promotion() -> None:
    """A writer's int is read as our double, its bytes as our text."""
    fields = [
        {"name": f["name"], "type": {"value": "int", "operation": "bytes"}.get(f["name"], f["type"])}
        for f in fields_of("Alert")
    ]
    text = schema_of("Alert", fields)

    assert decode("Alert", text, ALERT | {"value": 6, "operation": b"model_call"}) == ALERT | {"value": 6.0}


def test_new_symbol() -> None:
    """A symbol that we do not know yet is read as UNKNOWN."""
    fields = fields_of("TicketCorrected")
    origin = next(field for field in fields if field["name"] == "origin")
    origin["type"]["symbols"] = ["SURVEY", *origin["type"]["symbols"]]
    text = schema_of("TicketCorrected", fields)

    assert decode("TicketCorrected", text, CORRECTED | {"origin": "SURVEY"}) == CORRECTED | {"origin": "UNKNOWN"}
    assert decode("TicketCorrected", text, CORRECTED) == CORRECTED


def test_invalid_defaults_of_the_writer_do_not_matter() -> None:
    """Some registries hold schemas whose defaults contradict their types; reading never needs them."""
    fields = [*fields_of("TicketCreated"), {"name": "urgent", "type": "boolean", "default": "no"}]
    text = schema_of("TicketCreated", fields)

    assert (
        Decoder("TicketCreated", KeptSchemas(text)).decode(
            written_with(text.replace(', "default": "no"', ""), CREATED | {"urgent": True}, HEADER), POSITION
        )
        == CREATED
    )


def with_type(name: str, kind: Any) -> list[dict[str, Any]]:
    """Return the fields of TicketCreated, one of them with a different type and no default."""
    return [{"name": name, "type": kind} if f["name"] == name else f for f in fields_of("TicketCreated")]
