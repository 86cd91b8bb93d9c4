"""Dead letters: the record byte for byte under its own key, the cause in headers."""

from datetime import UTC, datetime
from hashlib import sha256
from itertools import accumulate
from typing import NamedTuple

from consumer.kafka.records import Headers, Message, Record
from schemas.derived import timed
from schemas.position import NO_TIMESTAMP, Position

# librdkafka's own default for message.max.bytes, less room for our headers and what Kafka adds around a record.
MAX_CARRIED_BYTES = 1_000_000 - 8_192
TRUNCATED_BYTES = 1_024
# Of a record too large to carry, so that headers or a key alone can never make a dead letter impossible.
MAX_KEY_BYTES = MAX_CARRIED_BYTES // 2
MAX_HEADER_BYTES = MAX_CARRIED_BYTES // 4
OWN_HEADERS = frozenset(
    {
        "ts-reason", "ts-detail", "ts-topic", "ts-partition", "ts-offset", "ts-timestamp", "ts-group",
        "ts-service-version", "ts-failed-at", "ts-replays",
    }
)  # fmt: skip
# Stay on a record that was truncated once: its first KiB is all that a replay can bring.
_TRUNCATION = frozenset({"ts-truncated", "ts-size", "ts-sha256"})
_ORIGIN = ("ts-origin-topic", "ts-origin-partition", "ts-origin-offset")
# Written by a replay: a letter itself has `ts-timestamp`.
ORIGIN_TIMESTAMP = "ts-origin-timestamp"
_MAX_DIGITS = 19


class DeadLetter(NamedTuple):
    """Why a record cannot be dealt with, in the contract's words.

    Attributes:
        reason: one of the contract's.
        detail: what exactly; never quotes the ticket.
    """

    reason: str
    detail: str


class DeadLetterWriter(NamedTuple):
    """What every dead letter of a role is written with.

    Attributes:
        topic: of the dead letters.
        group: the consumer group that could not deal with the record.
        service_version: of this service.
    """

    topic: str
    group: str
    service_version: str

    def message(self, record: Record, letter: DeadLetter, now: datetime) -> Message:
        """The message for the dead-letter topic.

        Headers of ours are replaced when a replayed record fails again, so that they never pile up; `ts-origin-*` is
        set once. A record too large to carry goes as its first KiB with its size and SHA-256, and with as many
        of its headers as fit.
        """
        key, value = record.key, record.value
        headers = [(name, text) for name, text in record.headers if name not in OWN_HEADERS]
        too_large = _size(record) > MAX_CARRIED_BYTES
        if too_large:
            headers = _fitting([header for header in headers if header[0] not in _TRUNCATION])
        position = record.position
        ours = {
            "ts-reason": letter.reason,
            "ts-detail": letter.detail[:512],
            "ts-topic": position.topic,
            "ts-partition": str(position.partition),
            "ts-offset": str(position.offset),
            "ts-timestamp": str(position.timestamp_ms),
            "ts-group": self.group,
            "ts-service-version": self.service_version,
            "ts-failed-at": now.astimezone(UTC).isoformat(timespec="milliseconds"),
            "ts-replays": str(replays(record)),
        }
        if not any(name in _ORIGIN for name, _ in headers):
            origin = (position.topic, str(position.partition), str(position.offset))
            ours.update(zip(_ORIGIN, origin, strict=True))
        if too_large:
            ours |= _truncation(value or b"")
            key, value = key and key[:MAX_KEY_BYTES], value and value[:TRUNCATED_BYTES]
        return Message(self.topic, key, value, headers + _text(ours))


def first_position(record: Record, topic: str) -> Position | None:
    """Where a replayed record first stood, when that was on this topic; None for every other record.

    What follows from a record's position, such as the id and the time that a ticket left out, follows from this one.
    """
    if not record.headers or record.header("ts-origin-topic") != topic:
        return None
    partition, offset = number(record, "ts-origin-partition"), number(record, "ts-origin-offset")
    if partition is None or offset is None:
        return None
    timestamp_ms = number(record, ORIGIN_TIMESTAMP)
    position = Position(topic, partition, offset, NO_TIMESTAMP if timestamp_ms is None else timestamp_ms)
    return timed(position, record.position.timestamp_ms)


def number(record: Record, name: str) -> int | None:
    """A header that holds a number from 0 on; None for anything else, which anybody may have written."""
    text = record.header(name) or ""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= _MAX_DIGITS else None


def replays(record: Record) -> int:
    """How often a record was replayed, as its header says; anybody may have written that header."""
    text = record.header("ts-replays") or "0"
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


def _truncation(value: bytes) -> dict[str, str]:
    return {"ts-truncated": "true", "ts-size": str(len(value)), "ts-sha256": sha256(value).hexdigest()}


def _fitting(headers: Headers) -> Headers:
    ends = accumulate(_header_size(header) for header in headers)
    return [header for header, end in zip(headers, ends, strict=True) if end <= MAX_HEADER_BYTES]


def _size(record: Record) -> int:
    return record.size + sum(map(_header_size, record.headers))


def _header_size(header: tuple[str, str | bytes | None]) -> int:
    name, value = header
    # What Kafka adds to each header: two lengths.
    return len(name.encode("utf-8", "replace")) + len(value or b"") + 10


def _text(values: dict[str, str]) -> Headers:
    return [(name, value.encode("utf-8", "replace")) for name, value in values.items()]
