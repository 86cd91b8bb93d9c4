"""A static member hears that another member has its place in the group."""

import time
from collections.abc import Callable, Iterator

import pytest
from confluent_kafka import KafkaError
from structlog.testing import capture_logs

from consumer.errors import Fenced
from consumer.kafka.cluster import Cluster
from consumer.kafka.consumer import Assignments, GroupConsumer
from tests.support.mock_cluster import Api, MockCluster, mock_cluster

TOPIC = "input"
PLACE = (TOPIC, 0)
PROPERTIES = {
    "group.instance.id": "place",
    "heartbeat.interval.ms": "100",
    "partition.assignment.strategy": "range",
    "log_level": "4",
}
# The mock cluster lets a group wait for others first.
# Whichever of the two comes first; the other one is not logged then.
LOST = {"broker.error_reported", "librdkafka.said"}
GIVE_UP_S = 30.0


class Member:
    """A static member that has a partition.

    Attributes:
        told: what it was told of the partition, in order.
    """

    def __init__(self, cluster: MockCluster) -> None:
        self.told: list[str] = []
        self._cluster = cluster
        self._in = GroupConsumer(Cluster(cluster.address, PROPERTIES), "group", "client")
        self._in.subscribe([TOPIC], Assignments(self._hears("assigned"), self._hears("revoked"), self._hears("lost")))

    def _hears(self, what: str) -> Callable[[list[tuple[str, int]]], None]:
        def hear(partitions: list[tuple[str, int]]) -> None:
            self.told += [what for partition in partitions if partition == PLACE]

        return hear

    def poll_until(self, is_so: Callable[[], bool]) -> None:
        give_up_s = time.monotonic() + GIVE_UP_S
        while not is_so():
            assert time.monotonic() < give_up_s
            self._in.poll(1, 0.1)

    def lose_the_broker(self) -> None:
        self._cluster.go_down()
        with capture_logs() as logged:
            self.poll_until(lambda: any(line["event"] in LOST for line in logged))
        self._cluster.come_up()

    def be_told_that_another_has_its_place(self) -> None:
        self._cluster.refuse_next(Api.HEARTBEAT, KafkaError.FENCED_INSTANCE_ID)

    def close(self) -> None:
        self._in.close()


@pytest.fixture
def cluster() -> Iterator[MockCluster]:
    with mock_cluster() as cluster:
        cluster.make_topic(TOPIC)
        yield cluster


@pytest.fixture
def member(cluster: MockCluster) -> Iterator[Member]:
    member = Member(cluster)
    member.poll_until(lambda: member.told == ["assigned"])
    yield member
    member.close()


def test_a_member_whose_place_was_taken_ends(member: Member) -> None:
    member.be_told_that_another_has_its_place()

    with pytest.raises(Fenced, match="INSTANCE_ID"):
        member.poll_until(lambda: False)


def test_a_member_that_lost_its_broker_joins_once_more(member: Member) -> None:
    """It may have fenced itself, by a join that it sent twice; told so again, it has not."""
    member.lose_the_broker()
    member.be_told_that_another_has_its_place()

    member.poll_until(lambda: member.told == ["assigned", "lost", "assigned"])

    member.be_told_that_another_has_its_place()
    with pytest.raises(Fenced):
        member.poll_until(lambda: False)
