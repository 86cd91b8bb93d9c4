"""A member of a group whose place is taken while it works."""

import pytest

from consumer.errors import Fenced
from consumer.kafka.cluster import Cluster
from consumer.kafka.consumer import Assignments, GroupConsumer
from consumer.kafka.records import TopicPartition
from tests.support.waiting import until
from tests.support.world import World
from tests.system.conftest import Worlds

pytestmark = [pytest.mark.delivery, pytest.mark.long]


def member(world: World) -> tuple[GroupConsumer, list[TopicPartition]]:
    """A static member that has its partitions; there is one such place in the group."""
    properties = {"group.instance.id": "place", "session.timeout.ms": "6000", "heartbeat.interval.ms": "200"}
    assigned: list[TopicPartition] = []
    joined = GroupConsumer(
        Cluster(world.kafka, properties | {"partition.assignment.strategy": "range"}), "places", "member"
    )
    joined.subscribe([world.topics.created], Assignments(assigned.extend, lambda _: None, lambda _: None))
    until(lambda: joined.poll(1, 0.05) or assigned)
    return joined, assigned


def test_who_lost_its_place_commits_nothing_and_ends(worlds: Worlds) -> None:
    """Offsets of a member whose place was taken are refused, which is no failure; its next poll ends it as fenced."""
    world = worlds()
    older, partitions = member(world)
    newer, _ = member(world)
    refused = older.offsets.commit(dict.fromkeys(partitions, 1))
    with pytest.raises(Fenced, match="KAFKA_GROUP_INSTANCE_ID"):
        until(lambda: older.poll(1, 0.05))
    taken = newer.offsets.commit(dict.fromkeys(partitions, 2))
    committed = newer.offsets.committed(partitions, 10)
    newer.close()

    assert (refused, taken) == (False, True)
    assert committed == dict.fromkeys(partitions, 2)
