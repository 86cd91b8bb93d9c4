"""Processes that count as a worker does, in memory that they share with this one."""

import subprocess
import sys

from consumer.config.sources import process_environment
from consumer.monitoring import shared_values
from consumer.service.worker_metrics import WorkerMetrics


def counted(metrics: WorkerMetrics, script: str, *arguments: str) -> int:
    """Run a script to its end as a worker whose metrics are read; returns the id of its process."""
    pid, descriptor = memory_of(script, *arguments)
    metrics.watch(pid, descriptor)
    return pid


def memory_of(script: str, *arguments: str) -> tuple[int, int]:
    """Run a script to its end as a worker; the id of its process, and the descriptor of its memory."""
    descriptor = shared_values.allocate()
    environment = {**process_environment(), shared_values.DESCRIPTOR: str(descriptor)}
    command = [sys.executable, "-c", script, *arguments]
    with subprocess.Popen(command, env=environment, pass_fds=[descriptor]) as process:
        assert process.wait(60) == 0
    return process.pid, descriptor
