"""Reading Avro bodies, also those written with a schema that is not ours."""

import json
from collections.abc import Iterator
from io import BytesIO
from typing import Any, Final

from fastavro import schemaless_reader
from fastavro.read import SchemaResolutionError
from fastavro.schema import SchemaParseException, UnknownType

from schemas.catalog import Schema, current, current_text, parse, wire_form, without
from schemas.errors import BadRecord
from schemas.events import EventName
from schemas.schema_limits import InadmissibleSchemaError, admit, check_nesting

MAX_SCHEMA_CHARACTERS: Final = 1 << 20


class BodyReader:
    """Reads bodies of one kind of event that were written with one schema."""

    def __init__(self, event: EventName, writer_text: str) -> None:
        """Prepare to read the bodies of this writer as events of the current schema.

        Raises:
            BadRecord: schema_mismatch, when the text is no Avro schema, could make a short record expensive to read,
                or gives a time a different unit.
        """
        reader = current(event)
        self._writer = _load(writer_text, current_text(event))
        # Not by fingerprint: an attacker who may register schemas can make one with the same fingerprint as ours.
        same = wire_form(self._writer) == wire_form(reader)
        self._reader: Schema = None if same else reader
        self._containers = (
            [] if same else [f["name"] for f in reader["fields"] if isinstance(f.get("default"), dict | list)]
        )

    def read(self, value: bytes, start: int) -> dict[str, Any]:
        """Return the event whose body begins at this byte and ends with the value.

        Raises:
            BadRecord: bad_framing when the bytes are not an encoding of the writer's schema,
                schema_mismatch when the current schema cannot hold the decoded values.
        """
        source = BytesIO(value)
        source.seek(start)
        try:
            event: Any = schemaless_reader(source, self._writer, self._reader)
        except SchemaResolutionError:
            raise BadRecord("schema_mismatch", "the writer's schema does not resolve to ours") from None
        except (EOFError, ValueError, LookupError, ArithmeticError, TypeError) as error:
            # fastavro's message can contain the record's text.
            fault = "it ends early" if isinstance(error, EOFError) else type(error).__name__
            raise BadRecord("bad_framing", f"the body is not an encoding of its schema: {fault}") from None
        if source.tell() != len(value):
            raise BadRecord("bad_framing", f"{len(value) - source.tell()} bytes follow the body")
        for name in self._containers:
            # fastavro fills in the default object of the schema, which the next record would share.
            event[name] = event[name].copy()
        return event  # type: ignore[no-any-return]  # every schema that resolves to ours is a record


def _load(text: str, reader_text: str) -> Schema:
    if len(text) > MAX_SCHEMA_CHARACTERS:
        raise BadRecord("schema_mismatch", "the writer's schema is too large")
    try:
        document = json.loads(text)
        check_nesting(document)
        named: dict[str, Any] = {}
        # A reader never needs the writer's defaults, and some registries contain invalid ones.
        schema = parse(without(document, {"default"}), named)
        admit(schema, named)
        other_units = _other_units(document, json.loads(reader_text))
    except InadmissibleSchemaError as error:
        raise BadRecord("schema_mismatch", f"the writer's schema is refused: {error}") from None
    except UnknownType:
        raise BadRecord("schema_mismatch", "the writer's schema refers to a type outside it") from None
    except (SchemaParseException, ValueError, LookupError, ArithmeticError, TypeError, AttributeError, RecursionError):
        raise BadRecord("schema_mismatch", "the writer's schema is not an Avro schema") from None
    if other_units:
        fault = f"{', '.join(other_units)}: the writer's schema gives it a different logical type"
        raise BadRecord("schema_mismatch", fault)
    return schema


def _other_units(writer: Schema, reader: Schema) -> list[str]:
    """Return the top-level fields to which both schemas give a logical type, but different ones."""
    theirs, ours = dict(_logical_types(writer)), dict(_logical_types(reader))
    return [name for name in ours if name in theirs and theirs[name] != ours[name]]


def _logical_types(record: Schema) -> Iterator[tuple[str, str]]:
    for field in record.get("fields", ()) if isinstance(record, dict) else ():
        branches = field["type"] if isinstance(field["type"], list) else [field["type"]]
        for branch in branches:
            if isinstance(branch, dict) and "logicalType" in branch:
                yield field["name"], branch["logicalType"]
