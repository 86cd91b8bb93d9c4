"""Records as they come from the client."""

from typing import TYPE_CHECKING, Any, cast

import pytest
from confluent_kafka import TIMESTAMP_CREATE_TIME, TIMESTAMP_LOG_APPEND_TIME, TIMESTAMP_NOT_AVAILABLE

from consumer.commands.tail import Tail
from consumer.config.settings import Settings
from consumer.kafka.consumer import record_of
from consumer.kafka.topic_reader import committed
from schemas.position import NO_TIMESTAMP
from tests.support.topics import Put, put

if TYPE_CHECKING:
    from confluent_kafka import Message

AT_MS = 1_763_842_000_123


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


def test_a_record_without_a_timestamp_is_shown_as_the_service_sees_it(settings: Settings) -> None:
    """From a real broker: tail says that there is none, and shows the ticket with the time of reading."""
    topic = settings.topics.created
    put(settings.kafka_bootstrap_servers, topic, [Put(b'{"ticket_id": 12, "subject": "x"}', timestamp_ms=-1)])
    [record] = committed(settings, topic)
    tail = Tail(settings, topic)
    try:
        shown = tail.shown(record)
    finally:
        tail.close()

    assert record.position.timestamp_ms == NO_TIMESTAMP
    assert shown["timestamp"] is None
    assert shown["value"]["created_at"] > AT_MS
    assert "problem" not in shown


def test_a_queued_record_is_shown_with_the_ids_of_its_source(settings: Settings) -> None:
    """What its ticket left out follows from the source in the headers, not from the queue."""
    source = {"topic": settings.topics.created, "partition": "1", "offset": "41", "timestamp": str(AT_MS)}
    headers: list[tuple[str, str | bytes | None]] = [
        *((f"ts-source-{name}", text.encode()) for name, text in source.items()),
        ("ts-revision", b"1"),
        ("ts-asks", b"0"),
    ]
    value = b'{"ticket_id": 12, "subject": "x"}'
    topic = settings.topics.recategorize
    put(settings.kafka_bootstrap_servers, topic, [Put(value, headers=headers), Put(value)])
    queued, bare = sorted(committed(settings, topic), key=lambda record: not record.headers)
    tail = Tail(settings, topic)
    try:
        shown = [tail.shown(record)["value"] for record in (queued, bare)]
    finally:
        tail.close()

    assert shown[0]["created_at"] == AT_MS
    assert shown[0]["event_id"] != shown[1]["event_id"]
