"""The state of the service now, from its metrics."""

from collections.abc import Mapping

import pytest
from prometheus_client.metrics_core import GaugeMetricFamily

from consumer.service.live_state import live_state
from consumer.service.worker_metrics import WorkerMetrics
from tests.support.counting import counted

WORKER = """
import sys
from consumer.monitoring import metrics
metrics.ANSWERS.labels("MODEL", "false").inc(5)
metrics.ANSWERS.labels("RULES", "true").inc(2)
metrics.DEAD_LETTERS.labels("tombstone").inc()
metrics.WINDOW.set(3)
metrics.WAITING.set(2)
metrics.BREAKER.set(int(sys.argv[1]))
"""


def test_all_workers_are_put_together() -> None:
    """Counts and the lags of partitions add up; one open breaker is open."""
    metrics = WorkerMetrics()
    for breaker in ("0", "1"):
        counted(metrics, WORKER, breaker)
    lag = GaugeMetricFamily("ticketstream_lag_records", "", labels=["topic", "partition", "group"])
    lag.add_metric(["ticket-created", "0", "us"], 40)
    lag.add_metric(["ticket-created", "1", "us"], 40)
    lag.add_metric(["ticket-categorized", "0", "us-sink"], 1)
    live = live_state([*metrics.collect(), lag], {"categorizer-0": ""})

    assert live.lag == {"ticket-created": 80, "ticket-categorized": 1}
    assert (live.answered, live.dead, live.in_flight, live.waiting) == (14, 2, 6, 4)
    assert (live.breaker_open, live.stopped) == (True, False)
    assert live.workers == {"categorizer-0": ""}


@pytest.mark.parametrize(
    ("stale", "expected"),
    [({}, None), ({"us": 0, "us-sink": 0}, None), ({"us": 1, "us-sink": 0}, 30.0), ({"us": 1, "us-sink": 1}, 20.0)],
)
def test_since_when_the_lag_is_unknown(stale: Mapping[str, int], expected: float | None) -> None:
    """The earliest of the last readings of groups that cannot be read."""
    tells = GaugeMetricFamily("ticketstream_lag_stale", "", labels=["group"])
    read = GaugeMetricFamily("ticketstream_lag_last_success_timestamp_seconds", "", labels=["group"])
    for group, value in stale.items():
        tells.add_metric([group], value)
        read.add_metric([group], 30 if group == "us" else 20)

    assert live_state([tells, read], {}).lag_unknown_since_s == expected


def test_a_service_that_has_counted_nothing_yet_is_quiet() -> None:
    """Nothing is wrong with it and nothing is known."""
    live = live_state(WorkerMetrics().collect(), {})

    assert live == ({}, {}, None, False, False, 0, 0, 0, 0)
