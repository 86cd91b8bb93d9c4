"""Reads a topic for people: decoded, newest last, under a consumer group of its own."""

import threading
import time
import uuid
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from consumer.bad_records.dead_letter import first_position
from consumer.categorizer.requeue_record import read_queue_record
from consumer.config.settings import Settings
from consumer.kafka.cluster import cluster_of
from consumer.kafka.consumer import Assignments, GroupConsumer
from consumer.kafka.records import Record
from consumer.kafka.schema_registry import registry_of
from schemas.codec import BadRecord, Decoder, RegistryUnavailable
from schemas.events import EventName
from schemas.position import NO_TIMESTAMP, Position

POLL_S = 0.25
# A new group needs up to this long until it has its partitions and the first fetch has returned.
FIRST_RECORDS_S = 10.0
QUIET_POLLS = 4


def event_of(settings: Settings, topic: str) -> EventName | None:
    """The event that a topic holds; None for dead letters and unknown topics, whose values are shown as they are."""
    topics = settings.topics
    events: dict[str, EventName] = {
        topics.created: "TicketCreated",
        topics.recategorize: "TicketCreated",
        topics.corrected: "TicketCorrected",
        topics.categorized: "TicketCategorized",
        topics.audit: "TicketCategorized",
        topics.telemetry: "Operation",
        topics.alerts: "Alert",
    }
    return events.get(topic)


class Tail:
    """The committed records of a topic, from its beginning."""

    def __init__(self, settings: Settings, topic: str) -> None:
        event = event_of(settings, topic)
        self._topics = settings.topics
        self._decoder = Decoder(event, registry_of(settings)) if event else None
        name = f"{settings.kafka_group_id}-tail-{uuid.uuid4().hex[:8]}"
        self._in = GroupConsumer(cluster_of(settings).reading_from_the_beginning(), name, name)
        self._assigned = threading.Event()
        self._in.subscribe([topic], Assignments(lambda _: self._assigned.set(), lambda _: None, lambda _: None))

    def existing(self) -> Iterator[Record]:
        """The records that exist now; it ends when no more have come for a moment."""
        waited_s, quiet = 0.0, 0
        while quiet < QUIET_POLLS:
            records = self._in.poll(500, POLL_S)
            yield from records
            if records or (not self._assigned.is_set() and waited_s < FIRST_RECORDS_S):
                quiet = 0
            else:
                quiet += 1
            waited_s += 0 if records else POLL_S

    def following(self, stop: threading.Event) -> Iterator[Record]:
        """The records that come from now on, until `stop` is set."""
        while not stop.is_set():
            yield from self._in.poll(500, POLL_S)

    def waiting(self) -> Iterator[Record | None]:
        """Every record from the beginning on, and None whenever a poll returned none."""
        while True:
            records = self._in.poll(500, POLL_S)
            yield from records
            if not records:
                yield None

    def shown(self, record: Record) -> dict[str, Any]:
        """The record as a JSON document; a value that cannot be decoded is shown as text with its problem."""
        position = record.position
        document: dict[str, Any] = {
            "topic": position.topic,
            "partition": position.partition,
            "offset": position.offset,
            "timestamp": None if position.timestamp_ms == NO_TIMESTAMP else position.timestamp_ms,
            "key": None if record.key is None else record.key.decode("utf-8", "replace"),
            "headers": {name: record.header(name) for name, _ in record.headers},
        }
        if self._decoder is None:
            return document | {"value": _text(record.value)}
        try:
            return document | {"value": self._decoder.decode(record.value, self._first(record))}
        except (BadRecord, RegistryUnavailable) as problem:
            return document | {"value": _text(record.value), "problem": str(problem)}

    def _first(self, record: Record) -> Position:
        """The position from which follows what the record leaves out: as the service sees it."""
        source = record.at(time.time_ns() // 1_000_000).position
        if source.topic == self._topics.recategorize:
            with suppress(BadRecord):
                source, _, _ = read_queue_record(record)
        return first_position(record, source.topic) or source

    def close(self) -> None:
        self._in.close()


def last(records: Iterator[dict[str, Any]], number: int) -> list[dict[str, Any]]:
    """The last `number` documents, oldest first."""
    return list(deque(records, maxlen=number))


def concerns(document: dict[str, Any], ticket_id: str | None) -> bool:
    """Whether a document is about this ticket; without a ticket, every document is."""
    if ticket_id is None:
        return True
    value = document["value"]
    return document["key"] == ticket_id or (isinstance(value, dict) and value.get("ticket_id") == ticket_id)


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("utf-8", "replace")
