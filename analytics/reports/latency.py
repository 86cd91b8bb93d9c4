"""How long the operations take, and how often they fail."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from analytics.queries import read
from analytics.reports.report import Report, Table, in_json, in_sql

if TYPE_CHECKING:
    from datetime import datetime

    from analytics.client import Client

_NOTES = (
    "decode to end_to_end are stages of one ticket; model_call is one HTTP call, which answers many tickets.",
    "end_to_end counts as failed when the model had to be asked and did not answer; the rules answered instead.",
)


class Latency(NamedTuple):
    """One operation's durations, in milliseconds."""

    operation: str
    calls: int
    failures: int
    success_rate: float
    mean_ms: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    max_ms: float


def latencies(client: Client, since: datetime) -> tuple[Latency, ...]:
    """Measure the operations that began from a moment on, by name.

    Args:
        client: a client of the database.
        since: an aware time.

    Raises:
        analytics.errors.Unavailable: when ClickHouse may answer later.
        analytics.errors.Misconfigured: when something has to be changed first.
    """
    return tuple(
        Latency(success_rate=1 - row["failures"] / row["calls"], **row)
        for row in client.rows(read("latency"), {"since": in_sql(since)})
    )


def latency_report(client: Client, since: datetime) -> Report:
    """Lay the measurements out for showing; raises as `latencies` does."""
    table = Table("operations", tuple(Latency.__annotations__), latencies(client, since))
    return Report("latency", {"since": in_json(since)}, (table,), _NOTES)
