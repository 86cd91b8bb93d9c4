"""What the service's own process knows of its workers and parts, as metrics."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from consumer.monitoring.catalogue import BY_NAME
from consumer.service.part_states import UNUSED, PartState


class Supervised(Protocol):
    """A worker, as its supervisor knows it."""

    role: str
    name: str

    @property
    def restarts(self) -> int: ...

    @property
    def alive(self) -> bool: ...


class HealthMetrics(Collector):
    """The metrics of workers' processes and of parts.

    Args:
        workers: all of this service.
        parts: returns the state of each part now.
    """

    def __init__(self, workers: Sequence[Supervised], parts: Callable[[], Mapping[str, PartState]]) -> None:
        self._workers = workers
        self._parts = parts

    def collect(self) -> Iterator[Metric]:
        restarts = CounterMetricFamily(
            "ticketstream_worker_restarts", _meaning("worker_restarts_total"), labels=["worker"]
        )
        running = GaugeMetricFamily("ticketstream_workers_running", _meaning("workers_running"), labels=["role"])
        ready = GaugeMetricFamily("ticketstream_part_ready", _meaning("part_ready"), labels=["part"])
        alive = Counter({worker.role: 0 for worker in self._workers})
        for worker in self._workers:
            restarts.add_metric([worker.name], worker.restarts)
            alive[worker.role] += worker.alive
        for role, number in alive.items():
            running.add_metric([role], number)
        for part, state in self._parts().items():
            if state.state != UNUSED:
                ready.add_metric([part], int(state.ready))
        yield from (restarts, running, ready)


def _meaning(name: str) -> str:
    return BY_NAME[f"ticketstream_{name}"].meaning
