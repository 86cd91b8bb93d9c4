"""The sandbox's broker under clients that say nothing."""

import subprocess
from pathlib import Path

from confluent_kafka.admin import AdminClient

from sandbox import broker
from tests.support.limits import with_descriptors
from tests.support.peers import silent
from tests.support.waiting import until

LIMIT = 256


def test_a_client_that_asks_is_answered(tmp_path: Path) -> None:
    """Although there are more silent ones than the proxy has descriptors; the log stays short."""
    port = broker.free_port()
    log = tmp_path / "log"
    command = with_descriptors(LIMIT, broker.command(port, tmp_path / "data"))
    with log.open("w") as written, subprocess.Popen(command, stdin=subprocess.PIPE, stderr=written) as process:
        try:
            before = AdminClient({"bootstrap.servers": f"127.0.0.1:{port}", "log_level": 0})
            until(lambda: before.list_topics(timeout=5).brokers)
            with silent("127.0.0.1", port, 400):
                during = AdminClient({"bootstrap.servers": f"127.0.0.1:{port}", "log_level": 0})
                assert during.list_topics(timeout=10).brokers
                assert before.list_topics(timeout=10).brokers
        finally:
            process.terminate()

    assert len(log.read_text().splitlines()) < 100
