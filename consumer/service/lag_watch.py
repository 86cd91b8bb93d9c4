"""Follows the lag of this service's groups, whatever becomes of its workers, and tells it as metrics."""

import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Protocol

import structlog
from prometheus_client import Metric
from prometheus_client.metrics_core import GaugeMetricFamily
from prometheus_client.registry import Collector

from consumer.config.settings import Settings
from consumer.errors import TicketstreamError
from consumer.guards.clock import Clock, SystemClock
from consumer.kafka.cluster import sink_group
from consumer.kafka.group_lag import LagReader, Offsets, Oldest
from consumer.kafka.records import TopicPartition
from consumer.monitoring.catalogue import BY_NAME
from consumer.monitoring.lag import GroupLag, LookUpPace
from consumer.sink.topics import sink_topic_names

log = structlog.get_logger()

LOOK_EVERY_S = 2.0
# A thread within a question of librdkafka cannot be ended; the process does not wait for longer.
STOP_S = 1.0

NAMES = (
    "ticketstream_lag_records",
    "ticketstream_lag_seconds",
    "ticketstream_lag_stale",
    "ticketstream_lag_last_success_timestamp_seconds",
)


class Asks(Protocol):
    """Asks a cluster about groups."""

    def offsets(self, group: str, topics: Collection[str]) -> dict[TopicPartition, Offsets]: ...

    def oldest(self, begins: Mapping[TopicPartition, int]) -> dict[TopicPartition, Oldest | None]: ...

    def close(self) -> None: ...


class LagWatch(Collector):
    """The lag of groups. One thread looks, and any thread may collect.

    Args:
        groups: the topics of each group.
        connect: makes what asks the cluster.
        clock: tells the time.
    """

    def __init__(
        self, groups: Mapping[str, Collection[str]], connect: Callable[[], Asks], clock: Clock | None = None
    ) -> None:
        self._groups = groups
        self._connect = connect
        self._clock = clock or SystemClock()
        self._asks: Asks | None = None
        self._lags = {group: GroupLag() for group in groups}
        self._paces = {group: LookUpPace() for group in groups}
        self._told_stale: set[str] = set()
        self._lock = threading.Lock()

    def start(self) -> Callable[[], None]:
        """Look again and again, in a thread; the result stops that."""
        stop = threading.Event()
        thread = threading.Thread(target=self._run, args=(stop,), name="lag", daemon=True)
        thread.start()

        def end() -> None:
            stop.set()
            thread.join(STOP_S)

        return end

    def look(self) -> None:
        """One round of questions; what cannot be read leaves the last figures as they are."""
        for group, topics in self._groups.items():
            reason = ""
            try:
                self._look_at(group, topics)
            except TicketstreamError as error:
                reason = str(error)
            self._tell(group, reason)

    def collect(self) -> Iterator[Metric]:
        """The lag as it is known now."""
        records, seconds, stale, success = map(_gauge, NAMES)
        now, at_s = self._clock.now(), self._clock.unix_us() / 1e6
        with self._lock:
            for group, lag in self._lags.items():
                stale.add_metric([group], int(lag.is_stale(now)))
                success.add_metric([group], lag.read_at_s or 0.0)
                for (topic, number), each in lag.figures(at_s).items():
                    records.add_metric([topic, str(number), group], each.records)
                    seconds.add_metric([topic, str(number), group], each.seconds)
        return iter((records, seconds, stale, success))

    def _run(self, stop: threading.Event) -> None:
        while not stop.is_set():
            self.look()
            stop.wait(LOOK_EVERY_S)
        if self._asks is not None:
            self._asks.close()

    def _look_at(self, group: str, topics: Collection[str]) -> None:
        if self._asks is None:
            self._asks = self._connect()
        lag = self._lags[group]
        offsets = self._asks.offsets(group, topics)
        found = self._looked_up(self._asks, self._paces[group], lag.to_look_up(offsets))
        with self._lock:
            lag.read(offsets, found, self._clock.now(), self._clock.unix_us() / 1e6)

    def _looked_up(
        self, asks: Asks, pace: LookUpPace, begins: Mapping[TopicPartition, int]
    ) -> dict[TopicPartition, Oldest | None]:
        began_s = self._clock.now()
        if not begins or not pace.is_due(began_s):
            return {}
        found = asks.oldest(begins)
        pace.took(began_s, self._clock.now())
        return found

    def _tell(self, group: str, reason: str) -> None:
        """Say once that the lag is not known, and once that it is known again."""
        is_stale = self._lags[group].is_stale(self._clock.now())
        if is_stale and reason and group not in self._told_stale:
            self._told_stale.add(group)
            log.warning("lag.unknown", group=group, detail=reason)
        elif not is_stale and group in self._told_stale:
            self._told_stale.remove(group)
            log.info("lag.known", group=group)


def _gauge(name: str) -> GaugeMetricFamily:
    info = BY_NAME[name]
    return GaugeMetricFamily(name, info.meaning, labels=info.labels)


def lag_watch(settings: Settings, *, categorizer: bool, sink: bool) -> LagWatch:
    """The watch over the groups of the roles that this process runs."""
    topics = settings.topics
    groups: dict[str, Collection[str]] = {}
    if categorizer:
        groups[settings.kafka_group_id] = [topics.created, topics.recategorize]
    if sink:
        groups[sink_group(settings)] = sink_topic_names(settings)
    return LagWatch(groups, lambda: LagReader(settings))
