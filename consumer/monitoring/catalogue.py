"""Every metric of the service: rules, dashboards and docs/METRICS.md rest on it.

A worker cannot make a metric that is not here. Names follow Prometheus: base units, `_total` behind a counter, `_info`
behind what only has labels.
"""

from collections.abc import Mapping

from consumer.monitoring import label_values
from consumer.monitoring.metric_info import MetricInfo
from consumer.monitoring.worker_catalogue import WORKERS

__all__ = ["BY_NAME", "CATALOGUE", "MetricInfo"]

_LAG_LABELS = ("topic", "partition", "group")

CATALOGUE: tuple[MetricInfo, ...] = (
    *WORKERS,
    MetricInfo(
        "ticketstream_progress_seconds",
        "gauge",
        "seconds",
        ("worker",),
        "When the worker last went round, in seconds since the epoch.",
        "worker",
        "livemax",
    ),
    MetricInfo(
        "ticketstream_registry_unavailable",
        "gauge",
        "",
        ("worker",),
        "1 while the schema registry does not answer the worker, whose records wait.",
        "worker",
        merging="livemax",
    ),
    MetricInfo(
        "ticketstream_waiting_since_timestamp_seconds",
        "gauge",
        "seconds",
        ("worker", "part"),
        "When the worker began to wait for a part outside of its process, in seconds since the epoch; 0 while it does"
        " not.",
        "worker",
        merging="livemax",
        values={"part": label_values.WAITED_FOR},
    ),
    MetricInfo(
        "ticketstream_build_info",
        "gauge",
        "",
        ("version", "python", "librdkafka"),
        "1; the labels say what runs.",
        "service",
    ),
    MetricInfo(
        "ticketstream_lag_records",
        "gauge",
        "records",
        _LAG_LABELS,
        "Offsets between what the group has committed and the end of the partition; 0 when no record is left among"
        " them.",
        "service",
    ),
    MetricInfo(
        "ticketstream_lag_seconds",
        "gauge",
        "seconds",
        _LAG_LABELS,
        "Age of the oldest record that the group has not committed; 0 without one.",
        "service",
    ),
    MetricInfo(
        "ticketstream_lag_stale",
        "gauge",
        "",
        ("group",),
        "1 while the lag cannot be read: the figures are the last ones, and their seconds go on.",
        "service",
    ),
    MetricInfo(
        "ticketstream_lag_last_success_timestamp_seconds",
        "gauge",
        "seconds",
        ("group",),
        "When the lag was read last, in seconds since the epoch; 0 before the first time.",
        "service",
    ),
    MetricInfo(
        "ticketstream_worker_restarts_total",
        "counter",
        "restarts",
        ("worker",),
        "How often a worker's process was started again.",
        "service",
    ),
    MetricInfo(
        "ticketstream_workers_running",
        "gauge",
        "processes",
        ("role",),
        "Processes of workers that run.",
        "service",
        values={"role": label_values.ROLES},
    ),
    MetricInfo(
        "ticketstream_part_ready",
        "gauge",
        "",
        ("part",),
        "1 while a part does not keep the service from its work.",
        "service",
        values={"part": label_values.PARTS},
    ),
)

BY_NAME: Mapping[str, MetricInfo] = {each.name: each for each in CATALOGUE}
