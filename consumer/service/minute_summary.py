"""A line of the log for each minute in which there was work, from the metrics of all workers."""

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

import structlog

if TYPE_CHECKING:
    from prometheus_client import Metric

log = structlog.get_logger()

EVERY_S = 60.0

# A key of the summary, with the counter that it sums up, and the label by which it does; "" for one sum.
_COUNTED: Mapping[str, tuple[str, str]] = {
    "answers": ("ticketstream_answers_total", "method"),
    "provisional": ("ticketstream_answers_total", "provisional"),
    "repeats": ("ticketstream_repeats_total", ""),
    "dead_letters": ("ticketstream_dead_letters_total", "reason"),
    "rows": ("ticketstream_sink_rows_total", "table"),
    "model_calls": ("ticketstream_model_calls_total", "outcome"),
}
_LAG = "ticketstream_lag_records"


class Figures(NamedTuple):
    """What the metrics say at one moment.

    Attributes:
        counted: by key of the summary and value of its label, since the service began.
        lag: records that wait, by topic; empty where nobody knows.
    """

    counted: Mapping[tuple[str, str], float]
    lag: Mapping[str, int]


NOTHING = Figures({}, {})


def figures(metrics: Iterable["Metric"]) -> Figures:
    """Take what a summary needs from the merged metrics of the workers."""
    counted: dict[tuple[str, str], float] = defaultdict(float)
    lag: dict[tuple[str, str], int] = defaultdict(int)
    for metric in metrics:
        for sample in metric.samples:
            if sample.name == _LAG:
                lag[sample.labels["topic"], sample.labels.get("group", "")] += int(sample.value)
            for key, (name, label) in _COUNTED.items():
                if sample.name == name:
                    counted[key, sample.labels.get(label, "")] += sample.value
    # Of groups that read the same topic, the one that is furthest behind.
    furthest: dict[str, int] = {}
    for (topic, _), records in lag.items():
        furthest[topic] = max(furthest.get(topic, 0), records)
    return Figures(counted, furthest)


def summary(before: Figures, now: Figures) -> dict[str, object]:
    """What was done between two moments; empty where nothing was."""
    done = {key: int(value - before.counted.get(key, 0.0)) for key, value in now.counted.items()}
    by_label: dict[str, dict[str, int]] = defaultdict(dict)
    for (key, label), times in sorted(done.items()):
        if times > 0:
            by_label[key][label] = times
    if not by_label:
        return {}
    said: dict[str, object] = {key: by_label[key] for key in _COUNTED if key in by_label}
    # Of these two there is one number each.
    said["provisional"] = by_label.get("provisional", {}).get("true", 0)
    said["repeats"] = by_label.get("repeats", {}).get("", 0)
    return {**said, "lag": dict(now.lag)} if now.lag else said


class MinuteSummary:
    """Writes the summaries from a thread of its own.

    Args:
        collect: the merged metrics of the workers.
        every_s: seconds from one to the next.
    """

    def __init__(self, collect: Callable[[], Iterable["Metric"]], every_s: float = EVERY_S) -> None:
        self._collect = collect
        self._every_s = every_s
        self._before = NOTHING
        self._began_s = time.monotonic()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="summary", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        """Write what was done since the last summary, once the workers have ended."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()
        self.tell(time.monotonic())

    def _run(self) -> None:
        while not self._stop.wait(self._every_s):
            self.tell(time.monotonic())

    def tell(self, now_s: float) -> None:
        """Write what was done since the last summary, and nothing where nothing was; monotonic seconds."""
        found = figures(self._collect())
        if done := summary(self._before, found):
            log.info("service.summary", period_s=round(now_s - self._began_s, 1), **done)
        self._before, self._began_s = found, now_s
