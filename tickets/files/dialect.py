"""Which delimiter a CSV file has.

csv.Sniffer of the standard library guesses from the frequencies of letters: in short files `e` may be a delimiter.
Here each common delimiter is tried, and the header decides.
"""

import re
from collections.abc import Callable, Sequence
from itertools import islice

from tickets.files.bad_lines import FileRefused
from tickets.files.lines import Line, Lines
from tickets.files.records import Dialect, Record, records

DELIMITERS = (",", ";", "\t", "|")

_SAMPLE_RECORDS = 200
_NAMES = {"comma": ",", "semicolon": ";", "tab": "\t", "\\t": "\t", "pipe": "|"}
# Excel writes and reads this line before the header.
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?[\r\n]*\Z', re.IGNORECASE)

Judged = Callable[[Sequence[str]], int]
"""How well the cells of the first record suit: how many of the wanted fields they name."""


def named_delimiter(name: str) -> str:
    """The delimiter that a user named: one character, or a word such as `tab`.

    Raises:
        FileRefused: it is none.
    """
    delimiter = _NAMES.get(name.casefold(), name)
    if len(delimiter) != 1 or delimiter in '"\r\n':
        raise FileRefused(f"cannot be read with --delimiter {name}: name one character, or tab")
    return delimiter


def separator_line(line: Line) -> str | None:
    """The delimiter that the first line of a file names, when it is `sep=;`."""
    match = _SEPARATOR_LINE.match(line.text)
    return match.group(1) if match and line.number == 1 else None


def found_delimiter(sample: Sequence[Line], judged: Judged) -> str:
    """The delimiter that fits the lines best.

    The best one shows most of the wanted columns in the header; then tells columns apart at all; then has the largest
    share of records as wide as the header; then the widest header. Of equal ones the first in DELIMITERS is taken.
    """
    return max(DELIMITERS, key=lambda delimiter: _fit(sample, delimiter, judged))


def dialect_of(header: Line | None, delimiter: str) -> Dialect:
    """The dialect with this delimiter: in a header such as `a, b, c` every further column begins with a blank."""
    further = header.text.split(delimiter)[1:] if header else []
    return Dialect(delimiter, bool(further) and all(cell.startswith(" ") for cell in further))


def _fit(sample: Sequence[Line], delimiter: str, judged: Judged) -> tuple[int, bool, float, int]:
    found = list(islice(records(Lines(sample), Dialect(delimiter)), _SAMPLE_RECORDS))
    if not found or not isinstance(found[0], Record):
        return 0, False, 0.0, 0
    width = len(found[0].cells)
    fitting = sum(isinstance(record, Record) and len(record.cells) == width for record in found)
    return judged(found[0].cells), width > 1, fitting / len(found), width
