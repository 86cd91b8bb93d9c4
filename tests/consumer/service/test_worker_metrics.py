"""Metrics of several processes, read from the memory that each shares."""

import math
import os
import signal
import subprocess
import sys

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from consumer.config.sources import process_environment
from consumer.monitoring import shared_values
from consumer.service.worker_metrics import WorkerMetrics, seen_in
from tests.support.counting import counted

WORKER = """
import sys
from consumer.monitoring import metrics
metrics.ANSWERS.labels("MODEL", "false").inc(float(sys.argv[2]))
metrics.WINDOW.set(float(sys.argv[2]))
metrics.STOPPED.set(float(sys.argv[2]) == 7)
metrics.PROGRESS.labels(sys.argv[1]).set(1_763_842_000)
metrics.FOREIGN_LABELS.labels(sys.argv[1], "returns").set(0)
metrics.FOREIGN_LABELS.labels(sys.argv[1], 'shipping, "x" é').set(float(sys.argv[2]) == 7)
before = metrics.set_client_trouble(sys.argv[1], "", "was late")
metrics.set_client_trouble(sys.argv[1], before, "refuses answers" if float(sys.argv[2]) == 7 else "")
for seconds in (0.001, 0.3, 100.0):
    metrics.TRANSACTIONS.observe(seconds)
"""
KILLED = """
import os, signal
from consumer.monitoring import metrics
metrics.REPEATS.inc(11)
os.kill(os.getpid(), signal.SIGKILL)
"""
FIRST_TURN = """
import sys
from consumer.monitoring import metrics
metrics.PROGRESS.labels(sys.argv[1]).set(float(sys.argv[2]))
"""
WAITS = """
import os, threading
from consumer import outside
from consumer.monitoring.waits import WaitMetrics
outside.listen(WaitMetrics("sink-0"))
with outside.waiting("kafka"):
    with outside.waiting("kafka"):
        pass
outside.begins("assignment")
outside.begins("assignment")
outside.ends("assignment")
outside.begins("assignment")
outside.answers("registry", ok=True)
outside.answers("registry", ok=False)
with outside.waiting("clickhouse"):
    with outside.waiting("clickhouse"):
        pass
    os._exit(0)
"""
MANY = """
from consumer.monitoring import metrics
metrics.PROGRESS.labels("categorizer-0").set(1_763_842_000)
for number in range(5000):
    metrics.FOREIGN_LABELS.labels("categorizer-0", f"labels-{number}").set(1)
metrics.REPEATS.inc(2)
"""


@pytest.fixture(scope="module")
def metrics() -> WorkerMetrics:
    metrics = WorkerMetrics()
    counted(metrics, WORKER, "categorizer-0", "5")
    counted(metrics, WORKER, "categorizer-1", "7")
    return metrics


def _page(metrics: WorkerMetrics) -> list[str]:
    registry = CollectorRegistry()
    registry.register(metrics)
    return generate_latest(registry).decode().splitlines()


def test_values_of_all_processes_become_one(metrics: WorkerMetrics) -> None:
    """Counters and sums add up, and of the others the highest counts."""
    lines = _page(metrics)

    assert 'ticketstream_answers_total{method="MODEL",provisional="false"} 12.0' in lines
    assert "ticketstream_window_records 12.0" in lines
    assert "ticketstream_consumption_stopped 1.0" in lines


def test_a_histogram_is_one_as_prometheus_reads_it(metrics: WorkerMetrics) -> None:
    """Each bucket holds those below it, in the order of the bounds; count and sum are those of all."""
    lines = [line for line in _page(metrics) if line.startswith("ticketstream_transaction_seconds")]
    bounds = [float(line.partition('le="')[2].partition('"')[0]) for line in lines if "_bucket" in line]

    assert bounds == sorted(bounds)
    assert bounds[-1] == math.inf
    assert 'ticketstream_transaction_seconds_bucket{le="0.2"} 2.0' in lines
    assert 'ticketstream_transaction_seconds_bucket{le="0.5"} 4.0' in lines
    assert 'ticketstream_transaction_seconds_bucket{le="+Inf"} 6.0' in lines
    assert "ticketstream_transaction_seconds_count 6.0" in lines
    assert math.isclose(float(next(line for line in lines if "_sum" in line).split()[1]), 200.602)


def test_each_workers_progress_and_foreign_labels_are_known(metrics: WorkerMetrics) -> None:
    """By name; labels as they are written, of workers that are held now."""
    seen = seen_in(metrics.collect())

    assert seen.progress == {"categorizer-0": 1_763_842_000, "categorizer-1": 1_763_842_000}
    assert seen.foreign == {"categorizer-1": 'shipping, "x" é'}
    # An earlier reason is over.
    assert seen.trouble == {"categorizer-1": "refuses answers"}


def test_what_a_killed_worker_counted_is_not_lost() -> None:
    """Values are in memory before the next instruction, and stay when its process is forgotten."""
    metrics = WorkerMetrics()
    descriptor = shared_values.allocate()
    environment = {**process_environment(), shared_values.DESCRIPTOR: str(descriptor)}
    with subprocess.Popen([sys.executable, "-c", KILLED], env=environment, pass_fds=[descriptor]) as process:
        metrics.watch(process.pid, descriptor)
    metrics.forget(process.pid)

    assert process.returncode == -signal.SIGKILL
    assert "ticketstream_repeats_total 11.0" in _page(metrics)
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(descriptor)


def test_more_metrics_than_fit_are_kept_in_the_process_alone() -> None:
    """The worker goes on, and what fitted is shown."""
    metrics = WorkerMetrics()
    counted(metrics, MANY)

    assert seen_in(metrics.collect()).progress == {"categorizer-0": 1_763_842_000}
    assert "ticketstream_repeats_total 2.0" in _page(metrics)


def test_a_descriptor_that_is_no_such_memory_is_left_alone() -> None:
    """A worker that somebody starts by hand in the environment of another counts for itself."""
    for name in ("0", "999", "x"):
        command = [sys.executable, "-c", "from consumer.monitoring import metrics; metrics.REPEATS.inc()"]
        environment = {**process_environment(), shared_values.DESCRIPTOR: name}
        assert subprocess.run(command, env=environment, timeout=60, check=False).returncode == 0


def test_a_new_worker_and_a_time_that_is_half_written_made_no_turn() -> None:
    """The value of a new process is 0, and while the first time is written, memory may show any small number."""
    metrics = WorkerMetrics()
    counted(metrics, FIRST_TURN, "categorizer-0", "0")
    counted(metrics, FIRST_TURN, "categorizer-1", "1e-308")

    assert seen_in(metrics.collect()).progress == {}


def test_a_worker_tells_what_it_waits_for() -> None:
    """A wait within another is one with it; a registry that answered last is not waited for."""
    metrics = WorkerMetrics()
    counted(metrics, WAITS)
    seen = seen_in(metrics.collect())

    assert sorted(seen.waits) == [("sink-0", "assignment"), ("sink-0", "clickhouse")]
    assert seen.unregistered == {"sink-0"}
