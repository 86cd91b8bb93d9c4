"""Three nodes, of which leaders die: workers that start meanwhile wait for the next leader and go on."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka.admin import AdminClient

from tests.support.apache_kafka import Apache
from tests.support.brokers import Broker
from tests.support.waiting import until
from tests.support.world import Shared, World, tickets

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Apache]:
    with Apache(tmp_path_factory.mktemp("three"), nodes=3, controller_apart=True) as started:
        yield started


def leader(world: World, topic: str) -> int:
    """The node that leads the first partition of a topic."""
    client = AdminClient({"bootstrap.servers": world.kafka, "log_level": 2})

    def look() -> int:
        found = client.list_topics(topic, timeout=10).topics[topic].partitions
        return int(found[0].leader) if found else 0

    return until(lambda: max(look(), 0))


@pytest.mark.parametrize(
    "topic",
    [
        pytest.param("created", marks=pytest.mark.clusters),
        pytest.param("repeats", marks=pytest.mark.matrix),
        pytest.param("categorized", marks=pytest.mark.matrix),
    ],
)
def test_workers_that_start_while_a_leader_dies(cluster: Apache, tmp_path: Path, topic: str) -> None:
    """None of them ends, each ticket is answered once, and commands answer too."""
    world = World(Shared(Broker(cluster.address, complete=True, copies=3), "http://127.0.0.1:1"), tmp_path, {})
    created = tickets("failing", 6)
    world.publish(created)
    victim = cluster.nodes[leader(world, getattr(world.topics, topic))]
    with world.service("--role", "categorizer") as service:
        until(service.workers)
        victim.signal(signal.SIGKILL)
        listed = world.command("dlq", "list")
        answers = world.answers_to((ticket["ticket_id"] for ticket in created), timeout_s=60)

        assert not service.events("worker."), service.output()
    victim.start()
    cluster.wait_until_ready()

    assert listed.returncode == 0, listed.stderr
    assert len({answer["event_id"] for answer in answers}) == len(answers)
