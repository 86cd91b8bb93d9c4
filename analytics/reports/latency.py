"""How long operations take, and how often they fail."""

from typing import NamedTuple

from analytics.clickhouse.client import Client
from analytics.clickhouse.queries import read
from analytics.reports.report import Report, Table
from analytics.reports.window import WHOLE_MINUTES, Window

_NOTES = (
    "decode to end_to_end are stages of one ticket; model_call is one HTTP call, which answers many tickets.",
    (
        "end_to_end counts as failed when the model had to be asked and did not answer; the rules answered instead."
        " Its retries are those that its tickets waited for: one call's retries in each of the tickets it was for."
    ),
    f"{WHOLE_MINUTES} Percentiles are within 1 % of rank; counts, mean and maximum are exact.",
)


class Latency(NamedTuple):
    """One operation's durations, in milliseconds."""

    operation: str
    calls: int
    failures: int
    success_rate: float
    retries: int
    mean_ms: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float


def latencies(client: Client, window: Window) -> tuple[Latency, ...]:
    """Measure the operations that began within a window, by name.

    Raises:
        analytics.clickhouse.errors.Unavailable: when ClickHouse may answer later.
        analytics.clickhouse.errors.Misconfigured: when something has to be changed first.
    """
    return tuple(
        Latency(success_rate=1 - row["failures"] / row["calls"], **row)
        for row in client.rows(read("latency"), window.parameters)
    )


def latency_report(client: Client, window: Window) -> Report:
    """Lay the measurements out for showing; raises as `latencies` does."""
    table = Table("operations", tuple(Latency.__annotations__), latencies(client, window))
    return Report("latency", dict(window.facts), (table,), _NOTES)
