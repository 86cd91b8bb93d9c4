"""The result of a benchmark, and its markdown."""

from collections.abc import Iterable, Sequence
from statistics import median
from typing import NamedTuple

from consumer.errors import TicketstreamError


class TargetMissed(TicketstreamError):
    """A measured figure misses its target."""


class Table(NamedTuple):
    """Figures with their names; cells are shown unchanged."""

    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


class Verdict(NamedTuple):
    """A figure beside its target.

    Attributes:
        what: The name of the figure, with its unit.
        measured: The figure.
        bound: The target.
        at_least: Whether the target is a lower bound; otherwise it is an upper one.
    """

    what: str
    measured: float
    bound: float
    at_least: bool = True

    @property
    def met(self) -> bool:
        return self.measured >= self.bound if self.at_least else self.measured <= self.bound

    def row(self) -> tuple[str, ...]:
        bound = f"{'at least' if self.at_least else 'at most'} {self.bound:g}"
        return self.what, f"{self.measured:.3f}", bound, "met" if self.met else "missed"


class Section(NamedTuple):
    """One benchmark's result.

    Attributes:
        title: Of the section.
        method: A description of the measurement, in paragraphs of markdown.
        tables: The figures.
        verdicts: The figures that have a target.
    """

    title: str
    method: str
    tables: list[Table]
    verdicts: list[Verdict]


def markdown(machine: Table, sections: Iterable[Section], *, quick: bool, made_by: str = "make bench") -> str:
    """The results as a markdown document."""
    origin = f"Made by `{made_by}`. Figures are medians of several rounds; ratios are taken within one round."
    lines = ["# Benchmarks", "", origin, ""]
    if quick:
        lines += ["**A quick run: its sizes are too small to judge speed by.**", ""]
    lines += [*table_lines(machine), ""]
    for section in sections:
        lines += [f"## {section.title}", "", section.method, ""]
        for table in section.tables:
            lines += [*table_lines(table), ""]
        lines += [*table_lines(verdicts(section)), ""] if section.verdicts else []
    return "\n".join(lines)


def verdicts(section: Section) -> Table:
    """The targets of a section as a table."""
    return Table(("target", "measured", "wanted", "verdict"), [verdict.row() for verdict in section.verdicts])


def table_lines(table: Table) -> list[str]:
    """A table in markdown."""
    rows = [table.columns, tuple("---" for _ in table.columns), *table.rows]
    return [f"| {' | '.join(cell.replace('|', '/') for cell in row)} |" for row in rows]


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value such that at least this share of the values is not larger (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, -int(-share * len(ordered) // 1) - 1)]


def number(value: float) -> str:
    """A figure with three significant digits, or without decimals."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def spread(values: Sequence[float]) -> str:
    """Median, with lowest and highest."""
    return f"{number(median(values))} ({number(min(values))} to {number(max(values))})"
