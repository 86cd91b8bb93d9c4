"""The waits of a worker as metrics, from which the probes tell a loop that waits from one that is stuck."""

import time
from collections import Counter

from consumer.monitoring.metrics import REGISTRY_UNAVAILABLE, WAITING_SINCE


class WaitMetrics:
    """Sets the metrics of one worker. Not thread-safe: the worker's own thread uses it.

    Args:
        worker: its name, such as `sink-0`.
    """

    def __init__(self, worker: str) -> None:
        self._worker = worker
        self._depth: Counter[str] = Counter()

    def waits(self, part: str, *, begins: bool) -> None:
        # An assignment is waited for once, however often partitions go; calls to servers are within each other.
        nested = part != "assignment"
        before = self._depth[part]
        after = (before + 1 if nested else 1) if begins else (max(0, before - 1) if nested else 0)
        self._depth[part] = after
        if (before == 0) != (after == 0):
            WAITING_SINCE.labels(self._worker, part).set(time.time() if after else 0)

    def answers(self, part: str, *, ok: bool) -> None:
        if part == "registry":
            REGISTRY_UNAVAILABLE.labels(self._worker).set(int(not ok))
