"""What a client says of itself, and whether it can go on."""

import time
from collections.abc import Iterator

import pytest
import structlog
from confluent_kafka import Producer

from consumer.config.settings import Settings
from consumer.guards.bounded_poll import POLL_BYTES
from consumer.guards.client_health import POLLED_LATE, REFUSED_ANSWERS, REMEMBERED_S, REPEATED, ClientHealth
from consumer.kafka.cluster import Cluster
from consumer.kafka.consumer import Assignments, GroupConsumer
from tests.support.waiting import until

EAGER = {"partition.assignment.strategy": "range"}


def test_failures_that_repeat_are_trouble() -> None:
    """A few may pass, and so may several of different kinds; some time after the last it is forgotten."""
    health = ClientHealth()
    for now in range(REPEATED - 1):
        health.failed("refuses", now)
        health.failed("gets", now)
    before = health.trouble(REPEATED - 1)
    health.failed("gets", REPEATED - 1)

    assert before == ""
    assert health.trouble(REPEATED) == "gets"
    assert health.trouble(REMEMBERED_S) == ""


def test_a_client_that_polled_too_late_is_in_trouble_for_a_while() -> None:
    """It has lost its partitions, and may lose them again."""
    health = ClientHealth()
    health.polled_late(5.0)

    assert (health.trouble(6.0), health.trouble(5.0 + REMEMBERED_S)) == (POLLED_LATE, "")


@pytest.fixture
def member(settings: Settings, request: pytest.FixtureRequest) -> Iterator[GroupConsumer]:
    """Of a group of its own, with the properties that the test gives."""
    found = GroupConsumer(
        Cluster(settings.kafka_bootstrap_servers, EAGER | request.param), settings.topics.created, "member"
    )
    assigned: list[object] = []
    found.subscribe([settings.topics.created], Assignments(assigned.append, lambda _: None, lambda _: None))
    with structlog.testing.capture_logs():
        until(lambda: found.poll(1, 0.05) or assigned)
        yield found
        found.close()


TOO_SMALL = {"fetch.max.bytes": "1000000", "receive.message.max.bytes": "1000512"}


@pytest.mark.parametrize("member", [TOO_SMALL], indirect=True)
def test_a_batch_that_the_client_never_takes_is_said(settings: Settings, member: GroupConsumer) -> None:
    """The first batch comes whatever its size; the client refuses it for ever."""
    producer = Producer({"bootstrap.servers": settings.kafka_bootstrap_servers, "message.max.bytes": 1_040_000})
    producer.produce(settings.topics.created, bytes(1_030_000), partition=0)
    producer.flush(10)
    before = member.health.trouble(time.monotonic())
    until(lambda: member.poll(1, 0.05) or member.health.trouble(time.monotonic()))

    assert (before, member.health.trouble(time.monotonic())) == ("", REFUSED_ANSWERS)


SHORT = {"session.timeout.ms": "6000", "max.poll.interval.ms": "6000", "heartbeat.interval.ms": "500"}


@pytest.mark.parametrize("member", [SHORT], indirect=True)
def test_a_member_that_polls_too_late_says_so(member: GroupConsumer) -> None:
    """The client leaves the group by itself, whatever its thread is busy with; the next poll hears of it."""
    busy_until_s = time.monotonic() + 7.5
    while time.monotonic() < busy_until_s:
        pass
    until(lambda: member.poll(1, 0.05) or member.health.trouble(time.monotonic()))

    assert member.health.trouble(time.monotonic()) == POLLED_LATE


@pytest.mark.parametrize("member", [{}], indirect=True)
def test_a_poll_is_bounded_by_bytes(settings: Settings, member: GroupConsumer) -> None:
    """Large records come in several polls, however many may come; small ones come together."""
    producer = Producer({"bootstrap.servers": settings.kafka_bootstrap_servers})
    for size in [200_000] * 40 + [10] * 400:
        producer.produce(settings.topics.created, bytes(size), partition=0)
    producer.flush(10)
    polls: list[list[int]] = []

    def all_came() -> bool:
        polls.append([record.size for record in member.poll(500, 0.05)])
        return sum(map(len, polls)) == 440

    until(all_came)

    assert max(map(sum, polls)) <= 2 * POLL_BYTES
    assert max(map(len, polls)) > 100
