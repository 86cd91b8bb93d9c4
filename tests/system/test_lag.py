"""The lag of a group on a real broker: what is committed, what readers get, and who may be asked."""

import time
from collections.abc import Iterator

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition

from consumer.kafka.group_lag import LagReader, Offsets, Oldest
from consumer.monitoring.lag import GroupLag
from tests.support.topics import Put
from tests.support.waiting import until
from tests.support.world import PARTITIONS, World
from tests.system.conftest import Worlds

pytestmark = pytest.mark.delivery


@pytest.fixture(scope="module")
def world(worlds: Worlds) -> World:
    return worlds()


@pytest.fixture(scope="module")
def reader(world: World) -> Iterator[LagReader]:
    made = LagReader(world.settings)
    yield made
    made.close()


def commit(world: World, topic: str, offset: int) -> None:
    """Commit an offset of partition 0 for the world's group, as a tool from outside does."""
    member = Consumer({"bootstrap.servers": world.kafka, "group.id": world.settings.kafka_group_id})
    try:
        until(lambda: member.commit(offsets=[TopicPartition(topic, 0, offset)], asynchronous=False))
    finally:
        member.close()


def test_what_a_group_has_not_committed_is_its_lag(world: World, reader: LagReader) -> None:
    """In records, and since when the oldest has waited; a group that never committed has everything before it."""
    topic, group = world.topics.created, world.settings.kafka_group_id
    at_ms = time.time_ns() // 1_000_000 - 90_000
    world.put_to(topic, [Put(b"x", partition=0, timestamp_ms=at_ms + 1000 * number) for number in range(5)])
    before = reader.offsets(group, [topic])
    commit(world, topic, 3)
    after = reader.offsets(group, [topic])

    assert len(before) == PARTITIONS
    assert before[topic, 0] == Offsets(0, 5)
    assert after == {**before, (topic, 0): Offsets(3, 5)}
    assert reader.oldest({(topic, 0): 0}) == {(topic, 0): Oldest(0, at_ms / 1000)}
    assert reader.oldest({(topic, 0): 3, (topic, 1): 0}) == {
        (topic, 0): Oldest(3, (at_ms + 3000) / 1000),
        (topic, 1): None,
    }


def test_aborted_records_and_markers_are_no_lag(world: World, reader: LagReader) -> None:
    """Though they have offsets, which a group never commits."""
    topic, group = world.topics.categorized, world.settings.kafka_group_id
    producer = Producer({"bootstrap.servers": world.kafka, "transactional.id": f"{group}.test", "linger.ms": 0})
    producer.init_transactions(30)
    for aborts in (False, True):
        producer.begin_transaction()
        producer.produce(topic, b"x", partition=0)
        producer.flush(30)
        if aborts:
            producer.abort_transaction(30)
        else:
            producer.commit_transaction(30)
    lag, partition = GroupLag(), (topic, 0)

    def look() -> tuple[int, float]:
        offsets = reader.offsets(group, [topic])
        lag.read(offsets, reader.oldest(lag.to_look_up(offsets)), time.monotonic(), time.time())
        return lag.figures(time.time() + 60)[partition]

    waiting = look()
    commit(world, topic, 1)
    # The end of the aborted transaction may be seen a moment later.
    done = until(lambda: found if (found := look()) == (0, 0.0) else None)

    assert waiting[0] >= 1
    assert 60 <= waiting[1] < 90
    assert done == (0, 0.0)
