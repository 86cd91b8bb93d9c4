"""Reports on a terminal, for other programs, and for a spreadsheet."""

import csv
import io
import math
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from analytics.reports.report import Cell, Report, Table, in_json
from terminal.safe_text import json_line
from terminal.tables import Grid, laid_out

# Shares from 0 to 1, which people read as percent. One that is missing had too few answers.
_SHARES: Final = frozenset(
    {
        *("accuracy", "upper_bound", "verified", "audit", "success_rate", "reviewed_share", "correction_rate", "error"),
        *("precision", "precision_at_least", "precision_goal", "recall", "f1", "macro_f1", "audit_macro_f1"),
        *("share", "coverage", "risk", "mean_confidence", "ece_width", "ece_mass", "difference"),
    }
)
# Shares of numbers that are exact.
_EXACT_SHARES: Final = frozenset({"cached_share"})
_MONEY: Final = frozenset({"cost", "cost_per_1000_tickets"})
# The ends of a share's interval; people read all three in one cell.
_INTERVAL_ENDS: Final = ("_low", "_high")
# A spreadsheet runs text as a formula when it begins so (OWASP, "CSV Injection").
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
# Of numbers in CSV: more than any figure has that is worth reading.
_DIGITS: Final = 6
_SMALL: Final = 1e-4
_QUOTE: Final = "'"
_LINE_END: Final = re.compile(r"\r?\n")


def as_json(document: Mapping[str, Any]) -> str:
    """Write one line of JSON in ASCII; times as RFC 3339."""
    return json_line(document, ascii_only=True, default=_json_value)


def _json_value(value: object) -> str:
    if isinstance(value, datetime):
        return in_json(value)
    raise TypeError(f"{type(value).__name__} has no form in JSON")


def report_json(report: Report) -> str:
    """Write a report as one line: its facts, and each table as an array of objects."""
    tables = {table.name: [dict(zip(table.columns, row, strict=True)) for row in table.rows] for table in report.tables}
    return as_json({"report": report.name, **report.facts, **tables})


def report_csv(report: Report) -> str:
    """Write the first table: a heading, then its rows."""
    table = report.tables[0]
    out = io.StringIO()
    # Text is always quoted: the writer would leave a carriage return without quotes, and it would break the row.
    writer = csv.writer(out, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
    writer.writerows([table.columns, *([_csv_value(cell) for cell in row] for row in table.rows)])
    return out.getvalue().rstrip("\n")


class _Plain(Decimal):
    """A number that is written without an exponent."""

    def __str__(self) -> str:
        return format(self, "f")


def _csv_value(cell: Cell) -> str | int | Decimal | None:
    match cell:
        case bool():
            return "true" if cell else "false"
        case float():
            return _plain(cell)
        case str():
            # The quote keeps a spreadsheet from running text as a formula; numbers stay numbers.
            return f"{_QUOTE if cell.startswith(_FORMULA_STARTS) else ''}{_LINE_END.sub(' ', cell)}"
        case _:
            return cell


def _plain(value: float) -> Decimal | None:
    """Six digits behind the point, and at least three that count; what is no number is no value."""
    if not math.isfinite(value):
        return None
    rounded = round(value, _DIGITS) if abs(value) >= _SMALL else float(f"{value:.3g}")
    return _Plain(int(rounded) if rounded.is_integer() else repr(rounded))


def report_table(report: Report) -> str:
    """Lay a report out for people."""
    return laid_out(
        f"{report.name}: " + ", ".join(_facts(report.facts)),
        *(_grid(table) for table in report.tables if table.rows),
        *report.notes,
    )


def _facts(facts: Mapping[str, Cell]) -> Iterable[str]:
    return (f"{name.replace('_', ' ')} {shown(name, value)}" for name, value in facts.items())


def _grid(table: Table) -> Grid:
    columns = [column for column in table.columns if not column.endswith(_INTERVAL_ENDS)]
    rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    return Grid(
        columns=tuple(_heading(column) for column in columns),
        rows=tuple(tuple(_with_interval(column, row) for column in columns) for row in rows),
        title=table.name,
        numeric=frozenset(
            _heading(column) for column in columns if any(isinstance(row[column], int | float) for row in rows)
        ),
    )


def _heading(column: str) -> str:
    return column.replace("_", " ")


def _with_interval(column: str, row: Mapping[str, Cell]) -> str:
    low, high = (row.get(f"{column}{end}") for end in _INTERVAL_ENDS)
    text = shown(column, row[column])
    if isinstance(low, float) and isinstance(high, float):
        return f"{text} ({low * 100:.1f} to {high * 100:.1f})"
    return text


def shown(column: str, cell: Cell) -> str:
    """Write one value for people; its column says what it means."""
    match cell:
        case None:
            return "not enough" if column in _SHARES else "-"
        case str():
            return cell
        case float() if column in _SHARES | _EXACT_SHARES:
            return f"{cell:.1%}"
        case float() if column in _MONEY:
            return money(cell)
        case float():
            return milliseconds(cell)
        case _:
            return f"{cell:,}"


def milliseconds(value: float) -> str:
    """Write a duration with its significant digits."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.3f}"


def money(value: float) -> str:
    """Write an amount: two digits behind the point, and of small amounts three that count."""
    return f"{_Plain(f'{value:.3g}')}" if 0 < value < 1 else f"{value:,.2f}"
