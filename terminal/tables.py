"""Tables for people, as wide as the terminal: whole words, and fewer columns where they do not fit."""

import io
import shutil
import sys
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from rich.box import ASCII2, HEAVY_HEAD
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from terminal.output import writes_unicode
from terminal.safe_text import printable, steady

# How wide text is laid out, and a terminal is taken to be, when neither COLUMNS nor a terminal says it.
_PIPED_WIDTH: Final = 140
_UNKNOWN_TERMINAL: Final = 80
_WIDEST: Final = 10_000
# A longer word is no word that people read whole: it is folded, at no less than this width.
_LONGEST_WORD: Final = 40
_FOLDED: Final = 12
_BORDER: Final = 3


class Grid(NamedTuple):
    """A table before it is laid out.

    Attributes:
        columns: their headings.
        rows: a text for each column.
        title: stands above; may be empty.
        numeric: columns that are aligned to the right.
        dispensable: columns that are left out first where there is no room, in this order; then go those on the right.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    title: str = ""
    numeric: frozenset[str] = frozenset()
    dispensable: tuple[str, ...] = ()


def shown_width() -> int | None:
    """The width of what people see: COLUMNS, or that of the terminal; None where a program reads."""
    width = shutil.get_terminal_size((0, 0)).columns
    if width > 0:
        return min(width, _WIDEST)
    return _UNKNOWN_TERMINAL if sys.stdout.isatty() else None


def laid_out(*parts: str | Grid) -> str:
    """Lay texts and tables out below each other.

    Where a program reads and COLUMNS is not set, no row is folded: programs such as grep find it in one line.
    """
    width = shown_width()
    lines = (_table(part, width) if isinstance(part, Grid) else _text(part, width or _PIPED_WIDTH) for part in parts)
    return "\n".join(line for block in lines for line in block)


def _text(text: str, width: int) -> list[str]:
    return _printed(Text(steady(text)), width)


def _table(grid: Grid, width: int | None) -> list[str]:
    safe = grid._replace(
        columns=tuple(map(printable, grid.columns)), rows=tuple(tuple(map(printable, row)) for row in grid.rows)
    )
    kept, widths = fitted(safe, width)
    table_width = sum(widths) + _BORDER * len(widths) + 1
    table = Table(box=HEAVY_HEAD if writes_unicode() else ASCII2)
    for index, cells in zip(kept, widths, strict=True):
        name = safe.columns[index]
        table.add_column(Text(name), justify="right" if name in grid.numeric else "left", width=cells, overflow="fold")
    for row in safe.rows:
        table.add_row(*(Text(row[index]) for index in kept))
    missing = [name for index, name in enumerate(safe.columns) if index not in kept]
    return [
        *(_text(grid.title, width or _PIPED_WIDTH) if grid.title else ()),
        *_printed(table, table_width),
        *(_text(f"No room here for: {', '.join(missing)}.", width or _PIPED_WIDTH) if missing else ()),
    ]


def _printed(part: Text | Table, width: int) -> list[str]:
    out = io.StringIO()
    console = Console(file=out, width=width, highlight=False, markup=False, emoji=False, no_color=True)
    console.print(part)
    return [line.rstrip() for line in out.getvalue().rstrip("\n").split("\n")]


def fitted(grid: Grid, width: int | None) -> tuple[list[int], list[int]]:
    """Which columns have room, by their number, and how wide each is; all of them where no width is given."""
    natural = [max(map(cell_len, texts)) for texts in _texts(grid)]
    if width is None:
        return list(range(len(natural))), natural
    least = [min(max(map(_longest_word, texts)), whole) for texts, whole in zip(_texts(grid), natural, strict=True)]
    kept = list(range(len(grid.columns)))
    for goes in _in_order_of_leaving(grid):
        if sum(least[index] for index in kept) <= _room(len(kept), width):
            break
        kept.remove(goes)
    room = max(1, _room(len(kept), width))
    # The last column that is left is folded where even its words are too long.
    return kept, _shared([min(least[at], room) for at in kept], [natural[at] for at in kept], room)


def _texts(grid: Grid) -> list[tuple[str, ...]]:
    return list(zip(grid.columns, *grid.rows, strict=True))


def _longest_word(text: str) -> int:
    return max((_room_of_word(cell_len(word)) for word in text.split()), default=0)


def _room_of_word(cells: int) -> int:
    return cells if cells <= _LONGEST_WORD else _FOLDED


def _room(columns: int, width: int) -> int:
    """What the borders leave of the width."""
    return width - _BORDER * columns - 1


def _in_order_of_leaving(grid: Grid) -> Iterable[int]:
    named = [grid.columns.index(name) for name in grid.dispensable if name in grid.columns]
    return [*named, *(index for index in range(len(grid.columns) - 1, 0, -1) if index not in named)]


def _shared(least: Sequence[int], natural: Sequence[int], room: int) -> list[int]:
    """The widths of columns: the widest ones give way, none below its least."""
    widths = [min(width, room) for width in natural]
    while sum(widths) > room:
        shrinkable = [index for index, width in enumerate(widths) if width > least[index]]
        if not shrinkable:
            break
        widest = max(widths[index] for index in shrinkable)
        for index in shrinkable:
            if widths[index] == widest and sum(widths) > room:
                widths[index] -= 1
    return widths
