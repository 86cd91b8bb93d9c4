"""The service's metrics, made from the catalogue.

Counters are incremented once per transaction, never per record. A worker keeps its values in memory that it shares with
its supervisor (`shared_values.py`).
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping
from typing import ParamSpec, TypeVar

from prometheus_client import Counter, Gauge, Histogram

from consumer.config.sources import inherited_descriptor
from consumer.guards.breaker_state import BreakerState
from consumer.kafka.transactions import Outcome
from consumer.monitoring.catalogue import BY_NAME
from consumer.monitoring.shared_values import DESCRIPTOR, share

_Given = ParamSpec("_Given")
_Producer = TypeVar("_Producer")

# A metric takes its kind of value when it is made.
if (_descriptor := inherited_descriptor(DESCRIPTOR)) is not None:
    share(_descriptor)


class BulkHistogram(Histogram):
    """A histogram that takes many observations at once."""

    def observe_many(self, counts: Mapping[float, int]) -> None:
        """Add observations: how many have each value."""
        if not counts:
            return
        by_bucket: dict[int, int] = {}
        total = 0.0
        for value, number in counts.items():
            bucket = bisect_left(self._upper_bounds, value)
            by_bucket[bucket] = by_bucket.get(bucket, 0) + number
            total += value * number
        for bucket, number in by_bucket.items():
            self._buckets[bucket].inc(number)
        self._sum.inc(total)


def _counter(name: str) -> Counter:
    info = BY_NAME[name]
    return Counter(name, info.meaning, info.labels)


def _gauge(name: str) -> Gauge:
    info = BY_NAME[name]
    return Gauge(name, info.meaning, info.labels, multiprocess_mode=info.merging)


def _histogram(name: str) -> BulkHistogram:
    info = BY_NAME[name]
    return BulkHistogram(name, info.meaning, info.labels, buckets=info.bounds)


ANSWERS = _counter("ticketstream_answers_total")
DEAD_LETTERS = _counter("ticketstream_dead_letters_total")
REPEATS = _counter("ticketstream_repeats_total")
TRANSACTIONS = _histogram("ticketstream_transaction_seconds")
SLOWEST = _histogram("ticketstream_slowest_ticket_seconds")
STAGES = _histogram("ticketstream_stage_seconds")
WINDOW = _gauge("ticketstream_window_records")
WINDOW_FILL = _gauge("ticketstream_window_fill_ratio")
OVERRIDES = _gauge("ticketstream_overrides")
WAITING = _gauge("ticketstream_model_waiting")
STOPPED = _gauge("ticketstream_consumption_stopped")
MODEL_CALLS = _counter("ticketstream_model_calls_total")
MODEL_RETRIES = _counter("ticketstream_model_retries_total")
RETRY_BUDGET = _gauge("ticketstream_retry_budget_ratio")
BREAKER_STATE = _gauge("ticketstream_breaker_state")
BREAKER = _gauge("ticketstream_breaker_open")
FOREIGN_LABELS = _gauge("ticketstream_foreign_labels")
CACHE_REQUESTS = _counter("ticketstream_cache_requests_total")
CACHE_ENTRIES = _gauge("ticketstream_cache_entries")
TRANSACTIONS_ENDED = _counter("ticketstream_transactions_total")
TRANSACTION_RECORDS = _histogram("ticketstream_transaction_records")
PRODUCERS_RECYCLED = _counter("ticketstream_producers_recycled_total")
REBALANCES = _counter("ticketstream_rebalances_total")
ASSIGNED = _gauge("ticketstream_assigned_partitions")
CLIENT_TROUBLE = _gauge("ticketstream_client_trouble")
# The liveness probe reads it.
PROGRESS = _gauge("ticketstream_progress_seconds")
ALERTS_OPEN = _gauge("ticketstream_alerts_open")
ALERTS = _counter("ticketstream_alerts_total")
CLICKHOUSE_UNAVAILABLE = _gauge("ticketstream_clickhouse_unavailable")
SINK_ROWS = _counter("ticketstream_sink_rows_total")
SINK_BATCHES = _counter("ticketstream_sink_batches_total")
SINK_DELAY = _histogram("ticketstream_sink_delay_seconds")
TEXTS_SKIPPED = _counter("ticketstream_texts_skipped_total")
INSERTS = _histogram("ticketstream_insert_seconds")
REGISTRY_UNAVAILABLE = _gauge("ticketstream_registry_unavailable")
# The liveness probe reads it: a loop that waits is not stuck.
WAITING_SINCE = _gauge("ticketstream_waiting_since_timestamp_seconds")

# How often gauges and the progress of a worker are set.
LOOK_EVERY_S = 0.5


def set_client_trouble(worker: str, before: str, now: str) -> str:
    """Tell why a worker's client cannot go on; the reason, which is `before` the next time. Empty is none."""
    if before and before != now:
        CLIENT_TROUBLE.labels(worker, before).set(0)
    if now and before != now:
        CLIENT_TROUBLE.labels(worker, now).set(1)
    return now


class PartitionCounts:
    """Counts rebalances of one worker, and the partitions that it has.

    Args:
        worker: its name.
    """

    def __init__(self, worker: str) -> None:
        self._worker = worker
        self._topics: set[str] = set()

    def changed(self, event: str, assigned: Iterable[tuple[str, int]]) -> None:
        """Partitions were assigned, revoked or lost; these are left."""
        REBALANCES.labels(event).inc()
        by_topic = dict.fromkeys(self._topics, 0)
        for topic, _ in assigned:
            by_topic[topic] = by_topic.get(topic, 0) + 1
        self._topics.update(by_topic)
        for topic, number in by_topic.items():
            ASSIGNED.labels(self._worker, topic).set(number)


def transaction_ended(outcome: Outcome, records: int) -> None:
    """Count a transaction; `records` is what it wrote if it is committed."""
    TRANSACTIONS_ENDED.labels(outcome.name.lower()).inc()
    if outcome is Outcome.COMMITTED:
        TRANSACTION_RECORDS.observe(records)


def producers_counted(make: Callable[_Given, _Producer]) -> Callable[_Given, _Producer]:
    """Make producers as `make` does, and count those after the first: the one before was given up in doubt."""
    made = False

    def counting(*args: _Given.args, **kwargs: _Given.kwargs) -> _Producer:
        nonlocal made
        producer = make(*args, **kwargs)
        if made:
            PRODUCERS_RECYCLED.inc()
        made = True
        return producer

    return counting


def set_breaker_state(state: BreakerState) -> None:
    """Show in which of its states the breaker is."""
    for each in BreakerState:
        BREAKER_STATE.labels(each.value).set(int(each is state))
    BREAKER.set(int(state is not BreakerState.CLOSED))
