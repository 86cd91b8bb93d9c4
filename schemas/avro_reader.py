"""Reading Avro bodies, also those written with a schema that is not ours."""

import json
from io import BytesIO
from typing import Any, Final, Protocol

from fastavro import parse_schema, schemaless_reader
from fastavro.read import SchemaResolutionError
from fastavro.schema import SchemaParseException, UnknownType

from schemas.avro_resolution import Mismatch, Resolved, resolve
from schemas.avro_units import marked
from schemas.catalog import EVENTS, Schema, current, current_text, wire_form
from schemas.derived import fill
from schemas.errors import BadRecord, FieldError
from schemas.events import EventName
from schemas.position import Position
from schemas.references import MAX_SCHEMA_CHARACTERS, alone
from schemas.schema_limits import InadmissibleSchemaError, admit, check_nesting

MAX_NAME_CHARACTERS: Final = 128
_NAMESPACE: Final = "ticketstream."
_MAX_INDEX_BYTES: Final = 10


class BodyReader(Protocol):
    """Reads bodies of one kind of event that were written with one schema."""

    def read(self, value: bytes, start: int, position: Position) -> dict[str, Any]:
        """Return the event whose body begins at this byte and ends with the value.

        Raises:
            BadRecord: bad_framing when the bytes are not an encoding of the writer's schema, schema_mismatch when they
                use a part of it that does not resolve to ours, invalid_field when our schema cannot hold a value.
        """
        ...


def body_reader(event: EventName, writer_text: str) -> BodyReader:
    """Return what reads the bodies of this writer as events of the current schema.

    Raises:
        BadRecord: schema_mismatch, when the text is no Avro schema, could make a short record expensive to read, or has
            fields that do not resolve to ours; all of them are named.
    """
    try:
        return _reader(event, writer_text)
    except BadRecord:
        raise
    except InadmissibleSchemaError as error:
        raise BadRecord("schema_mismatch", f"the writer's schema is refused: {error}") from None
    except UnknownType as error:
        raise BadRecord("schema_mismatch", _undefined(error.name)) from None
    except (SchemaParseException, ValueError, LookupError, ArithmeticError, TypeError, AttributeError, RecursionError):
        raise BadRecord("schema_mismatch", "the writer's schema is not an Avro schema") from None


def _reader(event: EventName, text: str) -> BodyReader:
    writer, named = _load(text)
    if not isinstance(writer, list):
        return _reader_of(event, writer, named)
    readers = [_try(event, branch, named) for branch in writer]
    if all(isinstance(reader, BadRecord) for reader in readers):
        raise BadRecord("schema_mismatch", f"no branch of the writer's union is a {event}: {readers[-1]}")
    return _UnionReader(readers)


def _reader_of(event: EventName, branch: Schema, named: dict[str, Any]) -> BodyReader:
    schema = named.get(branch, branch) if isinstance(branch, str) else branch
    if not isinstance(schema, dict) or schema["type"] not in {"record", "error"}:
        raise BadRecord("schema_mismatch", "the writer's schema is not a record")
    for other in EVENTS:
        if other != event and schema["name"] == f"{_NAMESPACE}{other}":
            raise BadRecord("schema_mismatch", f"the writer's schema is that of {other}, this topic holds {event}")
    # Not by fingerprint: an attacker who may register schemas can make one with the same fingerprint as ours.
    ours, _ = _load(current_text(event))
    if wire_form(schema | {"name": ours["name"]}) == wire_form(ours):
        return _OwnReader(event)
    try:
        resolved = resolve(event, schema, named, json.loads(current_text(event)))
    except Mismatch as mismatch:
        raise BadRecord("schema_mismatch", mismatch.fault) from None
    return _ForeignReader(event, alone(schema, named), named, resolved)


def _try(event: EventName, branch: Schema, named: dict[str, Any]) -> BodyReader | BadRecord:
    try:
        return _reader_of(event, branch, named)
    except BadRecord as refused:
        return refused


class _OwnReader:
    """Reads what was written with our current schema."""

    def __init__(self, event: EventName) -> None:
        self._event = event

    def read(self, value: bytes, start: int, _: Position) -> dict[str, Any]:
        return read_own(self._event, value, start)


def read_own(event: EventName, value: bytes, start: int) -> dict[str, Any]:
    """Return the event whose body was written with our current schema; raises what a `BodyReader` raises."""
    return _decoded(value, start, current(event), None)


def is_own(reader: BodyReader) -> bool:
    """Return whether this reads bodies that were written with our current schema."""
    return isinstance(reader, _OwnReader)


class _ForeignReader:
    """Reads what was written with a schema that resolves to ours by the names of its fields."""

    def __init__(self, event: EventName, writer: Schema, named: dict[str, Any], resolved: Resolved) -> None:
        self._event = event
        self._writer = parse_schema(writer, {})
        self._convert = resolved.convert
        self._left_out = "; ".join(resolved.left_out)
        # What we do not have is skipped: to keep it would cost more memory than the record has bytes.
        kept = parse_schema(alone(resolved.kept, named), {})
        self._kept = None if wire_form(kept) == wire_form(self._writer) else kept

    def read(self, value: bytes, start: int, position: Position) -> dict[str, Any]:
        try:
            event: dict[str, Any] = self._convert(_decoded(value, start, self._writer, self._kept))
            fill(self._event, event, position)
        except SchemaResolutionError:
            raise BadRecord("schema_mismatch", self._left_out or "a value of it does not resolve to ours") from None
        except FieldError as error:
            raise error.bad_record() from None
        return event


class _UnionReader:
    """Reads what was written with one of several schemas; the body begins with the number of that schema."""

    def __init__(self, readers: list[BodyReader | BadRecord]) -> None:
        self._readers = readers

    def read(self, value: bytes, start: int, position: Position) -> dict[str, Any]:
        number, body = _index(value, start)
        if not 0 <= number < len(self._readers):
            raise BadRecord("bad_framing", "the body is not an encoding of its schema: no such branch of the union")
        reader = self._readers[number]
        if isinstance(reader, BadRecord):
            raise BadRecord(reader.reason, reader.detail)
        return reader.read(value, body, position)


def _index(value: bytes, start: int) -> tuple[int, int]:
    """Return the number of a union's branch, and where its value begins."""
    found = 0
    for place, byte in enumerate(value[start : start + _MAX_INDEX_BYTES]):
        found |= (byte & 127) << (7 * place)
        if byte < 128:
            return (found >> 1) ^ -(found & 1), start + place + 1
    raise BadRecord("bad_framing", "the body is not an encoding of its schema: it ends early")


def _decoded(value: bytes, start: int, writer: Schema, reader: Schema | None) -> dict[str, Any]:
    source = BytesIO(value)
    source.seek(start)
    try:
        event: Any = schemaless_reader(source, writer, reader)
    except SchemaResolutionError:
        raise
    except (EOFError, ValueError, LookupError, ArithmeticError, TypeError) as error:
        # fastavro's message can contain the record's text.
        fault = "it ends early" if isinstance(error, EOFError) else type(error).__name__
        raise BadRecord("bad_framing", f"the body is not an encoding of its schema: {fault}") from None
    if source.tell() != len(value):
        raise BadRecord("bad_framing", f"{len(value) - source.tell()} bytes follow the body")
    return event  # type: ignore[no-any-return]  # the schema is a record's


def _load(text: str) -> tuple[Schema, dict[str, Any]]:
    """Return a schema with its units marked, and the named types in it."""
    if len(text) > MAX_SCHEMA_CHARACTERS:
        raise BadRecord("schema_mismatch", "the writer's schema is too large")
    named: dict[str, Any] = {}
    document = json.loads(text)
    check_nesting(document)
    schema = parse_schema(marked(document), named)
    admit(schema, named)
    return schema, named


def _undefined(name: Any) -> str:
    shown = name[:MAX_NAME_CHARACTERS] if isinstance(name, str) and name.isprintable() else "something"
    return f"the writer's schema refers to {shown}, which neither this schema nor its references define"
