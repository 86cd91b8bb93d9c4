"""Tables on terminals of every width."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from terminal.tables import Grid, fitted, laid_out

COLUMNS = ("category", "n", "corrected", "upper bound", "verified by people", "remark")
ROW = ("billing", "240", "40", "83.3% (78.1 to 87.5)", "not enough", "a remark of some length, in plain words")
WORDS = st.text("abcdefg äß支付", min_size=1, max_size=60)


def on_terminal(monkeypatch: pytest.MonkeyPatch, columns: int, *parts: str | Grid) -> list[str]:
    monkeypatch.setenv("COLUMNS", str(columns))
    return laid_out(*parts).splitlines()


@pytest.mark.parametrize("columns", [20, 30, 40, 60, 80, 100, 120])
def test_words_stay_whole_and_columns_go(monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    """Nothing is wider than the terminal, every word is whole, and what has no room is named below the table."""
    lines = on_terminal(monkeypatch, columns, Grid(COLUMNS, (ROW,), "figures"))
    shown = set(" ".join(re.sub(r"[^\w.%(),: ]", " ", line) for line in lines).split())

    assert max(map(cell_len, lines)) <= columns
    assert shown <= set(" ".join((*COLUMNS, *ROW, "figures No room here for:")).split()) | {
        f"{word}{end}" for word in " ".join(COLUMNS).split() for end in ",."
    }
    assert {"category", "billing"} <= shown
    assert {"remark", "remark."} & shown


def test_a_wide_terminal_shows_everything_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """No cell is folded where there is room."""
    lines = on_terminal(monkeypatch, 200, Grid(COLUMNS, (ROW,)))

    assert len(lines) == 5
    assert not [cell for cell in ROW if cell not in lines[3]]


def test_the_named_columns_go_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """A table says what can be spared; the first column stays unless it is named."""
    grid = Grid(("a", "b", "c"), (("x" * 20, "y" * 20, "z" * 20),), dispensable=("b",))
    lines = on_terminal(monkeypatch, 60, grid)

    assert "z" * 20 in "".join(lines)
    assert lines[-1] == "No room here for: b."


def test_a_word_that_nobody_reads_whole_is_folded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 500 letters without a space none is lost, and no line holds just a few of them but the last."""
    lines = on_terminal(monkeypatch, 60, Grid(("name", "value"), (("n", "x" * 500),)))
    runs = [line.count("x") for line in lines if "xx" in line]

    assert sum(runs) == 500
    assert min(runs[:-1]) >= 12


@given(st.lists(st.lists(WORDS, min_size=4, max_size=4), max_size=3), st.integers(8, 300))
def test_no_column_is_narrower_than_its_words(rows: list[list[str]], width: int) -> None:
    """For any cells and any width the columns fit, and only the last that is left is cut through its words."""
    grid = Grid(("a", "bb", "ccc", "dddd"), tuple(map(tuple, rows)))
    kept, widths = fitted(grid, width)

    assert kept[0] == 0
    assert sum(widths) + 3 * len(widths) + 1 <= max(width, 5)
    if len(kept) > 1:
        for index, cells in zip(kept, widths, strict=True):
            for text in (grid.columns[index], *(row[index] for row in grid.rows)):
                assert max(map(cell_len, text.split()), default=0) <= max(cells, 40)


def test_without_a_width_nothing_is_folded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that reads finds each row in one line, however long."""
    monkeypatch.delenv("COLUMNS", raising=False)
    lines = laid_out(Grid(("name", "value"), (("n", "x" * 20_000), ("m", "y")))).splitlines()

    assert len(lines) == 6
    assert "x" * 20_000 in lines[3]


def test_cells_cannot_steer_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a cell nor a heading, a title or a text."""
    bad = "\x1b[31m[bold]\u202e\x9b"
    shown = "\n".join(on_terminal(monkeypatch, 200, bad, Grid((f"h{bad}",), ((f"c{bad}",),), f"t{bad}")))

    assert shown.count("[31m[bold]") == 4
    assert not set(shown) & set("\x1b\u202e\x9b")
