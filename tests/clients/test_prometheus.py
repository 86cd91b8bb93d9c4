"""A real Prometheus counts what the service did, and knows the rules: `make test-clients`."""

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.prometheus import FOLDER, Prometheus
from tests.support.model_server import ModelServer
from tests.support.service import Service
from tests.support.waiting import until
from tests.support.world import World, tickets
from tests.system.conftest import Worlds

pytestmark = pytest.mark.clients

ANSWERS = "sum(ticketstream_answers_total)"
WAITING = "sum(max by (topic, partition, group) (ticketstream_lag_records))"
OLDEST = "max(ticketstream_lag_seconds)"
BATCH = 60

# What Grafana puts in place of its own names.
GRAFANA = {"$__rate_interval": "1m", "$instance": ".*", "$group": ".*", "$topic": ".*"}


def panels() -> Iterator[str]:
    """What the operators' dashboard asks."""
    dashboard = json.loads((FOLDER.parent / "grafana" / "dashboards" / "operators.json").read_text("utf-8"))
    for panel in dashboard["panels"]:
        for target in panel.get("targets", ()):
            expression = target["expr"]
            for name, value in GRAFANA.items():
                expression = expression.replace(name, value)
            yield expression


@pytest.fixture(autouse=True)
def _installed() -> None:
    missing = [program for program in ("prometheus", "promtool") if shutil.which(program) is None]
    if missing:
        pytest.fail(f"{' and '.join(missing)} not found; on Debian: apt-get install --no-install-recommends prometheus")


@pytest.fixture
def world(worlds: Worlds, model: ModelServer) -> World:
    return worlds(ML_API_URL=model.url)


@pytest.fixture
def service(world: World) -> Iterator[Service]:
    """Three categorizers, as many as there are partitions."""
    with world.service("--role", "categorizer", "--workers", "3") as started:
        started.wait_until_ready()
        yield started


@pytest.mark.parametrize(
    "arguments", [("check", "config", "prometheus.yml"), ("test", "rules", "alerts_test.yml")], ids=" ".join
)
def test_promtool_finds_nothing_wrong(arguments: tuple[str, ...]) -> None:
    """The configuration, the rules within it, and which alerts fire when."""
    command = [str(shutil.which("promtool")), *arguments]
    done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, check=False, timeout=60)

    assert done.returncode == 0, done.stdout + done.stderr


def test_the_sums_of_three_workers_are_what_was_published_though_two_were_killed(
    world: World, service: Service, tmp_path: Path
) -> None:
    """What killed workers had counted stays; what stands still is lag, though no worker can tell it."""
    with Prometheus(tmp_path, service.address().removeprefix("http://")) as prometheus:
        world.publish(tickets("before", BATCH))
        until(lambda: prometheus.value(ANSWERS) == BATCH)
        for name in ("categorizer-0", "categorizer-1"):
            service.kill_worker(name)
        world.publish(tickets("after", BATCH))
        until(lambda: prometheus.value(ANSWERS) == 2 * BATCH and prometheus.value(WAITING) == 0, 60)
        answered = [answer["ticket_id"] for answer in world.answers()]
        until(lambda: len(service.workers()) == 3)
        for pid in service.workers().values():
            os.kill(pid, signal.SIGSTOP)
        world.publish(tickets("late", BATCH))
        until(lambda: prometheus.value(WAITING) == BATCH and (prometheus.value(OLDEST) or 0) > 2)
        for name in service.workers():
            service.kill_worker(name)
        until(lambda: prometheus.value(ANSWERS) == 3 * BATCH and prometheus.value(WAITING) == 0, 60)
        rules = prometheus.rules()
        refused = {each: why for each in panels() if (why := prometheus.refused(each))}

    assert refused == {}
    assert len(answered) == len(set(answered)) == 2 * BATCH
    assert set(rules.values()) == {"ok"}, rules
