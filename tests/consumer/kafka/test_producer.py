"""What becomes of telemetry and alerts that the cluster refuses: they are lost, which is said once."""

import time
from collections.abc import Iterator

import pytest
from confluent_kafka import KafkaError
from structlog.testing import capture_logs
from structlog.typing import EventDict

from consumer.kafka.cluster import Cluster
from consumer.kafka.producer import ANEW_AFTER_S, PlainProducer
from consumer.kafka.records import Message
from tests.support.mock_cluster import Api, MockCluster, mock_cluster
from tests.support.waiting import until

TOPIC = "telemetry"
EVENT = Message(TOPIC, b"key", b"value")
SAID = {
    "event": "topic.refused",
    "log_level": "error",
    "topic": TOPIC,
    "operation": "WRITE",
    "mend": f"ACL: WRITE on topic {TOPIC} for the service's principal",
}


@pytest.fixture
def cluster() -> Iterator[MockCluster]:
    with mock_cluster() as cluster:
        cluster.make_topic(TOPIC)
        yield cluster


def refusals(logged: list[EventDict]) -> list[EventDict]:
    return [
        {key: event[key] for key in event if key != "code"} for event in logged if event["event"] == "topic.refused"
    ]


def producer_on(cluster: MockCluster) -> PlainProducer:
    return PlainProducer(Cluster(cluster.address, {}, {"log_level": "2"}), "member.telemetry", [TOPIC])


def test_a_topic_that_may_not_be_written_is_said_once(cluster: MockCluster) -> None:
    """However many events are refused."""
    producer = producer_on(cluster)
    cluster.refuse_next(Api.PRODUCE, KafkaError.TOPIC_AUTHORIZATION_FAILED)
    with capture_logs() as logged:
        for _ in range(3):
            producer.offer(EVENT)
            left = producer.flush(5)

    assert refusals(logged) == [SAID]
    assert left == 0


def test_a_client_that_is_refused_for_good_is_let_go_without_an_error(
    cluster: MockCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No call raises. After a while another client takes events."""
    # A minute passes when the test says so.
    passed_s = 0.0
    now = time.monotonic
    monkeypatch.setattr(time, "monotonic", lambda: now() + passed_s)
    producer = producer_on(cluster)
    cluster.refuse_next(Api.INIT_PRODUCER_ID, KafkaError.CLUSTER_AUTHORIZATION_FAILED)
    with capture_logs() as logged:

        def has_heard() -> bool:
            producer.hear(time.monotonic())
            return bool(refusals(logged))

        producer.offer(EVENT)
        until(has_heard)
        refused = producer.offer(EVENT)
        producer.flush(1)
        passed_s = ANEW_AFTER_S
        taken = producer.offer(EVENT)
        left = producer.flush(5)

    assert refusals(logged) == [SAID]
    assert (refused, taken, left) == (False, True, 0)


def test_a_publisher_hears_why_its_messages_are_refused(cluster: MockCluster) -> None:
    """Each of them, with what to grant."""
    producer = producer_on(cluster)
    why: list[str] = []
    cluster.refuse_next(Api.INIT_PRODUCER_ID, KafkaError.CLUSTER_AUTHORIZATION_FAILED)
    producer.send(EVENT, why.append)
    producer.flush(5)
    producer.send(EVENT, why.append)
    producer.flush(5)

    assert len(why) == 2
    assert all(SAID["mend"] in reason for reason in why)
