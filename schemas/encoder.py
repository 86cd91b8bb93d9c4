"""From an event to the bytes of a record, in one of the three framings."""

import json
from collections.abc import Mapping
from io import BytesIO
from typing import Any

from schemas.avro_writer import body_writer, header
from schemas.catalog import current_text
from schemas.events import EventName
from schemas.framing import EventFormat
from schemas.json_writer import Write, writer
from schemas.registry import SchemaRegistry


class Encoder:
    """Encodes one kind of event for one topic."""

    def __init__(
        self, event: EventName, event_format: EventFormat, topic: str, registry: SchemaRegistry | None = None
    ) -> None:
        """Prepare to encode.

        Args:
            event: The kind of event.
            event_format: The framing.
            topic: The topic of the events. Confluent framing registers the schema under the subject `<topic>-value`,
                once, when the first event is encoded.
            registry: For Confluent framing.

        Raises:
            ValueError: Confluent framing without a registry.
        """
        if event_format == "json":
            self._write = writer(json.loads(current_text(event)))
        else:
            self._write = _avro(event, event_format, topic, registry)

    def encode(self, event: Mapping[str, Any]) -> bytes:
        """Return the value of a record. Fields with a default may be missing, unknown fields are ignored.

        Raises:
            BadRecord: invalid_field, naming the field that the schema cannot hold.
            RegistryUnavailable: The schema is not registered yet and the registry could not be asked.
        """
        return self._write(event)


def _avro(event: EventName, event_format: EventFormat, topic: str, registry: SchemaRegistry | None) -> Write:
    head = header(event, event_format, topic, registry)
    write_body = body_writer(json.loads(current_text(event)))

    def write(fields: Mapping[str, Any]) -> bytes:
        buffer = BytesIO()
        buffer.write(head())
        write_body(buffer, fields)
        return buffer.getvalue()

    return write
