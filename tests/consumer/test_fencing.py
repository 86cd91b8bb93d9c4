"""What a static member makes of being told that its place in the group is another's."""

import time

import pytest
from confluent_kafka import KafkaError

from consumer.errors import Fenced, PlaceInDoubt
from consumer.kafka_in import Assignments, KafkaIn
from tests.kafka.mock_cluster import Api, MockCluster, mock_cluster

TOPIC = "input"
PROPERTIES = {
    "group.instance.id": "place",
    "heartbeat.interval.ms": "100",
    "partition.assignment.strategy": "range",
    "log_level": "4",
}
# The mock cluster lets a group wait for others first.
GIVE_UP_S = 30.0


def poll_until(member: KafkaIn, give_up_s: float) -> None:
    while time.monotonic() < give_up_s:
        member.poll(1, 0.1)


def fenced(cluster: MockCluster, *, lost_first: bool) -> Fenced:
    """What a member raises whose heartbeats are answered with FENCED_INSTANCE_ID."""
    given: list[tuple[str, int]] = []
    member = KafkaIn(cluster.address, "group", "client", PROPERTIES)
    member.subscribe([TOPIC], Assignments(given.extend, lambda _: None, lambda _: None))
    give_up_s = time.monotonic() + GIVE_UP_S
    try:
        while not given and time.monotonic() < give_up_s:
            member.poll(1, 0.1)
        assert given == [(TOPIC, 0)]
        if lost_first:
            cluster.go_down()
            while member._client_log.failed_s is None and time.monotonic() < give_up_s:
                member.poll(1, 0.1)
            cluster.come_up()
        cluster.refuse_next(Api.HEARTBEAT, KafkaError.FENCED_INSTANCE_ID, times=5)
        with pytest.raises(Fenced) as told:
            poll_until(member, give_up_s)
    finally:
        member.close()
    return told.value


def test_a_member_whose_place_was_taken_ends_for_good() -> None:
    with mock_cluster() as cluster:
        cluster.make_topic(TOPIC)
        error = fenced(cluster, lost_first=False)
    assert type(error) is Fenced
    assert error.exit_code == 3
    assert "INSTANCE_ID" in str(error)


def test_a_member_that_lost_its_broker_is_started_again() -> None:
    """It may have fenced itself, by a join that it sent twice."""
    with mock_cluster() as cluster:
        cluster.make_topic(TOPIC)
        error = fenced(cluster, lost_first=True)
    assert type(error) is PlaceInDoubt
    # What the supervisor starts again.
    assert error.exit_code == 1
