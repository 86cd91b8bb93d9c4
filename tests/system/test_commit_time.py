"""Transactions that follow each other at once: the broker is still busy with the one before."""

import time

import pytest

from consumer.kafka.cluster import Cluster, cluster_of
from consumer.kafka.consumer import GroupConsumer
from consumer.kafka.records import Message
from consumer.kafka.transactions import Outcome, Transactions, transactional_properties
from tests.support.model_server import ModelServer
from tests.system.conftest import Worlds

NUMBER = 60
# On Apache Kafka every fifth at least takes longer when the client pauses for its own 100 ms before it asks again.
QUICK_S = 0.09


@pytest.mark.delivery
def test_a_transaction_hardly_waits_for_the_one_before(worlds: Worlds, model: ModelServer) -> None:
    """Nine of ten that carry offsets, back to back."""
    settings = worlds(ML_API_URL=model.url).settings
    cluster, group = cluster_of(settings), settings.kafka_group_id
    member = GroupConsumer(cluster, group, "quick")
    transactions = Transactions(cluster, f"{group}.quick")
    transactions.open()
    durations_s = []
    for number in range(NUMBER):
        began_s = time.monotonic()
        message = Message(settings.topics.categorized, str(number).encode(), b"answer")
        offsets = {(settings.topics.created, 0): number}
        assert transactions.commit([message], offsets, member.group_metadata()) is Outcome.COMMITTED
        durations_s.append(time.monotonic() - began_s)
    transactions.close()
    member.close()

    assert sorted(durations_s)[NUMBER * 9 // 10] < QUICK_S


def test_the_pause_before_asking_again_can_be_changed() -> None:
    """It is a default, and no promise rests on it."""
    ours = transactional_properties(Cluster("localhost:9092"), "id")
    theirs = transactional_properties(Cluster("localhost:9092", {}, {"retry.backoff.ms": "250"}), "id")

    assert (ours["retry.backoff.ms"], theirs["retry.backoff.ms"]) == (5, "250")
