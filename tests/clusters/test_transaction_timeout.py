"""A timeout of transactions above what the brokers allow."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.apache_kafka import Apache
from tests.support.brokers import Broker
from tests.support.world import Shared, World

pytestmark = pytest.mark.clusters
# The brokers' default is fifteen minutes.
LONG = {"KAFKA_TRANSACTION_TIMEOUT_MS": "900001"}


@pytest.fixture(scope="module")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with Apache(tmp_path_factory.mktemp("kafka")) as cluster:
        yield cluster.address


@pytest.fixture
def world(kafka: str, tmp_path: Path) -> World:
    return World(Shared(Broker(kafka, complete=True), ""), tmp_path, LONG)


def test_the_doctor_compares_it_with_the_brokers(world: World) -> None:
    """It names both, and what to do; the brokers' own limit is fine."""
    long, allowed = world.command("doctor"), world.command("doctor", KAFKA_TRANSACTION_TIMEOUT_MS="900000")

    [line] = [line for line in long.stdout.splitlines() if line.startswith("FAILED   settings:")]
    assert "KAFKA_TRANSACTION_TIMEOUT_MS=900001 is above transaction.max.timeout.ms=900000" in line
    assert "ok       settings:" in allowed.stdout


def test_the_service_ends_with_a_sentence(world: World) -> None:
    """It is not started again and again: a restart would end the same way."""
    with world.service("--role", "categorizer") as service:
        code = service.wait(40)
        [failed] = service.events("worker.failed")

    assert code == 2
    assert "KAFKA_TRANSACTION_TIMEOUT_MS" in failed["detail"]
