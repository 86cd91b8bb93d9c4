"""The metrics of all workers, put together from the memory that each shares with its supervisor."""

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator
from threading import Lock

import structlog
from prometheus_client import Metric
from prometheus_client.registry import Collector

from consumer.monitoring import shared_values
from consumer.monitoring.catalogue import BY_NAME
from consumer.monitoring.shared_values import Key
from serving.starting import no_room, used_up

log = structlog.get_logger()


class WorkerMetrics(Collector):
    """The metrics of this service's workers, those that ended included. Thread-safe."""

    def __init__(self) -> None:
        self._descriptors: dict[int, int] = {}
        # Counters and histograms of processes that ended.
        self._past: dict[Key, float] = defaultdict(float)
        self._lock = Lock()
        self._stepped_aside = False

    def memory(self) -> list[int]:
        """The descriptor of new memory for a worker; none where it is refused: answers matter more than metrics.

        Raises:
            OSError: descriptors or memory are used up, so that no worker can be started either.
        """
        try:
            return [shared_values.allocate()]
        except OSError as error:
            if used_up(error):
                raise
            reason = no_room(error) or error.strerror
        if not self._stepped_aside:
            log.warning("metrics.stepped_aside", detail=f"workers answer without metrics: {reason}")
        self._stepped_aside = True
        return []

    def watch(self, pid: int, descriptor: int) -> None:
        """Read the memory of a new process; the descriptor belongs to this object from now on."""
        with self._lock:
            self._descriptors[pid] = descriptor

    def forget(self, pid: int) -> None:
        """Keep the counters of a process that ended, and not its gauges: its open breaker would be shown for ever."""
        with self._lock:
            descriptor = self._descriptors.pop(pid, None)
            if descriptor is None:
                return
            for key, value in shared_values.read(descriptor):
                if key.kind != "gauge":
                    self._past[key] += value
            os.close(descriptor)

    def collect(self) -> Iterator[Metric]:
        """The metrics as they are now."""
        merged: dict[Key, float] = defaultdict(float)
        with self._lock:
            merged.update(self._past)
            for descriptor in self._descriptors.values():
                for key, value in shared_values.read(descriptor):
                    merged[key] = max(merged[key], value) if key.mode.endswith("max") else merged[key] + value
        return iter(_metrics(merged))


def progress(metrics: Iterable[Metric]) -> list[tuple[str, float]]:
    """When each worker made its last turn, in seconds since the epoch; without those that have made none."""
    return [
        (sample.labels["worker"], sample.value)
        for metric in metrics
        if metric.name == "ticketstream_progress_seconds"
        for sample in metric.samples
        if sample.value
    ]


def foreign_labels(metrics: Iterable[Metric]) -> dict[str, str]:
    """The categories that the model of a worker names, where the taxonomy knows none of them."""
    return _told(metrics, "ticketstream_foreign_labels", "labels")


def client_trouble(metrics: Iterable[Metric]) -> dict[str, str]:
    """Why the Kafka client of a worker cannot go on."""
    return _told(metrics, "ticketstream_client_trouble", "reason")


def waiting_for_clickhouse(metrics: Iterable[Metric]) -> set[str]:
    """The sinks that cannot store rows now."""
    return {
        sample.labels["worker"]
        for metric in metrics
        if metric.name == "ticketstream_clickhouse_unavailable"
        for sample in metric.samples
        if sample.value
    }


def _told(metrics: Iterable[Metric], name: str, label: str) -> dict[str, str]:
    """What a gauge that is not 0 says in one of its labels, by worker."""
    return {
        sample.labels["worker"]: sample.labels[label]
        for metric in metrics
        if metric.name == name
        for sample in metric.samples
        if sample.value
    }


def _metrics(merged: dict[Key, float]) -> list[Metric]:
    found: dict[str, Metric] = {}
    for key, value in sorted(merged.items(), key=_order):
        metric = found.setdefault(key.metric, Metric(key.metric, _meaning(key.metric), key.kind))
        if key.sample.endswith("_bucket"):
            _add_bucket(metric, key, value)
        else:
            metric.add_sample(key.sample, dict(key.labels), value)
    return list(found.values())


def _meaning(metric: str) -> str:
    # In the memory of a worker it would stand beside each value. The name there is without the ending of counters.
    info = BY_NAME.get(metric) or BY_NAME.get(f"{metric}_total")
    return info.meaning if info is not None else ""


def _order(entry: tuple[Key, float]) -> tuple[str, list[str], str, float]:
    """By metric and labels, so that a histogram's parts stand together; buckets in the order of their bounds."""
    key = entry[0]
    bound = dict(key.labels).get("le", "nan")
    others = [f"{name}={value}" for name, value in key.labels if name != "le"]
    return key.metric, others, key.sample, float(bound) if bound != "nan" else 0.0


def _add_bucket(metric: Metric, key: Key, value: float) -> None:
    """A worker counts each observation in one bucket; Prometheus wants the sum up to each bound, and the count."""
    labels = dict(key.labels)
    others = {name: text for name, text in labels.items() if name != "le"}
    before = metric.samples[-1] if metric.samples else None
    same = before is not None and before.name == key.sample and before.labels == {**others, "le": before.labels["le"]}
    total = value + (before.value if same and before is not None else 0.0)
    metric.add_sample(key.sample, labels, total)
    if labels["le"] == "+Inf":
        metric.add_sample(f"{key.metric}_count", others, total)
