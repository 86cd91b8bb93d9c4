"""Records of the queue of provisional answers."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumer.categorizer.requeue_record import queue_message, read_queue_record
from consumer.kafka.records import Headers, Message, Record
from schemas.codec import BadRecord
from schemas.position import Position
from tests.support.consumer_parts import QUEUE, a_record

SOURCE = Position("ticket-created", 2, 41, 1_763_842_000_123)
int63 = st.integers(0, 2**63 - 1)
positions = st.builds(Position, st.text("abc.-_", min_size=1), st.integers(0, 2**31 - 1), int63, int63 | st.just(-1))
# Ours are replaced, so an input that brings them does not keep them.
header_names = st.text(st.characters(codec="utf-8"), max_size=8).filter(lambda name: not name.startswith("ts-"))


def _consumed(message: Message) -> Record:
    return Record(Position(QUEUE, 0, 0, 0), message.key, message.value, message.headers or [])


def _with_header(name: str, value: bytes | None) -> Record:
    asking = queue_message(QUEUE, b"T-1", a_record(), SOURCE, revision=1, asks=0)
    return _consumed(asking._replace(headers=[(name, value) if h[0] == name else h for h in asking.headers or []]))


@given(positions, st.integers(1, 2**31 - 1), st.integers(0, 2**31 - 1))
def test_what_was_written_is_read_again(source: Position, revision: int, asks: int) -> None:
    """Any source position, revision and count of asks survives the way through the queue."""
    record = _consumed(queue_message(QUEUE, b"T-1", a_record(), source, revision=revision, asks=asks))

    assert read_queue_record(record) == (source, revision, asks)


@given(st.binary() | st.none(), st.lists(st.tuples(header_names, st.binary() | st.none())))
def test_the_inputs_own_bytes_and_headers_travel_along(value: bytes | None, headers: Headers) -> None:
    """The queue's record holds the value of the input byte for byte, and its headers before ours."""
    record = a_record(value=value, headers=headers)
    message = queue_message(QUEUE, b"T-1", record, SOURCE, revision=1, asks=0)

    assert (value, b"T-1") == (message.value, message.key)
    assert headers == (message.headers or [])[: len(headers)]


def test_going_through_the_queue_again_piles_up_no_headers() -> None:
    """A record that is queued twice has each of our headers once, with the newer values."""
    once = _consumed(queue_message(QUEUE, b"T-1", a_record(headers=[("a", b"b")]), SOURCE, revision=1, asks=0))
    twice = _consumed(queue_message(QUEUE, b"T-1", once, SOURCE, revision=2, asks=3))

    assert [name for name, _ in once.headers] == [name for name, _ in twice.headers]
    assert read_queue_record(twice) == (SOURCE, 2, 3)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ts-source-topic", None),
        ("ts-source-topic", b""),
        ("ts-source-topic", b"\xff"),
        ("ts-source-partition", b"-1"),
        ("ts-source-partition", b"2147483648"),
        ("ts-source-offset", b"1.5"),
        ("ts-source-offset", b"9" * 5_000),
        ("ts-source-timestamp", b"soon"),
        ("ts-revision", b"0"),
        ("ts-revision", b"-"),
        ("ts-asks", None),
    ],
)
def test_an_impossible_header_is_named(name: str, value: bytes | None) -> None:
    """Written by anybody, a queue record that cannot be answered is a bad record and stops nothing."""
    with pytest.raises(BadRecord) as bad:
        read_queue_record(_with_header(name, value))

    assert bad.value.reason == "bad_framing"
    assert name in bad.value.detail


@given(st.lists(st.tuples(st.sampled_from(["ts-source-offset", "ts-revision", "ts-source-topic"]), st.binary())))
def test_hostile_headers_raise_nothing_else(headers: Headers) -> None:
    """Whatever the headers hold, reading them gives a position or a bad record."""
    with contextlib.suppress(BadRecord):
        position, revision, asks = read_queue_record(a_record(topic=QUEUE, headers=headers))

        assert position.offset >= 0
        assert revision >= 1
        assert asks >= 0
