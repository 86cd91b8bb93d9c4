"""Records of CSV, compared with what the csv module writes."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickets.files.bad_lines import BadLine
from tickets.files.lines import CUT, MAX_LINE_CHARACTERS, Line, Lines, numbered
from tickets.files.records import MAX_RECORD_CHARACTERS, NOT_DOUBLED, UNCLOSED, Dialect, Record, records

cells = st.text(st.one_of(st.sampled_from(' "\n\r,;\t|\x00\u2028'), st.characters(codec="utf-8")), max_size=12)
tables = st.lists(st.lists(cells, min_size=2, max_size=4), min_size=1, max_size=5)


def _records(text: str, dialect: Dialect) -> list[Record | BadLine]:
    return list(records(Lines(numbered(io.StringIO(text, newline=""))), dialect))


def _read(text: str, delimiter: str = ",") -> list[list[str] | tuple[int, str]]:
    return [r.cells if isinstance(r, Record) else (r.line, r.problem) for r in _records(text, Dialect(delimiter))]


@given(tables, st.sampled_from(",;\t|"), st.sampled_from(["\n", "\r\n", "\r"]), st.sampled_from([0, 1]))
def test_whatever_the_csv_module_writes_comes_back(
    table: list[list[str]], delimiter: str, line_end: str, quoting: int
) -> None:
    """Quotes, delimiters, line breaks and blanks within cells survive, with any line end."""
    text = io.StringIO(newline="")
    # Before Python 3.13 the writer does not quote a lone CR; the reader of any program would take it for a line end.
    quoted = quoting or any("\r" in cell or "\n" in cell for row in table for cell in row)
    csv.writer(text, delimiter=delimiter, lineterminator=line_end, quoting=csv.QUOTE_ALL if quoted else 0).writerows(
        table
    )

    assert [list(row) for row in _read(text.getvalue(), delimiter)] == table


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ('a , "b, c" ,d\n', [["a ", "b, c", "d"]]),
        ('"a" , "b"\r\n"c","d"', [["a", "b"], ["c", "d"]]),
        ('1, "two\nlines", 3\n4,5,6\n', [["1", "two\nlines", " 3"], ["4", "5", "6"]]),
        ('a 15" screen,b\n', [['a 15" screen', "b"]]),
        ('"say ""hi""",b\n', [['say "hi"', "b"]]),
        ("a,b\n\n\r\nc,d", [["a", "b"], ["c", "d"]]),
        ("a,\n,b\n,\n", [["a", ""], ["", "b"], ["", ""]]),
        ('"",""\n', [["", ""]]),
        ("a\x00b,c\u2028d\x85e\n", [["a\x00b", "c\u2028d\x85e"]]),
        ("a,b\rc,d\r", [["a", "b"], ["c", "d"]]),
    ],
)
def test_cells_are_what_stands_between_delimiters(text: str, read: list[list[str]]) -> None:
    """Quotes count at the beginning of a cell only; blanks around quoted cells and empty lines are left out."""
    assert _read(text) == read


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ('1,"open\n2,b\n3,c\n', [(1, UNCLOSED), ["2", "b"], ["3", "c"]]),
        ('1,a\n2,"say \\"hi\\", you"\n3,c\n', [["1", "a"], (2, NOT_DOUBLED), ["3", "c"]]),
        ('1,"a"b\n2,c\n', [(1, NOT_DOUBLED), ["2", "c"]]),
        ('1,"two\nlines" x\n2,c\n', [(1, NOT_DOUBLED), ['lines" x'], ["2", "c"]]),
    ],
)
def test_a_record_with_wrong_quotes_is_named_by_its_first_line_and_reading_goes_on_behind_it(
    text: str, read: list[object]
) -> None:
    """No row is swallowed by the quote of another."""
    assert _read(text) == read


def test_an_endless_cell_is_bad_before_it_fills_the_memory() -> None:
    """A quote that is not closed costs no more than a record may be long."""
    lines = (Line(number, "x" * 99_999 + "\n") for number in range(2, 10**9))
    found = records(Lines(iter([Line(1, '"'), *(next(lines) for _ in range(15))])), Dialect(","))

    assert next(found) == BadLine(1, UNCLOSED)
    assert MAX_RECORD_CHARACTERS < 15 * 100_000
    assert isinstance(next(found), Record)


def test_an_endless_line_is_cut() -> None:
    """A file without line ends does not fill the memory; the next line has its own number."""
    lines = list(numbered(io.StringIO("a\n" + "x" * (2 * MAX_LINE_CHARACTERS + 5) + "\nb", newline="")))

    assert [(line.number, len(line.text) < 2000) for line in lines] == [(1, True), (2, True), (3, True)]
    assert CUT in lines[1].text
    assert lines[2].text == "b"


def test_blanks_at_the_beginning_of_cells_are_left_out_when_the_header_has_them() -> None:
    """`a, b` has the columns `a` and `b`."""
    assert _records('a, b, "c"\n', Dialect(",", blank_begins=True)) == [Record(1, ["a", "b", "c"])]
