"""What becomes of a transaction when a broker answers one of its requests with an error."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException, Producer

from consumer.errors import BrokerTrouble, ConfigurationError, Fenced
from consumer.kafka.client_log import ClientLog
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


class Overtaken(Producer):
    """A producer whose thread is held up after its first message, until the transaction has failed meanwhile."""

    begun = False

    def produce(self, *given: Any, **named: Any) -> None:
        while self.begun:
            self.poll(0.01)
            try:
                super().produce(*given, **named)
            except KafkaException as error:
                if error.args[0].code() == KafkaError._STATE:
                    raise
        super().produce(*given, **named)
        self.begun = True


@pytest.mark.parametrize(
    ("code", "end", "words"),
    [
        (KafkaError.PRODUCER_FENCED, Fenced, "another process"),
        (KafkaError.TOPIC_AUTHORIZATION_FAILED, BrokerTrouble, "ACL: WRITE on topic output"),
    ],
)
def test_a_refusal_that_comes_between_two_messages_is_told_from_any_other(
    cluster: MockCluster, code: int, end: type[Exception], words: str
) -> None:
    """The client then says of the next message only that its state is another; a fenced worker must not fence back."""

    def make(properties: dict[str, Any], client_log: ClientLog) -> Producer:
        return Overtaken({**properties, "error_cb": client_log.error, "logger": client_log})

    transactions = Transactions(Cluster(cluster.address, {}, QUIET), f"overtaken.{code}", make)
    transactions.open()
    cluster.refuse_next(Api.PRODUCE, code)
    with pytest.raises(end, match=words):
        transactions.commit([Message(OUTPUT, b"key", b"value")] * 2, {}, None)


def test_a_message_that_the_client_itself_refuses_is_no_doubt(cluster: MockCluster) -> None:
    """It would be refused for ever, and the next transaction goes through."""
    transactions = Transactions(Cluster(cluster.address, {}, QUIET), "too.large")
    transactions.open()
    with pytest.raises(BrokerTrouble, match="refused for ever"):
        transactions.commit([Message(OUTPUT, b"key", b"v" * 2_000_000)], {}, None)

    assert transactions.commit([Message(OUTPUT, b"key", b"value")], {}, None) is Outcome.COMMITTED


def test_a_timeout_above_what_the_brokers_allow_is_a_wrong_setting() -> None:
    """A restart would end the same way: the message names the setting and the brokers' own."""
    with mock_cluster() as cluster:
        cluster.refuse_next(Api.INIT_PRODUCER_ID, KafkaError.INVALID_TRANSACTION_TIMEOUT)
        transactions = Transactions(Cluster(cluster.address, producer_properties=QUIET), "long")
        with pytest.raises(ConfigurationError, match=r"KAFKA_TRANSACTION_TIMEOUT_MS.*transaction\.max\.timeout\.ms"):
            transactions.open()
