"""Reports on a terminal, for other programs, and for a spreadsheet."""

import csv
import io
import json
import sys
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from rich.console import Console
from rich.measure import Measurement
from rich.table import Table as RichTable
from rich.text import Text

from analytics.reports.report import Cell, Report, Table, in_json

# Shares from 0 to 1, which people read as percent. One that is missing had too few answers.
_SHARES: Final = frozenset(
    {
        *("accuracy", "upper_bound", "verified", "audit", "success_rate", "reviewed_share", "correction_rate", "error"),
        *("precision", "precision_at_least", "precision_goal", "recall", "f1", "macro_f1", "audit_macro_f1"),
        *("share", "coverage", "risk", "mean_confidence", "ece_width", "ece_mass"),
    }
)
# The ends of a share's interval; people read all three in one cell.
_INTERVAL_ENDS: Final = ("_low", "_high")
# A spreadsheet runs text as a formula when it begins so (OWASP, "CSV Injection").
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
# How wide text is laid out when there is no terminal.
_PIPED_WIDTH: Final = 140
_UNFOLDED_WIDTH: Final = 10_000


def printable(text: str) -> str:
    """Return text that cannot move the cursor or change colours: a box replaces each unprintable character."""
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text)


def as_json(document: Mapping[str, Any]) -> str:
    """Write one line of JSON; times as RFC 3339."""
    return json.dumps(document, default=_json_value)


def _json_value(value: object) -> str:
    if isinstance(value, datetime):
        return in_json(value)
    raise TypeError(f"{type(value).__name__} has no form in JSON")


def report_json(report: Report) -> str:
    """Write a report as one line: its facts, and each table as an array of objects."""
    tables = {table.name: [dict(zip(table.columns, row, strict=True)) for row in table.rows] for table in report.tables}
    return as_json({"report": report.name, **report.facts, **tables})


def report_csv(report: Report) -> str:
    """Write all tables as one: the column `table` names the table of a row; columns that a table lacks are empty."""
    columns = list(dict.fromkeys(column for table in report.tables for column in table.columns))
    out = io.StringIO()
    # Text is always quoted: the writer would leave a carriage return without quotes, and it would break the row.
    writer = csv.DictWriter(out, ["table", *columns], lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)
    writer.writeheader()
    for table in report.tables:
        for row in table.rows:
            cells = {column: _defused(cell) for column, cell in zip(table.columns, row, strict=True)}
            writer.writerow({"table": table.name, **cells})
    return out.getvalue().rstrip("\n")


def _defused(cell: Cell) -> Cell:
    """Keep a spreadsheet from running text as a formula; numbers stay numbers."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA_STARTS) else cell


def report_table(report: Report) -> str:
    """Lay a report out for people."""
    return laid_out(
        Text(f"{report.name}: " + ", ".join(_facts(report.facts))),
        *(_rich(table) for table in report.tables if table.rows),
        *map(Text, report.notes),
    )


def laid_out(*parts: Text | RichTable) -> str:
    """Lay text and tables out below each other, as wide as the terminal.

    Without a terminal no row of a table is folded, so that programs such as grep find it in one line.
    """
    out = io.StringIO()
    console = Console(file=out, width=_PIPED_WIDTH, highlight=False, markup=False, emoji=False, no_color=True)
    if sys.stdout.isatty():
        console.width = Console().width
    else:
        tables = [part for part in parts if isinstance(part, RichTable)]
        console.width = max([_PIPED_WIDTH, *(_natural_width(console, table) for table in tables)])
    for part in parts:
        console.print(part)
    return out.getvalue().rstrip("\n")


def _natural_width(console: Console, table: RichTable) -> int:
    return Measurement.get(console, console.options.update_width(_UNFOLDED_WIDTH), table).maximum


def _facts(facts: Mapping[str, Cell]) -> Iterable[str]:
    return (f"{name.replace('_', ' ')} {shown(name, value)}" for name, value in facts.items())


def _rich(table: Table) -> RichTable:
    rich_table = RichTable(title=table.name, title_justify="left", title_style="bold")
    columns = [column for column in table.columns if not column.endswith(_INTERVAL_ENDS)]
    rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    for column in columns:
        numeric = any(isinstance(row[column], int | float) for row in rows)
        rich_table.add_column(column.replace("_", " "), justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        rich_table.add_row(*(Text(_with_interval(column, row)) for column in columns))
    return rich_table


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
            return printable(cell)
        case float() if column in _SHARES:
            return f"{cell:.1%}"
        case float():
            return milliseconds(cell)
        case _:
            return f"{cell:,}"


def milliseconds(value: float) -> str:
    """Write a duration with its significant digits."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.3f}"
