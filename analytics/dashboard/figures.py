"""Figures of the pages, from ClickHouse, laid out for JSON."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from math import isfinite
from typing import Any, Final

from analytics.clickhouse.client import Client
from analytics.clickhouse.parameters import in_sql
from analytics.clickhouse.queries import read
from analytics.reports.explain import STAGES, explain
from analytics.reports.latency import latencies
from analytics.reports.report import in_json
from analytics.reports.window import Window

# Windows that can be chosen, in minutes, and the slices in seconds in which they are drawn.
SLICES_S: Final = {15: 60, 60: 60, 360: 300, 1440: 900}
DAYS: Final = (1, 7, 30, 90)
MAX_TICKETS = 25


def overview(client: Client, minutes: int) -> dict[str, Any]:
    """Return how the tickets of the last minutes were answered and how long that took, with breakers and alerts."""
    now = datetime.now(UTC)
    asked = {"since": in_sql(now - timedelta(minutes=minutes)), "slice_s": SLICES_S[minutes]}
    rates = client.rows(read("page_rates"), asked)
    window = Window.of(now - timedelta(minutes=minutes), now)
    percentiles = client.rows(read("page_percentiles"), {**window.parameters, "slice_s": SLICES_S[minutes]})
    (spent,) = client.rows(read("page_cost"), {"since": asked["since"]})
    measured = {latency.operation: latency._asdict() for latency in latencies(client, window)}
    return {
        "minutes": minutes,
        "slice_s": SLICES_S[minutes],
        "from_s": int(now.timestamp()) - 60 * minutes,
        "to_s": int(now.timestamp()),
        "tickets": sum(row["tickets"] for row in rates),
        "provisional": sum(row["provisional"] for row in rates),
        "methods": {method: n for (method,), n in _summed(rates, "method").items()},
        "decisions": {decision: n for (decision,), n in _summed(rates, "decision").items()},
        "rates": [[at_s, method, n] for (at_s, method), n in _summed(rates, "at_s", "method").items()],
        "percentiles": [[row["at_s"], *row["percentiles_ms"]] for row in percentiles],
        "latency": measured.get("end_to_end"),
        "model": measured.get("model_call", {"calls": 0, "failures": 0, "retries": 0}),
        "cost": spent if spent["cost"] is not None else None,
        "breakers": client.rows(read("page_breakers")),
        "alerts": client.rows(read("page_alerts")),
        "newest": None if rates else client.rows(read("page_newest"))[0]["newest"],
    }


def _summed(rates: list[dict[str, Any]], *fields: str) -> Counter[tuple[Any, ...]]:
    total: Counter[tuple[Any, ...]] = Counter()
    for row in rates:
        total[tuple(row[field] for field in fields)] += row["tickets"]
    return total


def operations(client: Client, minutes: int) -> dict[str, Any]:
    """Return how long operations and stages take, and the slowest tickets."""
    now = datetime.now(UTC)
    since = now - timedelta(minutes=minutes)
    asked = {"since": in_sql(since)}
    return {
        "minutes": minutes,
        "operations": [latency._asdict() for latency in latencies(client, Window.of(since, now))],
        "stages": [_staged(row) for row in client.rows(read("page_stages"), asked)],
        "slowest": [_staged(row) for row in client.rows(read("page_slowest"), asked)],
    }


def _staged(row: dict[str, Any]) -> dict[str, Any]:
    """Put the times of the stages together, in the order in which they run."""
    return row | {"timings_ms": {stage: row.pop(f"{stage}_ms") for stage in STAGES}}


def tickets(client: Client, beginning: str) -> dict[str, Any]:
    """Return tickets whose id has this beginning, an exact match first, and whether there are more.

    An empty beginning gives the latest tickets.
    """
    found = client.rows(read("page_tickets"), {"beginning": beginning, "most": MAX_TICKETS + 1})
    return {"beginning": beginning, "tickets": found[:MAX_TICKETS], "more": len(found) > MAX_TICKETS}


def ticket(client: Client, ticket_id: str) -> dict[str, Any]:
    """Return every answer to a ticket and its corrections."""
    return explain(client, ticket_id)._asdict()


def plain(value: Any) -> Any:
    """Return a value for JSON: times in RFC 3339, and null for a float that is no number."""
    match value:
        case dict():
            return {str(key): plain(item) for key, item in value.items()}
        case list() | tuple():
            return [plain(item) for item in value]
        case float():
            return value if isfinite(value) else None
        case datetime():
            return in_json(value)
        case _:
            return value
