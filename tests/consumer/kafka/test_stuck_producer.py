"""A producer that was left behind is asked until its call has ended."""

import threading
from typing import Any

import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException
from confluent_kafka import Producer as RealProducer

from consumer.kafka import stuck_producer
from consumer.kafka.client_log import ClientLog
from consumer.kafka.cluster import Cluster
from consumer.kafka.records import Message
from consumer.kafka.transactions import Outcome, Transactions
from tests.support.mock_cluster import mock_cluster
from tests.support.quick_waiting import until


class Producer:
    """Its call ends when it was asked for the third time."""

    def __init__(self) -> None:
        self.asked = 0
        self.ended = threading.Event()

    def list_topics(self, *, timeout: float) -> None:
        assert timeout > 0
        self.asked += 1
        if self.asked < 3:
            raise KafkaException(KafkaError(KafkaError._TRANSPORT))
        self.ended.set()


def test_it_is_asked_until_its_call_has_ended() -> None:
    """Also while the broker is away; then nothing of it is left."""
    producer = Producer()
    call = threading.Thread(target=producer.ended.wait, daemon=True)
    call.start()

    stuck_producer.wake(producer, call, every_s=0.01)

    call.join(10)
    assert producer.asked == 3
    until(lambda: not _left_behind())


class Stuck(RealProducer):
    """Waits for the group's coordinator until it has asked for something else."""

    def __init__(self, properties: dict[str, Any], woken: threading.Event) -> None:
        super().__init__(properties)
        self._woken = woken

    def send_offsets_to_transaction(self, *_: Any) -> None:
        self._woken.wait()

    def list_topics(self, *_: Any, timeout: float = -1) -> Any:
        self._woken.set()
        return super().list_topics(timeout=timeout)


@pytest.mark.long
def test_a_transaction_that_is_left_behind_is_woken() -> None:
    """The transaction is in doubt at once, the next one goes through, and in time nothing is left of the first."""
    woken = threading.Event()
    made: list[RealProducer] = []

    def make(properties: dict[str, Any], _: ClientLog) -> RealProducer:
        made.append(RealProducer(properties) if made else Stuck(properties, woken))
        return made[-1]

    with mock_cluster() as cluster:
        cluster.make_topic("output")
        cluster.make_topic("input")
        consumer = Consumer({"bootstrap.servers": cluster.address, "group.id": "group"})
        transactions = Transactions(Cluster(cluster.address), "left.behind", make)
        ends = [
            transactions.commit([Message("output", b"k", b"v")], {("input", 0): 1}, consumer.consumer_group_metadata())
            for _ in range(2)
        ]
        is_woken = woken.wait(2 * stuck_producer.WAKE_EVERY_S)
        until(lambda: not _left_behind())
        consumer.close()

    assert ends == [Outcome.IN_DOUBT, Outcome.COMMITTED]
    assert is_woken


def _left_behind() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "left-behind"]
