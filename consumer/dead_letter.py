"""Dead letters: the record byte for byte under its own key, the cause in headers."""

from datetime import UTC, datetime
from hashlib import sha256
from typing import NamedTuple

from consumer.record import Headers, Message, Record

# librdkafka's own default for message.max.bytes, less room for what Kafka adds around a record.
MAX_CARRIED_BYTES = 1_000_000 - 8_192
TRUNCATED_BYTES = 1_024
_OWN = frozenset(
    {
        "ts-reason", "ts-detail", "ts-topic", "ts-partition", "ts-offset", "ts-timestamp", "ts-group",
        "ts-service-version", "ts-failed-at", "ts-replays", "ts-truncated", "ts-size", "ts-sha256",
    }
)  # fmt: skip
_ORIGIN = ("ts-origin-topic", "ts-origin-partition", "ts-origin-offset")


class Failure(NamedTuple):
    """Why a record is a dead letter; the detail never quotes the ticket."""

    reason: str
    detail: str


def dead_letter(
    record: Record, failure: Failure, *, topic: str, group: str, service_version: str, now: datetime
) -> Message:
    """The message for the dead-letter topic.

    Headers of ours are replaced when a replayed record fails again and never pile up; `ts-origin-*` is
    set once. A record too large to carry goes as its first KiB with its size and SHA-256.
    """
    headers = [(name, value) for name, value in record.headers if name not in _OWN]
    position = record.position
    ours = {
        "ts-reason": failure.reason,
        "ts-detail": failure.detail[:512],
        "ts-topic": position.topic,
        "ts-partition": str(position.partition),
        "ts-offset": str(position.offset),
        "ts-timestamp": str(position.timestamp_ms),
        "ts-group": group,
        "ts-service-version": service_version,
        "ts-failed-at": now.astimezone(UTC).isoformat(timespec="milliseconds"),
        "ts-replays": record.header("ts-replays") or "0",
    }
    if not any(name in _ORIGIN for name, _ in headers):
        origin = (position.topic, str(position.partition), str(position.offset))
        ours.update(zip(_ORIGIN, origin, strict=True))
    value = record.value
    if value is not None and _size(record) > MAX_CARRIED_BYTES:
        ours |= {"ts-truncated": "true", "ts-size": str(len(value)), "ts-sha256": sha256(value).hexdigest()}
        value = value[:TRUNCATED_BYTES]
    return Message(topic, record.key, value, headers + _text(ours))


def _size(record: Record) -> int:
    return record.size + sum(len(name) + len(value or b"") for name, value in record.headers)


def _text(values: dict[str, str]) -> Headers:
    return [(name, value.encode("utf-8", "replace")) for name, value in values.items()]
