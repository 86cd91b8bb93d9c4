"""Dead letters."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from typing import Any

import pytest
from confluent_kafka import Producer
from hypothesis import given
from hypothesis import strategies as st

from consumer.bad_records.dead_letter import MAX_CARRIED_BYTES, OWN_HEADERS, DeadLetter, DeadLetterWriter
from consumer.kafka.records import Headers, Message, Record
from schemas.position import Position
from tests.support.consumer_parts import a_record

FAILED_AT = datetime(2026, 11, 22, 10, 30, 0, 123_456, tzinfo=timezone(timedelta(hours=2)))
DEAD_LETTERS = "ticket-dead-letter"
WRITER = DeadLetterWriter(DEAD_LETTERS, "g", "1.0")
OURS = {*OWN_HEADERS, "ts-truncated", "ts-origin-topic"}
header_names = st.sampled_from(["traceparent", "x", "ts-reason", "ts-size"]) | st.text(max_size=6)


def _dead(record: Record, reason: str = "bad_framing", detail: str = "empty") -> Message:
    return WRITER.message(record, DeadLetter(reason, detail), FAILED_AT)


def _texts(message: Message) -> dict[str, Any]:
    return {name: value.decode() if isinstance(value, bytes) else value for name, value in message.headers or []}


def _replayed(message: Message, offset: int, replays: int) -> Record:
    headers = [h for h in message.headers or [] if h[0] != "ts-replays"]
    again = a_record(offset, key=message.key, value=message.value)
    return again._replace(headers=[*headers, ("ts-replays", str(replays).encode())])


@pytest.fixture(scope="module")
def producer() -> Iterator[Producer]:
    """librdkafka with its own limit on a message, which it checks before any broker is asked."""
    producer = Producer({"bootstrap.servers": "127.0.0.1:1", "log_level": 0})
    yield producer
    producer.purge()


def test_the_cause_is_in_the_headers() -> None:
    """Each header of the contract says as UTF-8 text what failed, where and when."""
    message = _dead(a_record(41, partition=3))

    assert message.topic == DEAD_LETTERS
    assert _texts(message) == {
        "ts-reason": "bad_framing",
        "ts-detail": "empty",
        "ts-topic": "ticket-created",
        "ts-partition": "3",
        "ts-offset": "41",
        "ts-timestamp": "1763842000123",
        "ts-group": "g",
        "ts-service-version": "1.0",
        "ts-failed-at": "2026-11-22T08:30:00.123+00:00",
        "ts-replays": "0",
        "ts-origin-topic": "ticket-created",
        "ts-origin-partition": "3",
        "ts-origin-offset": "41",
    }


@given(
    st.binary() | st.none(),
    st.binary() | st.none(),
    st.lists(st.tuples(st.text(max_size=5), st.binary() | st.none()), max_size=4),
)
def test_the_record_travels_byte_for_byte(key: bytes | None, value: bytes | None, headers: Headers) -> None:
    """Key, value and the headers of others are those of the record, repeated names and missing values included."""
    message = _dead(a_record(key=key, value=value, headers=headers))

    assert (key, value) == (message.key, message.value)
    assert headers == (message.headers or [])[: len(headers)]


@given(st.lists(st.tuples(header_names, st.binary(max_size=20) | st.none()), max_size=6), st.integers(1, 4))
def test_headers_never_pile_up(headers: Headers, replays: int) -> None:
    """However often a dead letter is replayed and fails again, it has the headers of the first failure, renewed."""
    first = _dead(a_record(41, headers=headers))
    message = first
    for replay in range(1, replays + 1):
        message = _dead(_replayed(message, 100 + replay, replay), "invalid_field", "ticket_id: blank")

    assert sorted(name for name, _ in first.headers or []) == sorted(name for name, _ in message.headers or [])
    texts = {name: value for name, value in message.headers or [] if name.startswith("ts-")}
    assert (texts["ts-reason"], texts["ts-origin-offset"]) == (b"invalid_field", b"41")
    assert (str(100 + replays).encode(), str(replays).encode()) == (texts["ts-offset"], texts["ts-replays"])


def test_a_record_too_large_to_carry_goes_as_its_first_kibibyte() -> None:
    """The dead letter says that it is cut, how large the value was, and what its SHA-256 is."""
    value = b"0123456789" * 100_000
    message = _dead(a_record(value=value), "too_large")
    texts = _texts(message)

    assert value[:1024] == message.value
    assert ("true", "1000000", sha256(value).hexdigest()) == (
        texts["ts-truncated"], texts["ts-size"], texts["ts-sha256"],
    )  # fmt: skip


def test_a_truncated_record_stays_marked_when_it_is_replayed() -> None:
    """The first KiB alone must never pass for the whole record."""
    value = b"x" * 1_000_000
    first = _dead(a_record(value=value), "too_large")
    again = _dead(_replayed(first, 100, 1), "bad_framing")

    assert {name: _texts(first)[name] for name in ("ts-truncated", "ts-size", "ts-sha256")} == {
        name: text for name, text in _texts(again).items() if name in {"ts-truncated", "ts-size", "ts-sha256"}
    }
    assert len(first.headers or []) == len(again.headers or [])


@pytest.mark.parametrize(
    ("key", "value", "headers"),
    [
        (b"k", b"v", [("h", b"x" * 995_000)]),
        (b"k", None, [("h", b"x" * 995_000)]),
        (b"k", b"v", [(f"header-{n}", b"x") for n in range(60_000)]),
        (b"k", b"v", [("h" * 500_000, None), ("ñ" * 300_000, b"")]),
        (b"k" * 995_000, b"v", []),
        (b"k" * 999_000, b"v" * 999_000, [("h", b"x" * 999_000)]),
        *((b"k", b"v", [(name, b"9" * 999_000)]) for name in sorted(OURS)),
    ],
    ids=["header", "tombstone", "many headers", "header names", "key", "everything", *sorted(OURS)],
)
def test_every_record_can_be_carried(producer: Producer, key: bytes, value: bytes | None, headers: Headers) -> None:
    """A large key or large headers never make a dead letter that the broker refuses, which would stop the stream."""
    message = _dead(a_record(key=key, value=value, headers=headers), "too_large", "ñ" * 10_000)

    producer.produce(message.topic, message.value, message.key, headers=message.headers)

    assert _texts(message)["ts-reason"] == "too_large"
    assert (value is None) == (message.value is None)


def test_what_can_be_carried_is_not_cut(producer: Producer) -> None:
    """Up to the limit the value is whole."""
    value = b"x" * (MAX_CARRIED_BYTES - 100)
    message = _dead(a_record(value=value))
    producer.produce(message.topic, message.value, message.key, headers=message.headers)

    assert value == message.value
    assert "ts-truncated" not in _texts(message)


def test_times_are_utc() -> None:
    """ts-failed-at can be compared as text, whatever the time zone of the service."""
    here = _dead(a_record())
    record = Record(Position("t", 0, 0, 0), None, None, [])
    there = WRITER.message(record, DeadLetter("tombstone", ""), FAILED_AT.astimezone(UTC))

    assert _texts(here)["ts-failed-at"] == _texts(there)["ts-failed-at"]
