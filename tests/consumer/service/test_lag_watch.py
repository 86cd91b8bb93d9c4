"""The lag as metrics, also while nobody can be asked."""

import time
from collections.abc import Iterator

import pytest
import structlog
from confluent_kafka import Consumer, Producer, TopicPartition

from consumer.config.settings import settings_of
from consumer.kafka.group_lag import LagReader
from consumer.monitoring.lag import STALE_AFTER_S
from consumer.service.lag_watch import LagWatch
from tests.support.manual_clock import ManualClock
from tests.support.mock_cluster import MockCluster, mock_cluster
from tests.support.waiting import until

GROUP, TOPIC, QUEUE = "watched", "ticket-created", "ticket-recategorize"
TIMEOUT_S = 0.5
TICKETS = {"topic": TOPIC, "partition": "0", "group": GROUP}


@pytest.fixture
def cluster() -> Iterator[MockCluster]:
    """A cluster with three tickets of a minute ago, of which the first is committed."""
    with mock_cluster() as made:
        for topic in (TOPIC, QUEUE):
            made.make_topic(topic)
        producer = Producer({"bootstrap.servers": made.address})
        for _ in range(3):
            producer.produce(TOPIC, b"x", timestamp=time.time_ns() // 1_000_000 - 60_000)
        producer.flush(30)
        member = Consumer({"bootstrap.servers": made.address, "group.id": GROUP})
        member.commit(offsets=[TopicPartition(TOPIC, 0, 1)], asynchronous=False)
        member.close()
        yield made


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(time.time())


@pytest.fixture
def watch(cluster: MockCluster, clock: ManualClock) -> LagWatch:
    settings = settings_of({"KAFKA_BOOTSTRAP_SERVERS": cluster.address, "KAFKA_GROUP_ID": GROUP})
    return LagWatch({GROUP: [TOPIC, QUEUE]}, lambda: LagReader(settings, TIMEOUT_S), clock)


def told(watch: LagWatch, name: str) -> dict[str, float]:
    """A metric's values, each by the labels that are not the same for all."""
    samples = [sample for metric in watch.collect() if metric.name == name for sample in metric.samples]
    return {sample.labels.get("topic", ""): sample.value for sample in samples}


def looked(watch: LagWatch, name: str) -> dict[str, float]:
    watch.look()
    return told(watch, name)


def test_before_the_first_answer_nothing_is_known(watch: LagWatch) -> None:
    """That is said, and no lag is 0."""
    assert told(watch, "ticketstream_lag_stale") == {"": 1}
    assert told(watch, "ticketstream_lag_records") == {}
    assert told(watch, "ticketstream_lag_last_success_timestamp_seconds") == {"": 0}


def test_the_lag_stays_and_grows_older_while_the_broker_is_away(
    cluster: MockCluster, watch: LagWatch, clock: ManualClock
) -> None:
    """It is marked as stale, the log tells it once with a reason, and it is well again when the broker is back."""
    until(lambda: looked(watch, "ticketstream_lag_seconds").get(TOPIC))
    read_at_s = clock.now()
    (first, *_) = (metric.samples[0] for metric in watch.collect())
    at_first = [told(watch, f"ticketstream_lag_{figure}") for figure in ("records", "seconds", "stale")]
    cluster.go_down()
    with structlog.testing.capture_logs() as lines:
        for _ in range(2):
            clock.moment += STALE_AFTER_S
            watch.look()
        away = [told(watch, f"ticketstream_lag_{figure}") for figure in ("records", "seconds", "stale")]
        read_last = told(watch, "ticketstream_lag_last_success_timestamp_seconds")
        cluster.come_up()
        until(lambda: looked(watch, "ticketstream_lag_stale") == {"": 0})

    assert first.labels == TICKETS
    assert at_first[0] == away[0] == {TOPIC: 2, QUEUE: 0}
    assert 59 < at_first[1][TOPIC] < 70
    assert away[1][TOPIC] == pytest.approx(at_first[1][TOPIC] + 2 * STALE_AFTER_S)
    assert (at_first[2], away[2]) == ({"": 0}, {"": 1})
    assert read_last == {"": pytest.approx(read_at_s)}
    assert [line["event"] for line in lines] == ["lag.unknown", "lag.known"]
    assert lines[0]["group"] == GROUP
    assert lines[0]["detail"]
