"""What becomes of a transaction when a broker answers one of its requests with an error."""

from collections.abc import Iterator
from typing import NamedTuple

import pytest
from confluent_kafka import Consumer, KafkaError

from consumer.errors import BrokerTrouble, Fenced
from consumer.kafka.cluster import Cluster
from consumer.kafka.records import Message
from consumer.kafka.transactions import Outcome, Transactions
from tests.support.mock_cluster import Api, MockCluster, mock_cluster

OUTPUT, INPUT = "output", "input"
QUIET = {"log_level": "2"}


class Case(NamedTuple):
    """A request, the error it is answered with, and what the transaction must come to."""

    api: Api
    code: int
    end: Outcome | type[Exception]


CASES = [
    # Retried within the client.
    Case(Api.PRODUCE, KafkaError.NOT_ENOUGH_REPLICAS, Outcome.COMMITTED),
    Case(Api.ADD_PARTITIONS_TO_TXN, KafkaError.CONCURRENT_TRANSACTIONS, Outcome.COMMITTED),
    Case(Api.ADD_PARTITIONS_TO_TXN, KafkaError.NOT_COORDINATOR, Outcome.COMMITTED),
    Case(Api.END_TXN, KafkaError.NOT_COORDINATOR, Outcome.COMMITTED),
    Case(Api.END_TXN, KafkaError.CONCURRENT_TRANSACTIONS, Outcome.COMMITTED),
    # The group has moved on: the next polls tell what is still ours.
    Case(Api.TXN_OFFSET_COMMIT, KafkaError.ILLEGAL_GENERATION, Outcome.ABORTED),
    Case(Api.TXN_OFFSET_COMMIT, KafkaError.UNKNOWN_MEMBER_ID, Outcome.ABORTED),
    Case(Api.TXN_OFFSET_COMMIT, KafkaError.FENCED_INSTANCE_ID, Outcome.ABORTED),
    Case(Api.TXN_OFFSET_COMMIT, KafkaError.REBALANCE_IN_PROGRESS, Outcome.ABORTED),
    Case(Api.PRODUCE, KafkaError.UNKNOWN_PRODUCER_ID, Outcome.ABORTED),
    # Only the group's offsets can tell.
    Case(Api.ADD_PARTITIONS_TO_TXN, KafkaError.INVALID_TXN_STATE, Outcome.IN_DOUBT),
    Case(Api.END_TXN, KafkaError.INVALID_TXN_STATE, Outcome.IN_DOUBT),
    # Would be refused for ever.
    Case(Api.PRODUCE, KafkaError.MSG_SIZE_TOO_LARGE, BrokerTrouble),
    Case(Api.PRODUCE, KafkaError.TOPIC_AUTHORIZATION_FAILED, BrokerTrouble),
    Case(Api.TXN_OFFSET_COMMIT, KafkaError.GROUP_AUTHORIZATION_FAILED, BrokerTrouble),
    # Another process has our place.
    Case(Api.PRODUCE, KafkaError.INVALID_PRODUCER_EPOCH, Fenced),
    Case(Api.PRODUCE, KafkaError.PRODUCER_FENCED, Fenced),
    Case(Api.ADD_PARTITIONS_TO_TXN, KafkaError.PRODUCER_FENCED, Fenced),
    Case(Api.TXN_OFFSET_COMMIT, KafkaError.PRODUCER_FENCED, Fenced),
    Case(Api.END_TXN, KafkaError.INVALID_PRODUCER_EPOCH, Fenced),
    Case(Api.END_TXN, KafkaError.PRODUCER_FENCED, Fenced),
]


@pytest.fixture(scope="module")
def cluster() -> Iterator[MockCluster]:
    with mock_cluster() as cluster:
        cluster.make_topic(OUTPUT)
        cluster.make_topic(INPUT)
        yield cluster


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.api.name}-{KafkaError(case.code).name()}")
def test_every_refusal_has_its_end(cluster: MockCluster, case: Case) -> None:
    """And whatever it was, the same transaction goes through with the next producer."""
    consumer = Consumer({"bootstrap.servers": cluster.address, "group.id": "group"})
    transactions = Transactions(Cluster(cluster.address, {}, QUIET), f"{case.api.name}.{case.code}")
    transactions.open()

    def commit() -> Outcome:
        metadata = consumer.consumer_group_metadata()
        return transactions.commit([Message(OUTPUT, b"key", b"value")], {(INPUT, 0): 1}, metadata)

    cluster.refuse_next(case.api, case.code)
    end: Outcome | type[Exception]
    try:
        end = commit()
    except (BrokerTrouble, Fenced) as error:
        end = type(error)
    again = commit()
    consumer.close()

    assert end == case.end
    assert again is Outcome.COMMITTED


def test_a_message_that_the_client_itself_refuses_is_no_doubt(cluster: MockCluster) -> None:
    """It would be refused for ever, and the next transaction goes through."""
    transactions = Transactions(Cluster(cluster.address, {}, QUIET), "too.large")
    transactions.open()
    with pytest.raises(BrokerTrouble, match="refused for ever"):
        transactions.commit([Message(OUTPUT, b"key", b"v" * 2_000_000)], {}, None)

    assert transactions.commit([Message(OUTPUT, b"key", b"value")], {}, None) is Outcome.COMMITTED
