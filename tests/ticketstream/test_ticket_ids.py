"""Ids of tickets from files, as people have them."""

import gzip
from pathlib import Path

import pytest

from consumer.errors import ConfigurationError
from ticketstream.ticket_ids import ids_in


def _file(folder: Path, content: bytes, name: str = "ids.txt") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("content", "column", "ids"),
    [
        (b"T-1\nT-2\n\n  T-1 \r\n", None, ["T-1", "T-2"]),
        (b"T-1", None, ["T-1"]),
        (b"Ticket ID;name\nT-1;Ann\nT-2;Bob\n;nobody\n", None, ["T-1", "T-2"]),
        (b'name,ticket_id\n"Ann, dear","T,1"\n', None, ["T,1"]),
        (b"\xef\xbb\xbfid\n12\n", None, ["12"]),
        ("vorgang\tname\nÄ-1\tAnn\n".encode("utf-16"), "Vorgang", ["Ä-1"]),
        (gzip.compress(b"T-1\nT-2\n", mtime=0), None, ["T-1", "T-2"]),
        # No name of a column is among these: each line is an id.
        (b"a,b\nc,d\n", None, ["a,b", "c,d"]),
    ],
)
def test_files_of_ids(tmp_path: Path, content: bytes, column: str | None, ids: list[str]) -> None:
    """An id a line, or the column of a CSV, each once."""
    assert ids_in(_file(tmp_path, content), column) == ids


@pytest.mark.parametrize(
    ("content", "column", "said"),
    [(b"\n \n", None, "names no ticket"), (b"a,b\n1,2\n", "ticket", "has no column ticket; its first line names a, b")],
)
def test_files_without_ids(tmp_path: Path, content: bytes, column: str | None, said: str) -> None:
    """The mend is named, and nothing is forgotten."""
    with pytest.raises(ConfigurationError, match=said):
        ids_in(_file(tmp_path, content), column)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """It is no traceback."""
    with pytest.raises(ConfigurationError, match=r"none\.csv cannot be read"):
        ids_in(tmp_path / "none.csv", None)
