"""Overrides as a table, as JSON and for a spreadsheet. Pure."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from analytics.reports.report import Report, Table
from consumer.answer.override_record import Override
from schemas.field_rules import EARLIEST_MS, LATEST_MS
from terminal.output import writes_unicode
from terminal.safe_text import json_line
from terminal.tables import Grid, laid_out
from ticketstream.rendering import report_csv

_COLUMNS: Final = (
    "fingerprint",
    "category",
    "subcategory",
    "people",
    "state",
    "reason",
    "correction_id",
    "corrected_at",
)
# What it is and what it says stays longest.
_DISPENSABLE: Final = ("correction_id", "corrected_at", "reason", "subcategory")


def overrides_table(overrides: Iterable[Override]) -> str:
    """Lay overrides out for people, a row for each."""
    rows = tuple(tuple(cell or "" for cell in _cells(override)) for override in overrides)
    return laid_out(Grid(_COLUMNS, rows, numeric=frozenset({"people"}), dispensable=_DISPENSABLE))


def override_json(override: Override) -> str:
    """Write an override as one line of JSON."""
    document = {
        "scope": override.scope,
        **dict(zip(_COLUMNS, _cells(override), strict=True)),
        "people": override.people,
    }
    return json_line(document, ascii_only=not writes_unicode())


def overrides_csv(overrides: Iterable[Override]) -> str:
    """Write a heading, then a row for each."""
    rows = tuple(_cells(override) for override in overrides)
    return report_csv(Report("overrides", {}, (Table("overrides", _COLUMNS, rows),)))


def _cells(override: Override) -> tuple[str | None, ...]:
    return (
        override.fingerprint,
        override.category,
        override.subcategory,
        str(override.people),
        override.state,
        override.reason,
        override.correction_id,
        _time(override.corrected_at),
    )


def _time(at_ms: int) -> str | None:
    if not EARLIEST_MS <= at_ms < LATEST_MS:
        return None
    return f"{datetime.fromtimestamp(at_ms / 1000, UTC):%Y-%m-%dT%H:%M:%SZ}"
