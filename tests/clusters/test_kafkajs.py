"""Node's kafkajs, which reads no LZ4, no Snappy and no zstd without a plug-in, beside the real service."""

import json
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Producer

from consumer.kafka.producer import DEFAULTS
from tests.support.apache_kafka import Apache
from tests.support.brokers import Broker
from tests.support.world import Shared, World

pytestmark = pytest.mark.clusters
KAFKAJS = Path(__file__).parent / "kafkajs"
TIMEOUT_S = 60


@pytest.fixture(scope="module")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with Apache(tmp_path_factory.mktemp("kafka")) as cluster:
        yield cluster.address


@pytest.fixture
def world(kafka: str, tmp_path: Path) -> World:
    """A world of a categorizer alone, whose answers are JSON, compressed as it is by default."""
    found = World(Shared(Broker(kafka, complete=True), ""), tmp_path, {"EVENT_FORMAT": "json"})
    del found.environment["KAFKA_PRODUCER_COMPRESSION_TYPE"]
    return found


def _node(program: str, *arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    if shutil.which("node") is None or not (KAFKAJS / "node_modules").is_dir():
        pytest.fail("kafkajs is not installed: run make test-clusters, which installs it (it needs npm)")
    command = ["node", str(KAFKAJS / program), *arguments]
    return subprocess.run(command, input=given, capture_output=True, text=True, check=False, timeout=TIMEOUT_S)


def _publish(world: World, names: Iterable[str]) -> None:
    lines = [json.dumps({"ticket_id": name, "subject": f"Card {name}", "description": "declined"}) for name in names]
    published = _node("publish.js", world.kafka, world.topics.created, given="\n".join(lines))
    assert published.returncode == 0, published.stderr


def _read(world: World, topic: str, number: int) -> list[dict[str, Any]]:
    read = _node("read.js", world.kafka, topic, str(number))
    assert read.returncode == 0, read.stderr
    return [json.loads(line) for line in read.stdout.splitlines()]


@pytest.mark.parametrize("codec", [{}, {"KAFKA_COMPRESSION_TYPE": "gzip"}], ids=["default", "gzip"])
def test_kafkajs_publishes_tickets_and_reads_their_answers(world: World, codec: dict[str, str]) -> None:
    """It publishes with gzip; it reads what was written in transactions with the default settings, and with gzip."""
    names = [f"node-{number}" for number in range(40)]
    with world.service("--role", "categorizer", **codec):
        _publish(world, names)
        answers = [json.loads(record["value"]) for record in _read(world, world.topics.categorized, len(names))]

    assert sorted(answer["ticket_id"] for answer in answers) == sorted(names)
    assert {answer["method"] for answer in answers} == {"RULES"}


def test_kafkajs_reads_no_aborted_answers(world: World) -> None:
    """What a transaction wrote before it was aborted is passed over, and so are the transactions' markers."""
    topic = world.topics.categorized
    dying = Producer(
        {
            "bootstrap.servers": world.kafka,
            "transactional.id": "dying",
            "compression.type": DEFAULTS["compression.type"],
        }
    )
    dying.init_transactions(30)
    dying.begin_transaction()
    dying.produce(topic, b"aborted", b"aborted")
    dying.flush(30)
    dying.abort_transaction(30)
    with world.service("--role", "categorizer"):
        _publish(world, ["first", "second"])
        records = _read(world, topic, 2)

    assert sorted(record["key"] for record in records) == ["first", "second"]


def test_the_reason_for_the_default(world: World) -> None:
    """With LZ4 kafkajs stops at the first answer, and says that it has no codec."""
    with world.service("--role", "categorizer", KAFKA_COMPRESSION_TYPE="lz4"):
        _publish(world, [f"node-{number}" for number in range(40)])
        read = _node("read.js", world.kafka, world.topics.categorized, "40")

    assert read.returncode == 1
    assert "LZ4 compression not implemented" in read.stderr
    assert DEFAULTS["compression.type"] == "none"
