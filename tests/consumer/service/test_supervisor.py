"""The supervisor and its worker processes."""

import gc
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from consumer.service.supervisor import FIRST_RESTART_S, HEALTHY_S, MAX_RESTART_S, Worker, supervise
from consumer.service.worker_metrics import WorkerMetrics
from tests.support.limits import descriptors
from tests.support.waiting import until

ROOT = Path(__file__).parents[3]
# Replaces `consumer.service.worker`: it notes its start, and does what the test says.
STAND_IN = """
import os, pathlib, signal, sys, time
with pathlib.Path(os.environ["STARTS"]).open("a") as starts:
    starts.write(f"{'-'.join(sys.argv[1:])} {os.getpid()}\\n")
exec(os.environ["BEHAVIOUR"])
"""
OBEYS = "signal.signal(signal.SIGTERM, lambda *_: sys.exit(0)); time.sleep(60)"
IGNORES = """
signal.signal(signal.SIGTERM, signal.SIG_IGN)
pathlib.Path(os.environ["STARTS"] + ".deaf").touch()
time.sleep(60)
"""
COUNTS = f"""
sys.modules.pop("consumer.service"), sys.modules.pop("consumer")
sys.path.insert(0, {str(ROOT)!r})
from consumer.monitoring import metrics
metrics.REPEATS.inc(3)
metrics.WINDOW.set(2)
"""
SUPERVISES = """
import os, threading
from consumer.service.worker_metrics import WorkerMetrics
from consumer.service.supervisor import Worker, supervise
supervise([Worker("sink", 0, dict(os.environ, PYTHONSAFEPATH="1"))], threading.Event())
"""


class StartsKept(Worker):
    """A worker that remembers when its processes were started."""

    starts_s: tuple[float, ...] = ()

    def start(self, now: float) -> None:
        super().start(now)
        self.starts_s += (now,)


class Stage:
    """A folder with the replacement, and the processes started from it."""

    def __init__(self, folder: Path) -> None:
        self.starts = folder / "starts"
        self.starts.touch()
        (folder / "consumer" / "service").mkdir(parents=True)
        (folder / "consumer" / "__init__.py").touch()
        (folder / "consumer" / "service" / "__init__.py").touch()
        (folder / "consumer" / "service" / "worker.py").write_text(STAND_IN)
        self._folder = folder

    def environment(self, behaviour: str) -> Mapping[str, str]:
        shadow = {"PYTHONSAFEPATH": "1", "PYTHONPATH": str(self._folder)}
        return {**os.environ, **shadow, "STARTS": str(self.starts), "BEHAVIOUR": behaviour}

    def worker(self, behaviour: str, index: int = 0, metrics: WorkerMetrics | None = None) -> "StartsKept":
        return StartsKept("categorizer", index, self.environment(behaviour), metrics)

    @property
    def started(self) -> list[str]:
        return [line.split()[0] for line in self.starts.read_text().splitlines()]

    @property
    def pids(self) -> list[int]:
        return [int(line.split()[1]) for line in self.starts.read_text().splitlines()]


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def _samples(metrics: WorkerMetrics) -> dict[str, float]:
    return {sample.name: sample.value for metric in metrics.collect() for sample in metric.samples}


def _dead(worker: Worker) -> bool:
    return not worker.alive


def test_a_worker_that_dies_is_started_again_after_a_while(stage: Stage) -> None:
    """The pause grows with each death in a row, up to its bound."""
    worker = stage.worker("sys.exit(1)")
    now, pauses = 0.0, list[float]()
    worker.start(now)
    for _ in range(9):
        until(lambda: _dead(worker))
        worker.look(now)
        before = len(worker.starts_s)
        for pause_s in (0.5, 1, 2, 4, 8, 16, 30):
            worker.look(now + pause_s)
            if len(worker.starts_s) > before:
                break
        pauses.append(worker.starts_s[-1] - now)
        now = worker.starts_s[-1]
    worker.wait(5)

    assert pauses == [FIRST_RESTART_S, 1, 2, 4, 8, 16, MAX_RESTART_S, MAX_RESTART_S, MAX_RESTART_S]


def test_a_worker_that_was_healthy_starts_the_waiting_anew(stage: Stage) -> None:
    """After a healthy life the next restart waits only shortly, also when earlier pauses were long."""
    worker = stage.worker("sys.exit(1)")
    worker.start(0.0)
    for now in (0.0, 10.0, 20.0):
        until(lambda: _dead(worker))
        worker.look(now)
        worker.look(now + 10.0)
    until(lambda: _dead(worker))
    worker.look(30.0 + HEALTHY_S + 1)
    worker.look(30.0 + HEALTHY_S + 1 + FIRST_RESTART_S)
    worker.wait(5)

    assert worker.starts_s[-1] == 30.0 + HEALTHY_S + 1 + FIRST_RESTART_S


def test_a_dead_workers_counters_are_kept_and_its_gauges_are_not(stage: Stage) -> None:
    """Those of its successor are added, and none of its own is counted twice."""
    metrics = WorkerMetrics()
    worker = stage.worker(COUNTS, metrics=metrics)
    worker.start(0.0)
    until(lambda: _dead(worker))
    before = _samples(metrics)
    for now in (0.0, 0.1, 0.2):
        worker.look(now)
    between = _samples(metrics)
    worker.look(FIRST_RESTART_S)
    until(lambda: _dead(worker))
    worker.look(FIRST_RESTART_S)

    assert (before["ticketstream_repeats_total"], before["ticketstream_window_records"]) == (3, 2)
    assert (between["ticketstream_repeats_total"], "ticketstream_window_records" in between) == (3, False)
    assert _samples(metrics)["ticketstream_repeats_total"] == 6


def test_a_worker_that_cannot_be_started_is_tried_again_and_told_once(stage: Stage) -> None:
    """With longer and longer pauses, at its first start as at any other; no descriptor is lost over it."""
    worker = stage.worker(OBEYS)
    # What other tests left behind must not give descriptors back meanwhile.
    gc.collect()
    used = descriptors(os.getpid())
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    lowest_free = os.dup(0)
    os.close(lowest_free)
    with capture_logs() as events:
        resource.setrlimit(resource.RLIMIT_NOFILE, (lowest_free + 1, limits[1]))
        try:
            worker.start(0.0)
            for now in (0.1, FIRST_RESTART_S, 1.5, 3.5):
                worker.look(now)
            without = worker.alive
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, limits)
        still_used = descriptors(os.getpid())
        worker.look(7.0)
        waiting = worker.alive
        worker.look(7.5)
    until(lambda: stage.pids)
    worker.terminate()
    worker.wait(10)

    assert (without, waiting) == (False, False)
    assert worker.starts_s == (0.0, 0.5, 1.5, 3.5, 7.5)
    assert still_used == used
    assert [event["event"] for event in events] == ["worker.not_started", "worker.started"]
    assert "ulimit -n" in events[0]["detail"]


@pytest.mark.parametrize(("code", "of_the_command"), [(2, 2), (3, 3), (4, 1)])
def test_an_end_that_a_restart_cannot_mend_ends_them_all(stage: Stage, code: int, of_the_command: int) -> None:
    """Wrong configuration, a fenced instance, a flood of dead letters: the other workers stop, with an exit code."""
    healthy = stage.worker(OBEYS, 0)
    hopeless = stage.worker(f"sys.exit({code})", 1)

    assert supervise([healthy, hopeless], threading.Event()) == of_the_command
    assert not healthy.alive
    assert sorted(stage.started)[-1:] == ["categorizer-1"]
    assert len(stage.started) <= 2


def test_a_real_worker_without_brokers_ends_with_2() -> None:
    """The worker's own exit code reaches the supervisor: nothing is restarted, the command ends."""
    environment = {**os.environ, "KAFKA_BOOTSTRAP_SERVERS": "", "LOG_FORMAT": "json"}

    assert supervise([Worker("categorizer", 0, environment)], threading.Event()) == 2


def test_told_to_stop_it_stops_them_and_ends_well(stage: Stage) -> None:
    """SIGTERM goes to each worker; when they have ended the exit code is 0."""
    stop = threading.Event()
    workers = [stage.worker(OBEYS, index) for index in range(3)]
    codes: list[int] = []
    thread = threading.Thread(target=lambda: codes.append(supervise(workers, stop)))
    thread.start()
    until(lambda: len(stage.started) == 3)
    stop.set()
    thread.join(10)

    assert codes == [0]
    assert sorted(stage.started) == ["categorizer-0", "categorizer-1", "categorizer-2"]
    assert not any(worker.alive for worker in workers)


def test_a_worker_killed_while_supervised_is_replaced(stage: Stage) -> None:
    """A SIGKILL from outside costs one process and a moment."""
    stop = threading.Event()
    thread = threading.Thread(target=supervise, args=([stage.worker(OBEYS)], stop))
    thread.start()
    until(lambda: stage.pids)
    os.kill(stage.pids[0], signal.SIGKILL)
    until(lambda: len(stage.pids) == 2)
    stop.set()
    thread.join(10)

    assert stage.started == ["categorizer-0", "categorizer-0"]


def test_a_worker_that_does_not_end_is_made_to(stage: Stage) -> None:
    """Stopping takes no longer than its limit, even when a worker ignores SIGTERM."""
    worker = stage.worker(IGNORES)
    worker.start(0.0)
    until(lambda: Path(f"{stage.starts}.deaf").exists())
    worker.terminate()
    began_s = time.monotonic()
    worker.wait(0.1)

    assert not worker.alive
    assert time.monotonic() - began_s < 5


def test_workers_end_when_their_supervisor_is_killed(stage: Stage) -> None:
    """A worker's standard input is a pipe that only the supervisor holds: its end stops the worker."""
    ended = Path(f"{stage.starts}.ended")
    behaviour = f"sys.stdin.buffer.read(); pathlib.Path({str(ended)!r}).touch()"
    environment = {**stage.environment(behaviour), "PYTHONSAFEPATH": ""}
    with subprocess.Popen(
        [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r}); {SUPERVISES}"], env=environment
    ) as supervisor:
        until(lambda: stage.pids)
        supervisor.kill()
    until(ended.exists)

    assert len(stage.pids) == 1
