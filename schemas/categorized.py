"""TicketCategorized, encoded in three runs of fields so that the answer's bytes can be used again.

Avro encodes a record as the plain concatenation of its fields. The run `category` to `explanation` is most of the work;
it is encoded once per answer and put between the two runs that differ from ticket to ticket.
"""

import json
from collections.abc import Mapping
from io import BytesIO
from typing import Any, Final

from schemas import categorized_avro
from schemas.avro_writer import Header, body_writer, header
from schemas.catalog import Schema, current_text
from schemas.categorized_avro import UNFORESEEN
from schemas.framing import EventFormat
from schemas.json_writer import writer
from schemas.registry import SchemaRegistry

_EVENT: Final = "TicketCategorized"
_FIRST_OF_ANSWER: Final = "category"
_FIRST_OF_TAIL: Final = "source"


class CategorizedEncoder:
    """Encodes TicketCategorized for one topic, byte for byte like `Encoder`."""

    def __init__(self, event_format: EventFormat, topic: str, registry: SchemaRegistry | None = None) -> None:
        """Prepare to encode.

        Args:
            event_format: The framing.
            topic: The topic of the events. Confluent framing registers the schema under the subject `<topic>-value`,
                once, when the first event is encoded.
            registry: For Confluent framing.

        Raises:
            ValueError: Confluent framing without a registry.
        """
        self._runs = _JsonRuns() if event_format == "json" else _AvroRuns(header(_EVENT, event_format, topic, registry))

    def answer(self, fields: Mapping[str, Any]) -> bytes:
        """Encode the run `category` to `explanation`, for any number of events.

        Raises:
            BadRecord: invalid_field, naming the field that the schema cannot hold.
        """
        return self._runs.answer(fields)

    def event(self, head: Mapping[str, Any], answer: bytes, tail: Mapping[str, Any]) -> bytes:
        """Return the value of a record: `event_id` to `channel`, an encoded answer, `source` to `text_removed_chars`.

        Raises:
            BadRecord: invalid_field, naming the field that the schema cannot hold.
            RegistryUnavailable: The schema is not registered yet and the registry could not be asked.
        """
        return self._runs.event(head, answer, tail)


class _AvroRuns:
    def __init__(self, header_of_event: Header) -> None:
        self._header = header_of_event
        self._head, self._answer, self._tail = map(body_writer, _runs())

    def answer(self, fields: Mapping[str, Any]) -> bytes:
        try:
            return categorized_avro.answer(fields)
        except UNFORESEEN:
            buffer = BytesIO()
            self._answer(buffer, fields)
            return buffer.getvalue()

    def event(self, head: Mapping[str, Any], answer: bytes, tail: Mapping[str, Any]) -> bytes:
        header = self._header()
        try:
            return categorized_avro.event(header, head, answer, tail)
        except UNFORESEEN:
            buffer = BytesIO()
            buffer.write(header)
            self._head(buffer, head)
            buffer.write(answer)
            self._tail(buffer, tail)
            return buffer.getvalue()


class _JsonRuns:
    def __init__(self) -> None:
        self._head, self._answer, self._tail = map(writer, _runs())

    def answer(self, fields: Mapping[str, Any]) -> bytes:
        return self._answer(fields)[1:-1]

    def event(self, head: Mapping[str, Any], answer: bytes, tail: Mapping[str, Any]) -> bytes:
        return b",".join((self._head(head)[:-1], answer, self._tail(tail)[1:]))


def _runs() -> tuple[Schema, Schema, Schema]:
    record = json.loads(current_text(_EVENT))
    names = [field["name"] for field in record["fields"]]
    first, second = names.index(_FIRST_OF_ANSWER), names.index(_FIRST_OF_TAIL)
    bounds = {"Head": slice(first), "Answer": slice(first, second), "Tail": slice(second, None)}
    head, answer, tail = (
        {**record, "name": _EVENT + suffix, "fields": record["fields"][bound]} for suffix, bound in bounds.items()
    )
    return head, answer, tail
