"""What a report is, whatever it is about."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from datetime import datetime

Cell = str | int | float | bool | None


class Table(NamedTuple):
    """Rows of one kind.

    Attributes:
        name: what the rows are, in the plural.
        columns: names, with a unit where there is one: `_ms`; shares and accuracies are from 0 to 1.
        rows: one cell for each column; None is no value.
    """

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


class Report(NamedTuple):
    """Figures, with what has to be known to read them.

    Attributes:
        name: the report's name.
        facts: what holds for all of it, such as since when.
        tables: the figures.
        notes: sentences for people.
    """

    name: str
    facts: dict[str, Cell]
    tables: tuple[Table, ...]
    notes: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether there is nothing to report on."""
        return not any(table.rows for table in self.tables)


def in_json(moment: datetime) -> str:
    """Write a moment for machines: RFC 3339 in UTC, milliseconds."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
