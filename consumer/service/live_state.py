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
    for metric in metrics:
        for sample in metric.samples:
            if sample.name == "ticketstream_lag_records":
                lag[sample.labels["topic"]] += int(sample.value)
            else:
                total[sample.name] += sample.value
    return Live(
        workers=workers,
        lag=dict(lag),
        breaker_open=total["ticketstream_breaker_open"] > 0,
        stopped=total["ticketstream_consumption_stopped"] > 0,
        in_flight=int(total["ticketstream_window_records"]),
        waiting=int(total["ticketstream_model_waiting"]),
        answered=int(total["ticketstream_answers_total"]),
        dead=int(total["ticketstream_dead_letters_total"]),
    )
