"""Records as they come from the client."""

from typing import TYPE_CHECKING, Any, cast

import pytest
from confluent_kafka import TIMESTAMP_CREATE_TIME, TIMESTAMP_LOG_APPEND_TIME, TIMESTAMP_NOT_AVAILABLE

from consumer.categorizer.requeue_record import queue_message
from consumer.commands.tail import Tail
from consumer.config.settings import Settings
from consumer.kafka.consumer import record_of
from consumer.kafka.records import Record
from schemas.identity import event_id
from schemas.position import NO_TIMESTAMP, Position
from tests.support.consumer_parts import a_record

if TYPE_CHECKING:
    from confluent_kafka import Message

AT_MS = 1_763_842_000_123
PLAIN = b'{"ticket_id": 12, "subject": "x"}'


class Stamped:
    """A message with this type of timestamp."""

    def __init__(self, kind: int, timestamp_ms: int) -> None:
        self._timestamp = kind, timestamp_ms

    def timestamp(self) -> tuple[int, int]:
        return self._timestamp

    def __getattr__(self, name: str) -> Any:
        return {"topic": lambda: "t", "partition": lambda: 0, "offset": lambda: 7}.get(name, lambda: None)


@pytest.mark.parametrize(
    ("kind", "timestamp_ms", "read"),
    [
        (TIMESTAMP_CREATE_TIME, AT_MS, AT_MS),
        (TIMESTAMP_LOG_APPEND_TIME, AT_MS, AT_MS),
        (TIMESTAMP_CREATE_TIME, -1, NO_TIMESTAMP),
        (TIMESTAMP_NOT_AVAILABLE, 0, NO_TIMESTAMP),
        (TIMESTAMP_NOT_AVAILABLE, -1, NO_TIMESTAMP),
    ],
)
def test_what_is_no_timestamp_is_none(kind: int, timestamp_ms: int, read: int) -> None:
    """Records of old brokers have a type of timestamp that says so, whatever the number."""
    assert record_of(cast("Message", Stamped(kind, timestamp_ms))).position.timestamp_ms == read


def _shown(settings: Settings, record: Record) -> dict[str, Any]:
    tail = Tail(settings, record.position.topic)
    try:
        return tail.shown(record)
    finally:
        tail.close()


def test_a_record_without_a_timestamp_is_shown_as_the_service_sees_it(settings: Settings) -> None:
    """Tail says that there is none, and shows the ticket with the time of reading."""
    record = Record(Position(settings.topics.created, 0, 7, NO_TIMESTAMP), None, PLAIN, [])
    shown = _shown(settings, record)

    assert shown["timestamp"] is None
    assert shown["value"]["created_at"] > AT_MS
    assert "problem" not in shown


def test_a_queued_record_is_shown_with_what_follows_from_its_source(settings: Settings) -> None:
    """What its ticket left out follows from the source in the headers; without a good one, from the record."""
    queue, created = settings.topics.recategorize, settings.topics.created
    message = queue_message(queue, b"12", a_record(value=PLAIN), Position(created, 1, 41, AT_MS), revision=1, asks=0)
    queued = Record(Position(queue, 0, 7, AT_MS + 9), b"12", PLAIN, message.headers or [])
    shown, bare = (_shown(settings, record)["value"] for record in (queued, queued._replace(headers=[])))

    assert (shown["event_id"], shown["created_at"]) == (event_id(created, 1, 41, 0), AT_MS)
    assert (bare["event_id"], bare["created_at"]) == (event_id(queue, 0, 7, 0), AT_MS + 9)
