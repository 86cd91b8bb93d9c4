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
from consumer.service.part_states import Seen
from serving.starting import no_room, used_up

log = structlog.get_logger()

_SAYING = frozenset(
    {
        "ticketstream_progress_seconds",
        "ticketstream_waiting_since_timestamp_seconds",
        "ticketstream_foreign_labels",
        "ticketstream_clickhouse_unavailable",
        "ticketstream_registry_unavailable",
        "ticketstream_client_trouble",
        "ticketstream_breaker_open",
    }
)
# No clock of a machine that runs this shows so early a time: 2001. Memory that is being written may read so.
_NO_TIME_S = 1e9


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


def seen_in(metrics: Iterable[Metric]) -> Seen:
    """What the workers say, from their merged metrics; gauges that are 0 say nothing."""
    found = {
        metric.name: [(sample.labels, sample.value) for sample in metric.samples if sample.value]
        for metric in metrics
        if metric.name in _SAYING
    }

    def said(name: str) -> list[tuple[dict[str, str], float]]:
        return found.get(name, [])

    return Seen(
        progress={labels["worker"]: at for labels, at in said("ticketstream_progress_seconds") if at > _NO_TIME_S},
        waits={
            (labels["worker"], labels["part"]): at
            for labels, at in said("ticketstream_waiting_since_timestamp_seconds")
        },
        foreign={labels["worker"]: labels["labels"] for labels, _ in said("ticketstream_foreign_labels")},
        unstored={labels["worker"] for labels, _ in said("ticketstream_clickhouse_unavailable")},
        unregistered={labels["worker"] for labels, _ in said("ticketstream_registry_unavailable")},
        trouble={labels["worker"]: labels["reason"] for labels, _ in said("ticketstream_client_trouble")},
        breaker_open=bool(said("ticketstream_breaker_open")),
    )


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
