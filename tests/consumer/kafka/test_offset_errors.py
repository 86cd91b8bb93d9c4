"""What becomes of a plain commit of offsets when the broker answers it with an error."""

from collections.abc import Iterator
from typing import NamedTuple

import pytest
from confluent_kafka import KafkaError

from consumer.errors import BrokerTrouble
from consumer.kafka.cluster import Cluster
from consumer.kafka.consumer import GroupConsumer
from tests.support.mock_cluster import Api, MockCluster, mock_cluster

TOPIC = "input"


class Case(NamedTuple):
    """An error, and whether the offsets count as committed; None when the caller is told of the trouble."""

    code: int
    committed: bool | None


CASES = [
    # A broker that is back reads the offsets before it takes new ones.
    Case(KafkaError.COORDINATOR_LOAD_IN_PROGRESS, committed=True),
    Case(KafkaError.COORDINATOR_NOT_AVAILABLE, committed=True),
    Case(KafkaError.NOT_COORDINATOR, committed=True),
    # The group has moved on.
    Case(KafkaError.ILLEGAL_GENERATION, committed=False),
    Case(KafkaError.UNKNOWN_MEMBER_ID, committed=False),
    Case(KafkaError.REBALANCE_IN_PROGRESS, committed=False),
    # Would be refused for ever.
    Case(KafkaError.GROUP_AUTHORIZATION_FAILED, committed=None),
]


@pytest.fixture(scope="module")
def cluster() -> Iterator[MockCluster]:
    with mock_cluster() as cluster:
        cluster.make_topic(TOPIC)
        yield cluster


@pytest.mark.parametrize("case", CASES, ids=lambda case: KafkaError(case.code).name())
def test_every_refusal_of_offsets_has_its_end(cluster: MockCluster, case: Case) -> None:
    """What passes is waited for, what the group decided is said, the rest is trouble; the next commit goes through."""
    member = GroupConsumer(Cluster(cluster.address, {"log_level": "2"}), f"group-{case.code}", "client")
    offsets = {(TOPIC, 0): 7}
    # The client itself may try once more.
    cluster.refuse_next(Api.OFFSET_COMMIT, case.code, times=3)
    ended: bool | None
    try:
        ended = member.offsets.commit(offsets)
    except BrokerTrouble:
        ended = None
    cluster.refuse_no_more(Api.OFFSET_COMMIT)
    again = member.offsets.commit(offsets)
    kept = member.offsets.committed(offsets, 10)
    member.close()

    assert ended is case.committed
    assert again
    assert kept == offsets
