"""A cluster of Apache Kafka of our own, whose brokers die."""

import signal
import time
from itertools import count
from pathlib import Path

import pytest

from tests.support.apache_kafka import Apache
from tests.support.broker_differences import Gap
from tests.support.brokers import Broker
from tests.support.model_server import ModelServer
from tests.support.oracle import wrongs
from tests.support.world import Shared, World, tickets

pytestmark = [pytest.mark.delivery, pytest.mark.long, pytest.mark.needs(Gap.DURABILITY)]

BURST = 60
# The promise is 5 s; other tests may keep the machine busy at the same time.
BACK_WITHIN_S = 8.0


class Stream:
    """Tickets that are published and answered."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._numbers = count()

    def publish(self) -> list[str]:
        burst = tickets(f"burst-{next(self._numbers)}", BURST)
        self._world.publish(burst)
        return [ticket["ticket_id"] for ticket in burst]

    def flows(self, timeout_s: float = 30.0) -> None:
        self._world.answers_to(self.publish(), timeout_s=timeout_s)


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cluster")


def world_on(cluster: Apache, clickhouse: str, folder: Path, model: ModelServer) -> World:
    broker = Broker(cluster.address, complete=True, copies=len(cluster.nodes))
    (folder / "world").mkdir()
    return World(Shared(broker, clickhouse), folder / "world", {"ML_API_URL": model.url})


def test_a_broker_that_dies_and_comes_back_has_lost_nothing(shared: Shared, folder: Path, model: ModelServer) -> None:
    """Killed in mid-stream and started again: what it had acknowledged is there, and answers come within seconds."""
    with Apache(folder) as cluster:
        world = world_on(cluster, shared.clickhouse, folder, model)
        stream = Stream(world)
        with world.service() as service:
            stream.flows()
            waiting = stream.publish()
            node = cluster.nodes[1]
            node.signal(signal.SIGKILL)
            node.start()
            cluster.wait_until_ready()
            back_s = time.monotonic()
            world.answers_to(waiting)
            took_s = time.monotonic() - back_s
            stream.flows()
            workers = service.workers()
        found = wrongs(world)

        assert found == []
        assert took_s < BACK_WITHIN_S
        assert workers


def test_a_frozen_broker_delays_and_loses_nothing(shared: Shared, folder: Path, model: ModelServer) -> None:
    """Silent for seconds in mid-stream, then back as if nothing had been."""
    with Apache(folder) as cluster:
        world = world_on(cluster, shared.clickhouse, folder, model)
        stream = Stream(world)
        with world.service("--role", "categorizer") as service:
            stream.flows()
            waiting = stream.publish()
            cluster.nodes[1].signal(signal.SIGSTOP)
            # The length of the freeze: nothing is waited for.
            time.sleep(4)
            cluster.nodes[1].signal(signal.SIGCONT)
            world.answers_to(waiting)
            stream.flows()
            workers = service.workers()
        found = wrongs(world)

        assert found == []
        assert workers


def test_one_of_three_brokers_may_die(shared: Shared, folder: Path, model: ModelServer) -> None:
    """With every record on three brokers the stream goes on without any one of them, and with it when it is back."""
    with Apache(folder, nodes=3) as cluster:
        world = world_on(cluster, shared.clickhouse, folder, model)
        stream = Stream(world)
        with world.service("--role", "categorizer"):
            stream.flows()
            for node in cluster.nodes.values():
                waiting = stream.publish()
                node.signal(signal.SIGKILL)
                world.answers_to(waiting, timeout_s=60)
                stream.flows(60)
                node.start()
                cluster.wait_until_ready()
            stream.flows(60)
        found = wrongs(world)

        assert found == []
