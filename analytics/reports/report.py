"""The form of every report."""

from datetime import UTC, datetime
from typing import NamedTuple

Cell = str | int | float | bool | None


class Table(NamedTuple):
    """Rows of one kind.

    Attributes:
        name: what the rows are, in the plural.
        columns: names, with a unit where there is one: `_ms`; shares and accuracies are from 0 to 1.
        rows: one cell per column; None is no value.
    """

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


class Report(NamedTuple):
    """Figures, with the facts and notes that explain them.

    Attributes:
        name: the report's name.
        facts: values that hold for the whole report, such as its first moment.
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
    """Write a moment for machines: RFC 3339 in UTC with milliseconds."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
