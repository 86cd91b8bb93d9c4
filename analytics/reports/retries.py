"""Retries, failures in spite of them, and the times in which a breaker was open."""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from analytics.clickhouse.client import Client
from analytics.clickhouse.queries import read
from analytics.reports.report import Cell, Report, Table
from analytics.reports.window import WHOLE_MINUTES, Window

# Operations that were never retried are left out of the table.
_TRIED_ONCE = frozenset({0, 1})
_NOTES = (
    (
        "model_call is one HTTP call with all its tries. end_to_end repeats its tries in each ticket that waited for"
        " it; a ticket that needed no call of its own has 0 attempts."
    ),
    "failures_after_retries failed in the last try too. A half-open breaker lets probes through: it is not open.",
    WHOLE_MINUTES,
)


def retries_report(client: Client, window: Window) -> Report:
    """Count tries and openings of breakers.

    Raises:
        analytics.clickhouse.errors.Unavailable: when ClickHouse may answer later.
        analytics.clickhouse.errors.Misconfigured: when something has to be changed first.
    """
    with ThreadPoolExecutor() as threads:
        tries = threads.submit(client.rows, read("tries"), window.parameters)
        changes = threads.submit(client.rows, read("breakers"), window.parameters)
    counted, breakers = tries.result(), changes.result()
    columns = ("name", "instance", "changes", "openings", "open_s", "last_state")
    tables = (
        Table(
            "operations",
            ("operation", "calls", "retries", "retried", "failures", "failures_after_retries"),
            tuple(_totals(row) for row in counted),
        ),
        Table("attempts", ("operation", "attempts", "calls", "failures"), tuple(_histogram(counted))),
        Table("breakers", columns, tuple(tuple(row[column] for column in columns) for row in breakers)),
    )
    return Report("retries", dict(window.facts), tables, _NOTES)


def _totals(row: dict[str, Any]) -> tuple[Cell, ...]:
    calls, failures = row["calls"], row["failures"]
    return (
        row["operation"],
        sum(calls.values()),
        row["retries"],
        _after_retries(calls),
        sum(failures.values()),
        _after_retries(failures),
    )


def _after_retries(by_attempts: dict[int, int]) -> int:
    return sum(number for attempts, number in by_attempts.items() if attempts > 1)


def _histogram(counted: Iterable[dict[str, Any]]) -> Iterator[tuple[Cell, ...]]:
    for row in counted:
        if not row["calls"].keys() <= _TRIED_ONCE or row["failures"]:
            for attempts, calls in sorted(row["calls"].items()):
                yield row["operation"], attempts, calls, row["failures"].get(attempts, 0)
