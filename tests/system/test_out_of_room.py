"""The service without descriptors, without a disk, and with a log that nobody takes."""

import re
import resource
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

import pytest

from tests.support.limits import descriptors, with_descriptors
from tests.support.model_server import ModelServer
from tests.support.peers import silent
from tests.support.service import Service, fetched
from tests.support.waiting import until
from tests.support.world import World, tickets
from tests.system.conftest import Worlds

pytestmark = pytest.mark.long

LIMIT = 256
PEERS = 400


@pytest.fixture(scope="module")
def world(worlds: Worlds, model: ModelServer) -> World:
    return worlds(ML_API_URL=model.url)


class Probing:
    """Asks `/livez` all the time, in a thread."""

    def __init__(self, address: str) -> None:
        self._address = address
        self.took_s: list[float] = []
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._probe)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _probe(self) -> None:
        while not self._over.wait(0.05):
            began_s = time.monotonic()
            assert fetched(f"{self._address}/livez")[0] == 200
            self.took_s.append(time.monotonic() - began_s)


def test_silent_connections_cost_no_probe_and_no_worker(world: World) -> None:
    """With fewer descriptors than peers: probes are answered at once, and a worker that dies is started again."""
    within = partial(with_descriptors, LIMIT)
    with Service(("--role", "all"), world.environment, world.folder, within) as service:
        service.wait_until_ready()
        address = service.address()
        parts = urlsplit(address)
        with Probing(address) as probing, silent(str(parts.hostname), parts.port or 0, PEERS):
            before = service.workers()["categorizer-0"]
            service.kill_worker("categorizer-0")
            until(lambda: service.workers().get("categorizer-0", before) != before)
            world.publish(tickets("crowded", 20))
            world.answers_to([f"crowded-{number}" for number in range(20)])
            until(lambda: fetched(f"{address}/readyz")[0] == 200)
            used = descriptors(service.supervisor)
            until(lambda: len(probing.took_s) > 20)
        service.signal(signal.SIGTERM)
        code = service.wait()

    assert max(probing.took_s) < 1
    assert used < LIMIT // 2
    assert code == 0
    assert [event["exit_code"] for event in service.events("worker.died")] == [-signal.SIGKILL]
    assert len(service.output().splitlines()) < 100


def test_a_worker_that_cannot_be_started_is_started_later(world: World) -> None:
    """Without a descriptor for it the supervisor says so once and tries again; the other workers go on."""
    with Service(("--role", "all"), world.environment, world.folder) as service:
        service.wait_until_ready()
        sink = service.workers()["sink-0"]
        limits = resource.prlimit(service.supervisor, resource.RLIMIT_NOFILE)
        resource.prlimit(service.supervisor, resource.RLIMIT_NOFILE, (3, limits[1]))
        service.kill_worker("categorizer-0")
        [told] = until(lambda: service.events("worker.not_started"))
        resource.prlimit(service.supervisor, resource.RLIMIT_NOFILE, limits)
        until(lambda: "categorizer-0" in service.workers())
        world.publish(tickets("later", 5))
        world.answers_to([f"later-{number}" for number in range(5)])
        sink_after = service.workers()["sink-0"]
        service.signal(signal.SIGTERM)
        code = service.wait()

    assert "ulimit -n" in told["detail"]
    assert len(service.events("worker.not_started")) == 1
    assert sink_after == sink
    assert code == 0


def test_a_worker_without_descriptors_goes_on_or_ends_with_a_sentence(world: World) -> None:
    """The log names what is missing, without a traceback; with descriptors again, everything is stored."""
    names = [f"scarce-{number}" for number in range(20)]
    with Service(("--role", "all"), world.environment, world.folder) as service:
        service.wait_until_ready()
        _, hard = resource.prlimit(service.supervisor, resource.RLIMIT_NOFILE)
        sink = service.workers()["sink-0"]
        resource.prlimit(sink, resource.RLIMIT_NOFILE, (3, hard))
        world.publish(tickets("scarce", 20))
        until(lambda: re.search("ulimit -n|too many open files", service.output(), re.IGNORECASE))
        # Its place may be taken by now: the next process has all that the supervisor may have.
        with suppress(ProcessLookupError):
            resource.prlimit(sink, resource.RLIMIT_NOFILE, (hard, hard))
        until(lambda: stored(world, names) == set(names), 90)
        service.signal(signal.SIGTERM)
        code = service.wait()

    assert code == 0
    assert service.events("worker.crashed") == []


FULL = """
mount -t tmpfs -o size=100k none "$TMPDIR" && head -c 200k /dev/zero >"$TMPDIR/full"
test -s "$TMPDIR/full" && exec "$@"
"""


def _on_a_full_disk(command: Sequence[str]) -> list[str]:
    """The command with a file system of 100 KB at TMPDIR, all of it used, which only its processes see."""
    return ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", FULL, "sh", *command]


def _may_mount() -> bool:
    if shutil.which("unshare") is None:
        return False
    mount = ["unshare", "--user", "--map-root-user", "--mount", "mount", "-t", "tmpfs", "none", "/mnt"]
    return subprocess.run(mount, capture_output=True, check=False).returncode == 0


def _without_files(command: Sequence[str]) -> list[str]:
    """The command, run by a process whose every file ends at its first byte; its log is a pipe."""
    return ["bash", "-c", 'exec 2> >(exec cat) && ulimit -f 0 && exec "$@"', "bash", *command]


@pytest.mark.parametrize("disk", ["full", "missing"])
def test_answers_need_no_temporary_folder(world: World, tmp_path: Path, disk: str) -> None:
    """Tickets are answered and stored, metrics are counted, and nobody dies: TMPDIR may be full or not exist."""
    if disk == "full" and not _may_mount():
        pytest.skip("this user may make no file system: user namespaces (unshare -Urm) are not allowed here")
    folder = tmp_path / "temporary"
    if disk == "full":
        folder.mkdir()
    environment = {**world.environment, "TMPDIR": str(folder)}
    within = _on_a_full_disk if disk == "full" else list[str]
    names = [f"{disk}-{number}" for number in range(20)]
    with Service(("--role", "all"), environment, world.folder, within) as service:
        service.wait_until_ready()
        world.publish(tickets(disk, 20))
        world.answers_to(names)
        until(lambda: stored(world, names) == set(names))
        page = fetched(f"{service.address()}/metrics")[1]
        service.signal(signal.SIGTERM)
        code = service.wait()

    assert code == 0
    assert "ticketstream_answers_total" in page
    assert service.events("worker.died") == []


def stored(world: World, names: Sequence[str]) -> set[str]:
    """Those of the tickets that ClickHouse holds."""
    return {row[0] for row in world.rows("categorizations", "ticket_id")} & set(names)


def test_where_metrics_are_refused_workers_answer_without(world: World) -> None:
    """It is said once, and the service is ready."""
    names = [f"uncounted-{number}" for number in range(20)]
    with Service(("--role", "categorizer"), world.environment, world.folder, _without_files) as service:
        service.wait_until_ready()
        world.publish(tickets("uncounted", 20))
        world.answers_to(names)
        service.signal(signal.SIGTERM)
        code = service.wait()

    assert code == 0
    assert len(service.events("metrics.stepped_aside")) == 1
    assert service.events("worker.died") == []


@pytest.mark.parametrize("end", ["full", "closed"])
def test_a_log_that_nobody_takes_costs_nothing(world: World, end: str) -> None:
    """Standard error on a full disk, or closed: the service answers, and ends with its own code."""
    names = [f"unheard-{end}-{number}" for number in range(5)]
    redirection = {"full": "2>/dev/full", "closed": "2>&-"}[end]

    def within(command: Sequence[str]) -> list[str]:
        return ["sh", "-c", f'exec "$@" {redirection}', "sh", *command]

    with Service(("--role", "categorizer"), world.environment, world.folder, within) as service:
        until(lambda: "categorizer-0" in service.workers())
        world.publish(tickets(f"unheard-{end}", 5))
        world.answers_to(names)
        service.signal(signal.SIGTERM)
        code = service.wait()

    assert code == 0


def test_a_wrong_setting_ends_with_its_own_code_on_a_full_disk(world: World) -> None:
    """Python itself would end with 120 when it cannot write its last line."""
    environment = {**world.environment, "ML_DEADLINE": "-1"}
    command = ["sh", "-c", 'exec "$@" 2>/dev/full', "sh", sys.executable, "-m", "consumer.service.worker", "sink", "0"]
    done = subprocess.run(command, env=environment, timeout=60, check=False)

    assert done.returncode == 2


def test_a_killed_supervisor_leaves_no_files(world: World, tmp_path: Path) -> None:
    """Neither does a killed worker: nothing is left for the next start to take away."""
    environment = {**world.environment, "TMPDIR": str(tmp_path)}
    for _ in range(2):
        with Service(("--role", "categorizer"), environment, world.folder) as service:
            service.wait_until_ready()
            service.kill_worker("categorizer-0")
            until(lambda: service.events("worker.died"))
            service.kill()

    assert list(tmp_path.iterdir()) == []
