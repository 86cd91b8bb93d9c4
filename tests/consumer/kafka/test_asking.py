"""Brokers that fail over: whatever is asked of them is asked again, within its bound."""

from collections.abc import Callable, Iterator
from contextlib import closing
from typing import NamedTuple

import pytest
from confluent_kafka import KafkaError, KafkaException, Producer

from consumer.config.settings import Settings, settings_of
from consumer.errors import BrokerTrouble
from consumer.kafka import admin
from consumer.kafka.asking import insisted
from consumer.kafka.cluster import cluster_of
from consumer.kafka.consumer import GroupConsumer
from consumer.kafka.topic_reader import committed, sizes
from consumer.kafka.transactions import Transactions
from tests.support.mock_cluster import Api, MockCluster, mock_cluster

TOPIC = "moving"
RECORDS = 3
# The client itself may try once more.
TIMES = 2


@pytest.fixture(scope="module")
def cluster() -> Iterator[MockCluster]:
    with mock_cluster() as started:
        started.make_topic(TOPIC)
        producer = Producer({"bootstrap.servers": started.address})
        for number in range(RECORDS):
            producer.produce(TOPIC, str(number))
        assert producer.flush(20) == 0
        yield started


@pytest.fixture
def settings(cluster: MockCluster) -> Settings:
    return settings_of({"KAFKA_BOOTSTRAP_SERVERS": cluster.address})


def watermarks(settings: Settings) -> object:
    with closing(GroupConsumer(cluster_of(settings), "watching", "client")) as member:
        return member.offsets.watermarks((TOPIC, 0), 10)


def offsets(settings: Settings) -> object:
    with closing(GroupConsumer(cluster_of(settings), "reading", "client")) as member:
        return member.offsets.commit({(TOPIC, 0): 2}) and member.offsets.committed([(TOPIC, 0)], 10)


def opened(settings: Settings) -> object:
    transactions = Transactions(cluster_of(settings), "moving.0")
    transactions.open()
    transactions.close()
    return True


class Question(NamedTuple):
    """Something that is asked of brokers, and its answer when all is well."""

    name: str
    ask: Callable[[Settings], object]
    answer: object
    requests: tuple[Api, ...]


QUESTIONS = [
    Question("topics", admin.partition_counts, {TOPIC: 1}, ()),
    Question("ends", lambda settings: admin.end_offsets(settings, TOPIC), {0: RECORDS}, (Api.LIST_OFFSETS,)),
    Question("watermarks", watermarks, (0, RECORDS), (Api.LIST_OFFSETS,)),
    Question("sizes", lambda settings: sizes(settings, TOPIC, None), RECORDS, (Api.LIST_OFFSETS,)),
    Question(
        "records",
        lambda settings: [record.value for record in committed(settings, TOPIC)],
        [b"0", b"1", b"2"],
        (Api.LIST_OFFSETS, Api.FETCH),
    ),
    Question("the group's offsets", offsets, {(TOPIC, 0): 2}, (Api.OFFSET_FETCH, Api.OFFSET_COMMIT)),
    Question("a transactional producer", opened, True, (Api.INIT_PRODUCER_ID, Api.FIND_COORDINATOR)),
]  # fmt: skip
OF_LEADERS = (
    KafkaError.NOT_LEADER_FOR_PARTITION,
    KafkaError.LEADER_NOT_AVAILABLE,
    KafkaError.REPLICA_NOT_AVAILABLE,
    KafkaError.FENCED_LEADER_EPOCH,
    KafkaError.UNKNOWN_LEADER_EPOCH,
    KafkaError.OFFSET_NOT_AVAILABLE,
    KafkaError.KAFKA_STORAGE_ERROR,
    KafkaError.UNKNOWN_TOPIC_OR_PART,
)
OF_COORDINATORS = (
    KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
    KafkaError.COORDINATOR_NOT_AVAILABLE,
    KafkaError.NOT_COORDINATOR,
)
OF_BOTH = (KafkaError.REQUEST_TIMED_OUT, KafkaError.NETWORK_EXCEPTION, KafkaError._TRANSPORT)
ERRORS = {
    Api.LIST_OFFSETS: OF_LEADERS + OF_BOTH,
    Api.FETCH: (KafkaError.NOT_LEADER_FOR_PARTITION, KafkaError._TRANSPORT),
    Api.OFFSET_FETCH: (*OF_COORDINATORS, *OF_BOTH, KafkaError.UNSTABLE_OFFSET_COMMIT),
    Api.OFFSET_COMMIT: OF_COORDINATORS + OF_BOTH,
    Api.INIT_PRODUCER_ID: (*OF_COORDINATORS, *OF_BOTH, KafkaError.CONCURRENT_TRANSACTIONS),
    Api.FIND_COORDINATOR: (KafkaError.COORDINATOR_NOT_AVAILABLE, *OF_BOTH),
}
# All errors for the first question that is asked with a request, and one for each of the others.
FIRST = {api: question for question in reversed(QUESTIONS) for api in question.requests}
CASES = [
    (question, api, code)
    for question in QUESTIONS
    for api in question.requests
    for code in (ERRORS[api] if FIRST[api] is question else ERRORS[api][:1])
]


@pytest.mark.parametrize(
    ("question", "api", "code"), CASES, ids=lambda part: getattr(part, "name", None) or KafkaError(part).name()
)
def test_what_passes_is_asked_again(
    cluster: MockCluster, settings: Settings, question: Question, api: Api, code: int
) -> None:
    """A leader or a coordinator that moves ends nothing."""
    cluster.refuse_next(api, code, TIMES)
    try:
        assert question.ask(settings) == question.answer
    finally:
        cluster.refuse_no_more(api)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_a_broker_that_is_away_for_a_moment(cluster: MockCluster, settings: Settings, question: Question) -> None:
    """It comes back within the bound of every question."""
    cluster.go_down_for(1.0)

    assert question.ask(settings) == question.answer


def test_what_lasts_is_not_asked_again(cluster: MockCluster, settings: Settings) -> None:
    """Asking again grants nothing: the first answer is told."""
    cluster.refuse_next(Api.LIST_OFFSETS, KafkaError.TOPIC_AUTHORIZATION_FAILED)
    try:
        with pytest.raises(BrokerTrouble, match="ACL: READ on topic moving"):
            watermarks(settings)
    finally:
        cluster.refuse_no_more(Api.LIST_OFFSETS)


def test_it_ends_with_its_bound() -> None:
    """With the last error, however often it comes."""
    asked: list[float] = []

    def ask(left_s: float) -> None:
        asked.append(left_s)
        raise KafkaException(KafkaError(KafkaError.NOT_LEADER_FOR_PARTITION))

    with pytest.raises(KafkaException):
        insisted(ask, 0.5)

    assert len(asked) > 2
    assert all(left_s <= 0.5 for left_s in asked)
