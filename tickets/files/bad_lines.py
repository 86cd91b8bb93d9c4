"""What is wrong with one row, and what is wrong with a whole file."""

from typing import NamedTuple


class BadLine(NamedTuple):
    """A row that cannot be taken, and why. The text of the row is not shown.

    Attributes:
        line: The first line of the row in its file, from 1.
    """

    line: int
    problem: str


class FileRefused(ValueError):
    """A file cannot be read as rows. The message goes on behind the file's name and says what to do."""


def shown(name: str) -> str:
    """A column's name as it may be printed: on one line, without control characters, not too long."""
    line = "".join(char if char.isprintable() else " " for char in name).strip()
    return line if len(line) <= _SHOWN_CHARACTERS else f"{line[:_SHOWN_CHARACTERS]}…"


def listed(names: "list[str] | tuple[str, ...]") -> str:
    """Names for an error message, the first twenty of them."""
    some = ", ".join(shown(name) or "(no name)" for name in names[:_LISTED])
    return f"{some} and {len(names) - _LISTED} more" if len(names) > _LISTED else some


_SHOWN_CHARACTERS = 40
_LISTED = 20
