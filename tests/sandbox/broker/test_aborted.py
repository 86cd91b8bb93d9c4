"""Readers of committed records, on the sandbox's broker, after a transaction was aborted."""

import time

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from sandbox.aborted import corrected
from tests.support.waiting import until

TOPIC = "out"
# An answer of the broker in version 12 about one partition, without records: an aborted transaction that began at 0 is
# listed all the same.
FETCHED = bytes.fromhex(
    "0000017b" "00" "00000000" "0000" "00000000" "02" "046f7574" "02"
    "00000000" "0000" "0000000000000008" "0000000000000008" "0000000000000000"
    "02" "00000000000003e8" "0000000000000000" "00" "ffffffff" "01" "00" "00" "00"
)  # fmt: skip


def transactional(address: str) -> Producer:
    producer = Producer({"bootstrap.servers": address, "transactional.id": "writer", "log_level": 2})
    producer.init_transactions(30)
    producer.begin_transaction()
    return producer


def test_a_reader_sees_the_records_after_an_aborted_transaction(address: str) -> None:
    """It sees them also when each is fetched by itself, long after the end of the aborted transaction."""
    admin = AdminClient({"bootstrap.servers": address, "log_level": 2})
    until(lambda: admin.create_topics([NewTopic(TOPIC, 1, 1)])[TOPIC].exception(10) is None)
    reader = Consumer({"bootstrap.servers": address, "group.id": "reader", "isolation.level": "read_committed"})
    reader.assign([TopicPartition(TOPIC, 0, 0)])
    orphan = transactional(address)
    orphan.produce(TOPIC, b"aborted")
    orphan.flush(10)
    seen = []
    for number in range(3):
        heir = transactional(address)
        heir.produce(TOPIC, str(number).encode())
        heir.commit_transaction()
        message = until(lambda: reader.poll(0.1))
        assert message is not None
        seen.append(message.value())
        # The next fetch finds no record, and the aborted transaction is listed again.
        time.sleep(0.1)
    reader.close()

    assert seen == [b"0", b"1", b"2"]


def test_a_stale_entry_begins_beyond_every_offset() -> None:
    """It is changed in place, so that no byte moves; answers of other versions and broken ones stay as they are."""
    entry = bytes.fromhex("00000000000003e80000000000000000")
    beyond = bytes.fromhex("00000000000003e87fffffffffffffff")

    assert corrected(FETCHED, 12) == FETCHED.replace(entry, beyond)
    assert corrected(FETCHED, 14) == FETCHED
    assert corrected(FETCHED[:40], 12) == FETCHED[:40]
