"""Processes that count as a worker does, in memory that they share with this one."""

import subprocess
import sys

from consumer.config.sources import process_environment
from consumer.monitoring import shared_values
from consumer.service.worker_metrics import WorkerMetrics


def counted(metrics: WorkerMetrics, script: str, *arguments: str) -> int:
    """Run a script to its end as a worker whose metrics are read; returns the number by which they are known."""
    descriptor = counted_memory(script, *arguments)
    metrics.watch(descriptor, descriptor)
    return descriptor


def counted_memory(script: str, *arguments: str) -> int:
    """Run a script to its end as a worker; returns the descriptor of its memory, which the caller closes."""
    descriptor = shared_values.allocate()
    environment = {**process_environment(), shared_values.DESCRIPTOR: str(descriptor)}
    command = [sys.executable, "-c", script, *arguments]
    subprocess.run(command, env=environment, pass_fds=[descriptor], timeout=60, check=True)
    return descriptor


def memory_of(script: str, *arguments: str) -> tuple[int, int]:
    """Run a script to its end as a worker; the number by which its memory is known, and its descriptor."""
    descriptor = counted_memory(script, *arguments)
    return descriptor, descriptor
