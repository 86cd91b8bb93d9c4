"""Where time goes: the share of each stage, the slowest operations and the slowest tickets."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from analytics.clickhouse.client import Client
from analytics.clickhouse.queries import read
from analytics.reports.report import Report, Table, in_json
from analytics.reports.window import WHOLE_MINUTES, Window

STAGES = ("decode", "lookup", "queue", "model", "rules", "window_wait")
SLOWEST = 10
_OPERATIONS = ("operation", "calls", "p99_ms", "max_ms", "total_ms")
_NOTES = (
    (
        "critical_path: the stages of a ticket follow one another, so each counts with all its time. queue is the wait"
        " for a free call, model the call itself, window_wait the wait for tickets before it in its partition."
    ),
    f"operations are ordered by their slowest hundredth. {WHOLE_MINUTES}",
)


def bottlenecks_report(client: Client, window: Window) -> Report:
    """Report where the time goes.

    Raises:
        analytics.clickhouse.errors.Unavailable: when ClickHouse may answer later.
        analytics.clickhouse.errors.Misconfigured: when something has to be changed first.
    """
    with ThreadPoolExecutor() as threads:
        asked = threads.submit(client.rows, read("bottlenecks"), window.parameters)
        slowest = threads.submit(_slowest_tickets, client, window)
    measured = asked.result()
    operations = Table("operations", _OPERATIONS, tuple(tuple(row[name] for name in _OPERATIONS) for row in measured))
    tables = (_critical_path(measured), operations, slowest.result())
    return Report("bottlenecks", dict(window.facts), tables, _NOTES)


def _critical_path(measured: Sequence[Mapping[str, Any]]) -> Table:
    by_operation = {row["operation"]: row for row in measured}
    columns = ("stage", "share", "mean_ms", "total_ms")
    if "end_to_end" not in by_operation:
        return Table("critical_path", columns, ())
    whole = by_operation["end_to_end"]
    tickets, whole_ms = whole["calls"], whole["total_ms"]
    spent_ms = {stage: by_operation[stage]["total_ms"] if stage in by_operation else 0.0 for stage in STAGES}
    spent_ms |= {"queue": whole["queue_ms"], "model": whole["model_ms"]}
    # Time between the stages, and what rounding takes from them.
    spent_ms["between"] = max(0.0, whole_ms - sum(spent_ms.values()))
    ordered = sorted(spent_ms.items(), key=lambda item: -item[1])
    return Table("critical_path", columns, tuple((stage, ms / whole_ms, ms / tickets, ms) for stage, ms in ordered))


def _slowest_tickets(client: Client, window: Window) -> Table:
    columns = ("ticket_id", "revision", "received_at", "total_ms", "longest", "longest_ms", "method", "attempts")
    found = client.rows(read("slowest_tickets"), {**window.parameters, "most": SLOWEST})
    rows = ({**row, "received_at": in_json(row["received_at"])} for row in found)
    return Table("tickets", columns, tuple(tuple(row[column] for column in columns) for row in rows))
