"""The broker in memory is held to the real one: the same clients' calls have the same outcome on both."""

import uuid
from collections.abc import Callable
from typing import Any, cast

import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer
from confluent_kafka import TopicPartition as Place

from tests.sim.broker import Clock, SimBroker
from tests.sim.client import SimConsumer, SimProducer
from tests.sim.line import Line
from tests.support.broker_differences import Gap
from tests.support.waiting import until
from tests.system.conftest import Worlds

pytestmark = pytest.mark.delivery


class Cluster:
    """Clients of one kind, the names of two topics, and a group."""

    def __init__(
        self,
        consumer: Callable[[dict[str, Any]], Consumer],
        producer: Callable[[dict[str, Any]], Producer],
        read: str,
        written: str,
    ) -> None:
        self._consumer, self._producer = consumer, producer
        self.read, self.written = read, written
        self._group = uuid.uuid4().hex

    def producer(self, name: str) -> Producer:
        made = self._producer({"transactional.id": f"{self._group}.{name}", "transaction.timeout.ms": 15_000})
        made.init_transactions(20)
        return made

    def member(self, topic: str, group: str = "", seen: list[bytes | None] | None = None) -> tuple[Consumer, set[int]]:
        """A member that has its partitions."""
        made = self._consumer(
            {
                "group.id": group or self._group,
                "isolation.level": "read_committed",
                "enable.auto.commit": False,
                "auto.offset.reset": "earliest",
                "partition.assignment.strategy": "range",
                "heartbeat.interval.ms": 200,
                "session.timeout.ms": 6000,
            }
        )
        held: set[int] = set()

        def assigned(_: Consumer, places: list[Place]) -> None:
            held.update(place.partition for place in places)

        def gone(_: Consumer, places: list[Place]) -> None:
            held.difference_update(place.partition for place in places)

        made.subscribe([topic], on_assign=assigned, on_revoke=gone, on_lost=gone)
        came: list[bytes | None] = [] if seen is None else seen

        def look() -> set[int]:
            _note(made.poll(0.05), came)
            return held

        until(look)
        return made, held

    def values(self, until_there: bytes) -> list[bytes | None]:
        """What a reader of committed records sees up to this one, each partition in its order."""
        seen: list[bytes | None] = []
        # The first may come with the assignment.
        reader, _ = self.member(self.written, uuid.uuid4().hex, seen)

        def look() -> bool:
            _note(reader.poll(0.05), seen)
            return until_there in seen

        until(look)
        reader.close()
        return seen


def _note(message: Message | None, seen: list[bytes | None]) -> None:
    if message is not None:
        seen.append(message.value())


def _sim(_: Worlds) -> Cluster:
    clock = Clock()
    broker = SimBroker(3, clock)

    def wait(seconds: float) -> None:
        clock.now_s += seconds

    line = Line(clock, wait, lambda: None, lambda: None)
    return Cluster(
        lambda properties: cast("Consumer", SimConsumer(broker, wait, properties)),
        lambda properties: cast("Producer", SimProducer(broker, line, properties)),
        "read",
        "written",
    )


def _real(worlds: Worlds) -> Cluster:
    world = worlds()
    at = {"bootstrap.servers": world.kafka}
    return Cluster(
        lambda properties: Consumer(properties | at),
        lambda properties: Producer(properties | at),
        world.topics.created,
        world.topics.categorized,
    )


@pytest.fixture(params=[_sim, _real], ids=["sim", "real"])
def cluster(request: pytest.FixtureRequest, worlds: Worlds) -> Cluster:
    made: Cluster = request.param(worlds)
    return made


def say(producer: Producer, topic: str, value: bytes) -> None:
    producer.begin_transaction()
    producer.produce(topic, value, b"key", 0, headers=[])


def test_readers_see_committed_records_only(cluster: Cluster) -> None:
    """What was aborted, also by a newcomer under the same name, is never read."""
    first = cluster.producer("one")
    say(first, cluster.written, b"aborted")
    first.abort_transaction(20)
    say(first, cluster.written, b"committed")
    first.commit_transaction()
    say(first, cluster.written, b"left open")
    second = cluster.producer("one")
    say(second, cluster.written, b"last")
    second.commit_transaction()

    assert cluster.values(b"last") == [b"committed", b"last"]


def test_a_newcomer_fences_who_wrote_before(cluster: Cluster) -> None:
    """The older producer of the same name can commit nothing any more."""
    first = cluster.producer("one")
    say(first, cluster.written, b"older")
    cluster.producer("one")
    with pytest.raises(KafkaException) as raised:
        first.commit_transaction()

    assert raised.value.args[0].code() == KafkaError._FENCED


def test_offsets_are_committed_with_their_transaction(cluster: Cluster) -> None:
    """Offsets of a transaction that is aborted count for nothing; those of a committed one are the group's."""
    member, held = cluster.member(cluster.read)
    places = [Place(cluster.read, number, 7) for number in sorted(held)]
    producer = cluster.producer("one")
    committed = []
    for aborts in (True, False):
        say(producer, cluster.written, b"answer")
        producer.send_offsets_to_transaction(places, member.consumer_group_metadata())
        if aborts:
            producer.abort_transaction(20)
        else:
            producer.commit_transaction()
        committed.append({place.offset for place in member.committed(places, 20)})
    member.close()

    assert committed[0] != {7}
    assert committed[1] == {7}


@pytest.mark.needs(Gap.GENERATION_FENCING)
def test_offsets_of_an_earlier_generation_are_refused(cluster: Cluster) -> None:
    """After a rebalance the metadata from before it is worth nothing."""
    member, held = cluster.member(cluster.read)
    before = member.consumer_group_metadata()
    places = [Place(cluster.read, number, 7) for number in sorted(held)]
    member.close()
    other, _ = cluster.member(cluster.read)
    producer = cluster.producer("one")
    say(producer, cluster.written, b"answer")
    with pytest.raises(KafkaException) as raised:
        producer.send_offsets_to_transaction(places, before)
    other.close()

    assert raised.value.args[0].txn_requires_abort()
