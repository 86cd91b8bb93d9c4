"""What tickets wait for: the stages' shares of the way through the service, the slowest operations and tickets."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from analytics.queries import read
from analytics.reports.latency import latencies
from analytics.reports.report import Report, Table, in_json
from analytics.reports.window import WHOLE_MINUTES

if TYPE_CHECKING:
    from analytics.client import Client
    from analytics.reports.report import Cell
    from analytics.reports.window import Window

STAGES = ("decode", "lookup", "queue", "model", "rules", "window_wait")
SLOWEST = 10
_NOTES = (
    (
        "critical_path: the stages of a ticket follow one another, so each counts with all its time. queue is the wait"
        " for a free call, model the call itself, window_wait the wait for tickets before it in its partition."
    ),
    f"operations are ordered by their slowest hundredth. {WHOLE_MINUTES}",
)


def bottlenecks_report(client: Client, window: Window) -> Report:
    """Find where the time goes.

    Raises:
        analytics.errors.Unavailable: when ClickHouse may answer later.
        analytics.errors.Misconfigured: when something has to be changed first.
    """
    with ThreadPoolExecutor() as threads:
        timed, path = threads.submit(latencies, client, window), threads.submit(_critical_path, client, window)
        slowest = threads.submit(_slowest_tickets, client, window)
    measured = sorted(timed.result(), key=lambda each: -each.p99_ms)
    operations = Table(
        "operations",
        ("operation", "calls", "p99_ms", "max_ms", "total_ms"),
        tuple((one.operation, one.calls, one.p99_ms, one.max_ms, one.mean_ms * one.calls) for one in measured),
    )
    tables = (path.result(), operations, slowest.result())
    return Report("bottlenecks", dict(window.facts), tables, _NOTES)


def _critical_path(client: Client, window: Window) -> Table:
    row = client.rows(read("critical_path"), window.parameters)[0]
    tickets, whole_ms = row["tickets"], row["end_to_end"]
    spent_ms = {stage: row[stage] for stage in STAGES}
    # What the service does between the stages; clocks round each of them down.
    spent_ms["between"] = max(0.0, whole_ms - sum(spent_ms.values()))
    ordered = sorted(spent_ms.items(), key=lambda item: -item[1])
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (stage, ms / whole_ms if whole_ms else None, ms / tickets, ms) for stage, ms in ordered if tickets
    )
    return Table("critical_path", ("stage", "share", "mean_ms", "total_ms"), rows)


def _slowest_tickets(client: Client, window: Window) -> Table:
    """Look for them only where they can be: among as many hours and minutes as tickets."""
    columns = ("ticket_id", "revision", "received_at", "total_ms", "longest", "longest_ms", "method", "attempts")
    asked = {**window.parameters, "most": SLOWEST}
    spans = client.rows(read("slowest_spans"), asked)
    if not spans:
        return Table("tickets", columns, ())
    asked["hours_s"] = sorted({row["hour_s"] for row in spans})
    asked["at_least_us"] = spans[-1]["max_us"] if len(spans) == SLOWEST else 0
    found = client.rows(read("slowest_tickets"), asked)
    rows = ({**row, "received_at": in_json(row["received_at"])} for row in found)
    return Table("tickets", columns, tuple(tuple(row[column] for column in columns) for row in rows))
