"""From the bytes of a record, in any of the three framings, to an event."""

import time
from collections.abc import Callable
from typing import Any, Final

from cachetools import LRUCache, TTLCache

from schemas import field_rules, json_reader
from schemas.avro_reader import BodyReader, body_reader, is_own, read_own
from schemas.catalog import EVENTS, current, fingerprint_of, fingerprints
from schemas.errors import BadRecord
from schemas.events import EventName
from schemas.framing import (
    CONFLUENT_HEADER_BYTES,
    CONFLUENT_MAGIC,
    JSON_FIRST_BYTES,
    SINGLE_OBJECT_HEADER_BYTES,
    SINGLE_OBJECT_MAGIC,
    single_object_header,
)
from schemas.position import Position
from schemas.registry import SchemaRegistry

UNKNOWN_ID_MEMORY_S: Final = 30.0
"""The registry is not asked again for an unknown schema id during this time."""
REMEMBERED_IDS: Final = 1024


class Decoder:
    """Decodes the values of one topic. For one thread at a time.

    Registered schemas never change, so each id is fetched once. Ids that the registry does not know are remembered for
    `UNKNOWN_ID_MEMORY_S`, so that many records with such ids do not become many requests.
    """

    def __init__(
        self,
        event: EventName,
        registry: SchemaRegistry | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Prepare to decode one kind of event.

        Args:
            event: The kind of event in the topic.
            registry: For Confluent framing; without one, records in that framing are refused.
            clock: Monotonic seconds, for forgetting unknown ids.
        """
        self._event = event
        self._registry = registry
        self._own_header = single_object_header(fingerprint_of(current(event)))
        self._by_fingerprint = {key: body_reader(event, text) for key, text in fingerprints(event).items()}
        self._by_id: LRUCache[int, BodyReader | BadRecord] = LRUCache(REMEMBERED_IDS)
        self._unknown_ids: TTLCache[int, None] = TTLCache(REMEMBERED_IDS, UNKNOWN_ID_MEMORY_S, timer=clock)

    def decode(self, value: bytes | None, position: Position) -> dict[str, Any]:
        """Return the event in a record's value, checked against `schemas.field_rules`.

        Time and memory are proportional to the length of the value, for any content.

        Args:
            value: The record's value as Kafka returned it.
            position: Of the record; tickets and corrections without event_id or time get theirs from it.

        Raises:
            BadRecord: The record is at fault.
            RegistryUnavailable: The schema registry could not be asked; the record may be good.
        """
        event = self._typed(value, position)
        field_rules.check(self._event, event)
        return event

    def own_body(self, value: bytes | None) -> int | None:
        """Return where the body of a record begins that was written with our current schema; None for all others.

        Such a body is not looked at: `own` reads and checks it.

        Raises:
            RegistryUnavailable: The schema registry could not be asked.
        """
        if value is None:
            return None
        if value.startswith(self._own_header):
            return SINGLE_OBJECT_HEADER_BYTES
        if value[:1] == CONFLUENT_MAGIC and len(value) >= CONFLUENT_HEADER_BYTES:
            try:
                return CONFLUENT_HEADER_BYTES if is_own(self._registered(value)) else None
            except BadRecord:
                return None
        return None

    def _typed(self, value: bytes | None, position: Position) -> dict[str, Any]:
        if value is None:
            raise BadRecord("tombstone", "the record has no value")
        if value[:2] == SINGLE_OBJECT_MAGIC:
            return self._single_object(value, position)
        if value[:1] == CONFLUENT_MAGIC:
            return self._confluent(value, position)
        if value and value[0] in JSON_FIRST_BYTES:
            return json_reader.read(self._event, value, position)
        raise BadRecord("bad_framing", "the value begins like none of the three framings" if value else "empty")

    def _single_object(self, value: bytes, position: Position) -> dict[str, Any]:
        if len(value) < SINGLE_OBJECT_HEADER_BYTES:
            raise BadRecord("bad_framing", "it ends within the single-object header")
        reader = self._by_fingerprint.get(value[2:SINGLE_OBJECT_HEADER_BYTES])
        if reader is None:
            raise _foreign_fingerprint(self._event, value[2:SINGLE_OBJECT_HEADER_BYTES])
        return reader.read(value, SINGLE_OBJECT_HEADER_BYTES, position)

    def _confluent(self, value: bytes, position: Position) -> dict[str, Any]:
        if len(value) < CONFLUENT_HEADER_BYTES:
            raise BadRecord("bad_framing", "it ends within the Confluent header")
        return self._registered(value).read(value, CONFLUENT_HEADER_BYTES, position)

    def _registered(self, value: bytes) -> BodyReader:
        schema_id = int.from_bytes(value[1:CONFLUENT_HEADER_BYTES], "big")
        found = self._by_id.get(schema_id)
        if found is None:
            found = self._by_id[schema_id] = self._ask(schema_id)
        if isinstance(found, BadRecord):
            raise BadRecord(found.reason, found.detail)
        return found

    def _ask(self, schema_id: int) -> BodyReader | BadRecord:
        if self._registry is None:
            raise BadRecord("unknown_schema", "Confluent framing needs SCHEMA_REGISTRY_URL, which is not set")
        unknown = BadRecord("unknown_schema", f"the registry has no schema with id {schema_id}")
        if schema_id in self._unknown_ids:
            raise unknown
        try:
            text = self._registry.schema(schema_id)
        except KeyError:
            self._unknown_ids[schema_id] = None
            raise unknown from None
        try:
            return body_reader(self._event, text)
        except BadRecord as refused:
            return refused


def own(event: EventName, value: bytes, start: int) -> dict[str, Any]:
    """Return the event whose body, written with our current schema, begins at this byte and ends with the value.

    Raises:
        BadRecord: As `Decoder.decode` of the whole record.
    """
    fields = read_own(event, value, start)
    field_rules.check(event, fields)
    return fields


def _foreign_fingerprint(event: EventName, fingerprint: bytes) -> BadRecord:
    for other in EVENTS:
        if fingerprint in fingerprints(other):
            return BadRecord("schema_mismatch", f"the record holds a {other}, this topic {event}")
    return BadRecord("unknown_schema", f"no released schema has the fingerprint {fingerprint.hex()}")
