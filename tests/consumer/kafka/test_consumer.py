"""Reading as a member of a group whose partitions go at any moment."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from confluent_kafka import Consumer, Message, Producer

from consumer.config.settings import Settings
from consumer.kafka.cluster import Cluster
from consumer.kafka.consumer import Assignments, GroupConsumer
from consumer.kafka.topic_reader import committed
from tests.support.waiting import until

QUICK = {"heartbeat.interval.ms": "100", "partition.assignment.strategy": "range"}
GIVE_UP_S = 60.0


class Preempted(Consumer):
    """A client whose thread is held up between the two calls of a poll, for long enough that partitions go then.

    Attributes:
        within: whether it is in the second one.
    """

    within = False

    def consume(self, num_messages: int = 1, timeout: float = -1) -> list[Message]:
        Preempted.within = True
        time.sleep(0.05)
        found: list[Message] = super().consume(num_messages, timeout)
        Preempted.within = False
        return found


@contextmanager
def _coming_and_going(settings: Settings, group: str) -> Iterator[None]:
    """Another member, again and again."""
    stop = threading.Event()

    def come_and_go() -> None:
        while not stop.is_set():
            got: list[Any] = []
            other = GroupConsumer(Cluster(settings.kafka_bootstrap_servers, QUICK), group, "other")
            other.subscribe([settings.topics.created], Assignments(got.append, lambda _: None, lambda _: None))
            while not got and not stop.is_set():
                other.poll(1, 0.05)
            other.close()

    thread = threading.Thread(target=come_and_go)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def test_what_was_fetched_of_a_partition_that_goes_meanwhile_is_not_given(settings: Settings) -> None:
    """Its next owner reads it: taken in here it would be committed over, or answered twice."""
    producer = Producer({"bootstrap.servers": settings.kafka_bootstrap_servers})
    for number in range(6000):
        producer.produce(settings.topics.created, b"x", partition=number % 2)
    producer.flush()
    held: set[tuple[str, int]] = set()
    went_within = []
    group = settings.topics.created

    def gone(partitions: list[tuple[str, int]]) -> None:
        held.difference_update(partitions)
        went_within.append(Preempted.within)

    member = GroupConsumer(Cluster(settings.kafka_bootstrap_servers, QUICK), group, "member", make=Preempted)
    member.subscribe([settings.topics.created], Assignments(held.update, gone, gone))
    stale = []
    give_up_s = time.monotonic() + GIVE_UP_S
    with _coming_and_going(settings, group):
        while sum(went_within) < 2:
            assert time.monotonic() < give_up_s
            records = member.poll(2, 0.01)
            stale += [record.position for record in records if record.partition not in held]
    member.close()

    assert stale == []


def test_what_became_of_a_transaction_can_be_asked_while_leaving_the_group(settings: Settings) -> None:
    """A member that leaves commits what is finished, and may be in doubt about it."""
    partition = (settings.topics.created, 0)
    told: list[bool] = []
    cluster = Cluster(settings.kafka_bootstrap_servers, QUICK)
    events: list[tuple[str, int]] = []
    group = f"{settings.topics.created}-leaving"
    member = GroupConsumer(cluster, group, "member", rebalanced=lambda event, now: events.append((event, len(now))))

    def gone(_: list[tuple[str, int]]) -> None:
        told.extend(member.has_committed({partition: offset}) for offset in (5, 6))

    assigned: list[Any] = []
    member.subscribe([settings.topics.created], Assignments(assigned.append, gone, gone))
    until(lambda: member.poll(1, 0.01) or assigned)
    member.offsets.commit({partition: 5})
    member.close()

    assert told == [True, False]
    assert events[0][0] == "assigned"
    assert events[0][1] > 0
    assert events[-1] == ("revoked", 0)


def test_whoever_takes_records_may_take_long_over_them(settings: Settings) -> None:
    """A reader that is slower than a broker may be silent has not met a silent broker."""
    producer = Producer({"bootstrap.servers": settings.kafka_bootstrap_servers})
    for _ in range(1200):
        producer.produce(settings.topics.created, b"x", partition=0)
    producer.flush()
    number = 0
    for number, _ in enumerate(committed(settings, settings.topics.created, quiet_s=2.0), 1):
        if number == 500:
            time.sleep(2.5)

    assert number == 1200
