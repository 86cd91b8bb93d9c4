"""What people corrected, after kill -9 of everything: service, Apache Kafka and ClickHouse."""

import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.soak.parts import Server
from tests.soak.plan import Kind
from tests.support.apache_kafka import Apache
from tests.support.brokers import Broker
from tests.support.corrections import PROMISED_S, Told, p99
from tests.support.model_behaviour import answering
from tests.support.model_server import serve
from tests.support.oracle import wrongs
from tests.support.ports import lasting_ports
from tests.support.world import PARTITIONS, Shared, World, bare_environment

pytestmark = [pytest.mark.clusters, pytest.mark.timeout(300)]

# So many texts are corrected before everything dies, and as many when it is back; so many at once.
TEXTS, AT_ONCE = 50, 25


def clickhouse(folder: Path) -> tuple[Server, str]:
    """A ClickHouse that can be killed and started again in its place, and its address."""
    [port] = lasting_ports(1)
    command = ["sandbox.clickhouse", "--data", str(folder / "store"), "--port", str(port)]
    return Server("clickhouse", command, bare_environment(), folder), f"http://127.0.0.1:{port}"


def test_what_people_corrected_outlives_everything(
    tmp_path: Path, record_testsuite_property: Callable[[str, object], None]
) -> None:
    """Each correction answers the first equal ticket afterwards, and later corrections are as quick as before."""
    store, address = clickhouse(tmp_path)
    workers = ("--workers", str(PARTITIONS))
    last = 2 * TEXTS

    def measured(told: Told, texts: range) -> list[float]:
        took_s: list[float] = []
        for first in texts[::AT_ONCE]:
            told.correct(range(first, first + AT_ONCE))
            took_s += told.until_corrected(range(first, first + AT_ONCE))
        return took_s

    with Apache(tmp_path / "kafka", controller_apart=True) as kafka, serve(answering) as model:
        store.start()
        try:
            world = World(
                Shared(Broker(kafka.address, complete=True), address),
                tmp_path,
                {"ML_API_URL": model.url, "CACHE_MAX_SIZE": "10000"},
            )
            with world.reader(world.topics.categorized) as reader:
                told = Told(world, reader)
                with world.service(*workers) as service:
                    told.correct([last])
                    told.until_corrected([last])
                    before_s = measured(told, range(TEXTS))
                    # Nobody knows how far these come.
                    told.correct([last + 1])
                    for node in kafka.nodes.values():
                        node.signal(signal.SIGKILL)
                    store.kill(Kind.KILL)
                    service.kill()
                for node in kafka.nodes.values():
                    node.start()
                store.start()
                kafka.wait_until_ready()
                with world.service(*workers):
                    first_answers = told.probe(range(TEXTS))
                    told.until_corrected([last + 1])
                    after_s = measured(told, range(TEXTS, last))
            wrong = wrongs(world)
        finally:
            store.stop()
    record_testsuite_property("took_p99_s", p99(before_s + after_s))
    record_testsuite_property("took_after_p99_s", p99(after_s))

    assert {answer["method"] for answer in first_answers} == {"OVERRIDE"}
    assert len(before_s) == len(after_s) == TEXTS * PARTITIONS
    assert wrong == []
    assert p99(before_s + after_s) < PROMISED_S
    assert p99(after_s) < PROMISED_S
