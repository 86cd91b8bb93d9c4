"""Writing Avro bodies and their headers."""

from collections.abc import Callable, Mapping
from io import BytesIO
from typing import Any

from fastavro import schemaless_writer

from schemas.catalog import Schema, current, current_text, fingerprint_of, parse
from schemas.errors import BadRecord
from schemas.events import EventName
from schemas.framing import EventFormat, confluent_header, single_object_header
from schemas.json_writer import writer
from schemas.registry import SchemaRegistry

WriteTo = Callable[[BytesIO, Mapping[str, Any]], None]
"""Appends the encoding of a record to a buffer; raises BadRecord (invalid_field)."""

Header = Callable[[], bytes]
"""Returns the bytes before a body; may raise RegistryUnavailable."""


def body_writer(record: Schema) -> WriteTo:
    """Return the function that encodes records of this schema, given with its logical types."""
    schema = parse(record)
    # fastavro's errors contain values. The JSON conversion checks the same types and names only the field.
    name_the_fault = writer(record)

    def write(buffer: BytesIO, fields: Mapping[str, Any]) -> None:
        try:
            schemaless_writer(buffer, schema, fields)
        except (TypeError, ValueError, LookupError, ArithmeticError, AttributeError):
            name_the_fault(fields)
            raise BadRecord("invalid_field", f"{record['name']}: the schema cannot hold it") from None

    return write


def header(event: EventName, event_format: EventFormat, topic: str, registry: SchemaRegistry | None) -> Header:
    """Return the function that gives the header of a record of this event in an Avro framing.

    Raises:
        ValueError: Confluent framing without a registry.
    """
    if event_format == "single-object":
        constant = single_object_header(fingerprint_of(current(event)))
        return lambda: constant
    if registry is None:
        raise ValueError("EVENT_FORMAT=confluent needs SCHEMA_REGISTRY_URL: set it, or choose another format")
    return _Registered(registry, f"{topic}-value", current_text(event))


class _Registered:
    """Registers a schema at the first header, so that an encoder can be built without a registry that answers."""

    def __init__(self, registry: SchemaRegistry, subject: str, schema: str) -> None:
        self._registry = registry
        self._subject = subject
        self._schema = schema
        self._header = b""

    def __call__(self) -> bytes:
        if not self._header:
            self._header = confluent_header(self._registry.register(self._subject, self._schema))
        return self._header
