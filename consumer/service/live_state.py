"""The state of the service now, from its metrics; the page shows it."""

from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING

from analytics.dashboard.live import Live

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric


def live_state(metrics: Iterable["Metric"], workers: dict[str, str]) -> Live:
    """The state at one moment.

    Args:
        metrics: the merged metrics of the workers, and the lag of their groups.
        workers: the state of each worker: `down`, `starting`, `stuck`, `foreign`, or empty when it works.
    """
    total: dict[str, float] = defaultdict(float)
    lag: dict[str, int] = defaultdict(int)
    unknown: set[str] = set()
    read_at_s: dict[str, float] = {}
    for metric in metrics:
        for sample in metric.samples:
            match sample.name:
                case "ticketstream_lag_records":
                    lag[sample.labels["topic"]] += int(sample.value)
                case "ticketstream_lag_stale" if sample.value:
                    unknown.add(sample.labels["group"])
                case "ticketstream_lag_last_success_timestamp_seconds":
                    read_at_s[sample.labels["group"]] = sample.value
                case name:
                    total[name] += sample.value
    return Live(
        workers=workers,
        lag=dict(lag),
        lag_unknown_since_s=min((read_at_s.get(group, 0.0) for group in unknown), default=None),
        breaker_open=total["ticketstream_breaker_open"] > 0,
        stopped=total["ticketstream_consumption_stopped"] > 0,
        in_flight=int(total["ticketstream_window_records"]),
        waiting=int(total["ticketstream_model_waiting"]),
        answered=int(total["ticketstream_answers_total"]),
        dead=int(total["ticketstream_dead_letters_total"]),
    )
