"""The service's metrics, each with its meaning.

Counters are incremented once per transaction, never per record. A worker keeps its values in memory that it shares with
its supervisor (`shared_values.py`).
"""

from collections.abc import Mapping

from prometheus_client import Counter, Gauge, Histogram

from consumer.config.sources import inherited_descriptor
from consumer.monitoring.shared_values import DESCRIPTOR, share

# A metric takes its kind of value when it is made.
if (_descriptor := inherited_descriptor(DESCRIPTOR)) is not None:
    share(_descriptor)

# Committed answers by method; provisional ones wait for the model.
ANSWERS = Counter("ticketstream_answers", "Answers committed.", ["method", "provisional"])
# Records that could not be answered, by reason.
DEAD_LETTERS = Counter("ticketstream_dead_letters", "Dead letters committed.", ["reason"])
REPEATS = Counter("ticketstream_repeats", "Tickets dropped because they were answered before.")
TRANSACTIONS = Histogram(
    "ticketstream_transaction_seconds",
    "How long one transaction took.",
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 3, 10, 30),
)
# The longest time of a ticket from being read to being committed, one value per transaction.
SLOWEST = Histogram(
    "ticketstream_slowest_ticket_seconds",
    "End-to-end time of the slowest ticket of each transaction.",
    buckets=(0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30),
)
WINDOW = Gauge("ticketstream_window_records", "Records between poll and commit.", multiprocess_mode="livesum")
LAG = Gauge("ticketstream_lag_records", "Records that stand in Kafka unread.", ["topic"], multiprocess_mode="livesum")
# Each worker knows them all.
OVERRIDES = Gauge(
    "ticketstream_overrides", "Texts whose answers people corrected, as far as they stand.", multiprocess_mode="livemax"
)
WAITING = Gauge("ticketstream_model_waiting", "Tickets that wait for the model.", multiprocess_mode="livesum")
STOPPED = Gauge("ticketstream_consumption_stopped", "1 while consumption is stopped.", multiprocess_mode="livemax")
BREAKER = Gauge("ticketstream_breaker_open", "1 while the model's breaker is not closed.", multiprocess_mode="livemax")
# The label `labels` names some of the unknown categories.
FOREIGN_LABELS = Gauge(
    "ticketstream_foreign_labels",
    "1 while the model names no category that the taxonomy knows, and consumption is stopped.",
    ["worker", "labels"],
    multiprocess_mode="livemax",
)
# The label `reason` says why, with the mend.
CLIENT_TROUBLE = Gauge(
    "ticketstream_client_trouble",
    "1 while a worker's Kafka client cannot go on.",
    ["worker", "reason"],
    multiprocess_mode="livemax",
)
CLICKHOUSE_UNAVAILABLE = Gauge(
    "ticketstream_clickhouse_unavailable",
    "1 while the sink waits because it cannot store rows in ClickHouse.",
    ["worker"],
    multiprocess_mode="livemax",
)
REGISTRY_UNAVAILABLE = Gauge(
    "ticketstream_registry_unavailable",
    "1 while the schema registry does not answer the worker, whose records wait.",
    ["worker"],
    multiprocess_mode="livemax",
)
# Seconds since the epoch. The liveness probe reads it: a loop that waits is not stuck.
WAITING_SINCE = Gauge(
    "ticketstream_waiting_since_timestamp_seconds",
    "When the worker began to wait for a part outside of its process; 0 while it does not.",
    ["worker", "part"],
    multiprocess_mode="livemax",
)
SINK_ROWS = Counter("ticketstream_sink_rows", "Rows inserted into ClickHouse.", ["table"])
TEXTS_SKIPPED = Counter("ticketstream_texts_skipped", "Tickets read without a text to store, by reason.", ["reason"])
INSERTS = Histogram("ticketstream_insert_seconds", "How long one round of inserts took.")
# Seconds since the epoch of the worker's last turn; the liveness probe reads it.
PROGRESS = Gauge(
    "ticketstream_progress_seconds", "When the worker last went round.", ["worker"], multiprocess_mode="livemax"
)

# How often gauges and the progress of a worker are set.
LOOK_EVERY_S = 0.5


def set_client_trouble(worker: str, before: str, now: str) -> str:
    """Tell why a worker's client cannot go on; the reason, which is `before` the next time. Empty is none."""
    if before and before != now:
        CLIENT_TROUBLE.labels(worker, before).set(0)
    if now and before != now:
        CLIENT_TROUBLE.labels(worker, now).set(1)
    return now


def set_lag(lag: Mapping[str, int]) -> None:
    """Set the lag of each topic."""
    for topic, records in lag.items():
        LAG.labels(topic).set(records)
