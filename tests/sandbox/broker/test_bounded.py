"""Readers that say how much they take at once, on the sandbox's broker, which does not listen."""

import os

from confluent_kafka import Consumer, Message, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from sandbox.bounded import bounded, max_bytes
from tests.support.waiting import until

# The smallest that librdkafka allows.
BOUND = 1_000_000
READING = {
    "group.id": "bounded",
    "isolation.level": "read_committed",
    "fetch.max.bytes": BOUND,
    "receive.message.max.bytes": BOUND + 100_000,
    "log_level": 2,
}


def _topic(address: str, name: str) -> str:
    admin = AdminClient({"bootstrap.servers": address, "log_level": 2})
    until(lambda: admin.create_topics([NewTopic(name, 2, 1)])[name].exception(10) is None)
    return name


def _read(address: str, topic: str, number: int) -> list[Message]:
    reader = Consumer({**READING, "bootstrap.servers": address})
    reader.assign([TopicPartition(topic, partition, 0) for partition in (0, 1)])
    found: list[Message] = []

    def enough() -> bool:
        found.extend(reader.consume(100, 0.2))
        return len(found) >= number

    try:
        until(enough)
    finally:
        reader.close()
    return found


def test_more_than_a_client_takes_at_once_comes_in_several_answers(address: str) -> None:
    """A client that gets more than it takes refuses all of it, and asks for the same again, for ever."""
    topic = _topic(address, "much")
    producer = Producer({"bootstrap.servers": address, "linger.ms": 0, "log_level": 2})
    for number in range(60):
        producer.produce(topic, os.urandom(100_000), partition=number % 2)
    producer.flush(10)
    found = _read(address, topic, 60)

    assert [message.error() for message in found] == [None] * 60
    assert {
        partition: [message.offset() for message in found if message.partition() == partition] for partition in (0, 1)
    } == {0: list(range(30)), 1: list(range(30))}


def test_an_aborted_transaction_that_is_cut_stays_unseen(address: str) -> None:
    """Its end is not in the answer that holds its records; the answer says all the same that it was aborted."""
    topic = _topic(address, "cut")
    producer = Producer({"bootstrap.servers": address, "transactional.id": "cutter", "log_level": 2})
    producer.init_transactions(30)
    for kept in (False, True):
        producer.begin_transaction()
        for _ in range(30):
            producer.produce(topic, (b"kept" if kept else b"lost") + os.urandom(100_000), partition=0)
        producer.flush(10)
        (producer.commit_transaction if kept else producer.abort_transaction)(10)
    found = _read(address, topic, 30)

    assert [(message.value() or b"")[:4] for message in found] == [b"kept"] * 30


# Version 12, about two partitions of one topic: a batch of 20 bytes each, and one of 30 in the second.
BATCHES = [
    bytes(8) + (8).to_bytes(4, "big") + b"x" * 8,
    bytes(8) + (8).to_bytes(4, "big") + b"y" * 8,
    bytes(8) + (18).to_bytes(4, "big") + b"z" * 18,
]
PARTITION = "0000 0000000000000008 0000000000000008 0000000000000000 01 ffffffff"


def _answer(*partitions: bytes) -> bytes:
    head = bytes.fromhex("0000017b000000000000000000000002046f7574") + bytes([len(partitions) + 1])
    told = [
        number.to_bytes(4, "big") + bytes.fromhex(PARTITION) + bytes([len(records) + 1]) + records + b"\0"
        for number, records in enumerate(partitions)
    ]
    return head + b"".join(told) + bytes.fromhex("00 00")


def test_whole_batches_are_left_out() -> None:
    """The first one comes whatever its size; answers of other versions and broken ones stay as they are."""
    first, second, third = BATCHES
    full = _answer(first, second + third)

    assert bounded(full, 12, 0) == bounded(full, 12, len(full)) == full
    assert bounded(full, 12, 69) == bounded(full, 12, 40) == _answer(first, second)
    assert bounded(full, 12, 39) == bounded(full, 12, 1) == _answer(first, b"")
    assert bounded(_answer(b"", third), 12, 1) == _answer(b"", third)
    assert bounded(full, 14, 1) == full
    assert bounded(full[:60], 12, 1) == full[:60]


def test_the_bound_is_read_from_the_request() -> None:
    """It comes after the client's name and three numbers; later versions say nothing that is understood here."""
    numbers = bytes(12) + (99).to_bytes(4, "big")

    def request(version: int, tags: bytes) -> bytes:
        return bytes.fromhex(f"0001{version:04x}00000007000163") + tags + numbers

    assert max_bytes(request(4, b""), 4) == max_bytes(request(12, b"\0"), 12) == 99
    assert max_bytes(request(15, b"\0"), 15) == 0
