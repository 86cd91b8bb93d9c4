"""Tickets from files."""

import csv
import gzip
import io
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumer.commands.ticket_files import BadLine, count_lines, read_tickets
from schemas.codec import Decoder, Encoder
from schemas.events import TicketCreated
from schemas.position import Position

NOW_MS = 1_763_842_000_000
CANARY = "canary words of a customer"
DAMAGED = r"damaged|CRC|Not a gzip"
texts = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=30)
rows = st.lists(
    st.fixed_dictionaries(
        {"subject": texts, "description": texts.map(lambda text: text + "x")},
        optional={"language": st.sampled_from(["es", "en"]), "channel": texts, "other": texts},
    ),
    min_size=1,
    max_size=5,
)


def _read(path: Path) -> list[TicketCreated | BadLine]:
    return list(read_tickets(path, NOW_MS))


def _written(folder: Path, name: str, *lines: Any) -> Path:
    path = folder / name
    text = "".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines)
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
    return path


def _tickets(found: list[TicketCreated | BadLine]) -> list[TicketCreated]:
    return [line for line in found if not isinstance(line, BadLine)]


def _problems(found: list[TicketCreated | BadLine]) -> dict[int, str]:
    return {bad.line: bad.problem for bad in found if isinstance(bad, BadLine)}


@pytest.mark.parametrize("name", ["t.jsonl", "t.ndjson", "t.JSONL", "t.jsonl.gz"])
def test_a_line_is_a_ticket(tmp_path: Path, name: str) -> None:
    """The columns of the file become the ticket's fields; other columns are ignored, empty lines skipped."""
    line = {"id": 7, "subject": "S", "description": "D", "language": "es", "channel": "mail", "category": "x"}
    (ticket,) = _tickets(_read(_written(tmp_path, name, "", line, "  ")))

    assert {key: value for key, value in ticket.items() if key != "event_id"} == {
        "ticket_id": "7", "subject": "S", "description": "D", "language": "es", "channel": "mail", "attributes": {},
        "created_at": NOW_MS,
    }  # fmt: skip


@given(rows)
def test_jsonl_and_csv_of_the_same_tickets_are_the_same(
    tmp_path_factory: pytest.TempPathFactory, lines: list[dict[str, str]]
) -> None:
    """Quotes, commas and line breaks within fields survive, and ids made from content do not depend on the format."""
    folder = tmp_path_factory.mktemp("tickets")
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, ["subject", "description", "language", "channel", "other"])
    writer.writeheader()
    writer.writerows(lines)
    (folder / "t.csv").write_bytes(text.getvalue().encode())
    empty_is_absent = [{name: value for name, value in line.items() if value} for line in lines]
    from_csv = _tickets(_read(folder / "t.csv"))
    from_json = _tickets(_read(_written(folder, "t.jsonl", *empty_is_absent)))

    assert [(t["subject"], t["description"], t["language"]) for t in from_json] == [
        (t["subject"], t["description"], t["language"]) for t in from_csv
    ]
    assert len(from_csv) == len(lines)


@given(rows)
def test_ids_made_from_content_are_stable(
    tmp_path_factory: pytest.TempPathFactory, lines: list[dict[str, str]]
) -> None:
    """A second run, also over the lines in a different order, gives every line the same ids."""
    folder = tmp_path_factory.mktemp("tickets")
    first = _tickets(_read(_written(folder, "a.jsonl", *lines)))
    again = _tickets(list(read_tickets(_written(folder, "b.jsonl.gz", *reversed(lines)), NOW_MS + 5)))

    assert sorted((t["ticket_id"], t["event_id"]) for t in first) == sorted(
        (t["ticket_id"], t["event_id"]) for t in again
    )


def test_ids_differ_where_contents_do(tmp_path: Path) -> None:
    """The same text with a different id is a different ticket and a different event."""
    lines = [{"id": "a", "subject": "S"}, {"id": "b", "subject": "S"}, {"subject": "S"}, {"description": "S"}]
    found = _tickets(_read(_written(tmp_path, "t.jsonl", *lines)))

    assert len({ticket["event_id"] for ticket in found}) == 4
    assert len({ticket["ticket_id"] for ticket in found}) == 4


@given(rows)
def test_what_is_read_can_be_published(tmp_path_factory: pytest.TempPathFactory, lines: list[dict[str, str]]) -> None:
    """Every line that is not bad is encoded and decoded without a change."""
    folder = tmp_path_factory.mktemp("tickets")
    encoder, decoder = Encoder("TicketCreated", "single-object", "t"), Decoder("TicketCreated")
    for ticket in _tickets(_read(_written(folder, "t.jsonl", *lines))):
        assert ticket == decoder.decode(encoder.encode(ticket), Position("t", 0, 0, 0))


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        (f'{{"subject": "{CANARY}"', "is not JSON"),
        (f'"{CANARY}"', "is not a JSON object"),
        ("[1]", "is not a JSON object"),
        ("[" * 100_000, "is not JSON"),
        ('{"id": ' + "9" * 5_000 + ', "subject": "S"}', "is not JSON"),
        ({"id": "x"}, "has neither subject nor description"),
        ({"subject": " ", "description": ""}, "has neither subject nor description"),
        ({"subject": [CANARY], "description": {"a": 1}}, "subject, description: not text"),
        ({"id": 1.5, "subject": "S"}, "id: not text"),
        ({"id": f"{CANARY}\x1b[2J", "subject": "S"}, "ticket_id: contains control characters"),
        ({"id": CANARY * 20, "subject": "S"}, "ticket_id: longer than 256 characters"),
        ('{"subject": "\\ud83d"}', "is not UTF-8"),
    ],
)
def test_a_bad_line_is_named_and_the_others_are_read(tmp_path: Path, line: Any, problem: str) -> None:
    """A bad line has its number and its problem, without its text."""
    found = _read(_written(tmp_path, "t.jsonl", {"subject": "first"}, "", line, {"subject": "last"}))

    assert _problems(found) == {3: problem}
    assert [ticket["subject"] for ticket in _tickets(found)] == ["first", "last"]


def test_bytes_that_are_no_utf_8_are_a_bad_line(tmp_path: Path) -> None:
    """A file that is not UTF-8 is not published with replaced characters."""
    path = tmp_path / "t.csv"
    path.write_bytes("subject,description\nuno,bien\ndos,no puedo pagar ésta\ntres,bien\n".encode("latin-1"))
    found = _read(path)

    assert _problems(found) == {3: "is not UTF-8"}
    assert [ticket["subject"] for ticket in _tickets(found)] == ["uno", "tres"]


def test_a_byte_order_mark_is_no_part_of_the_first_column(tmp_path: Path) -> None:
    """A byte order mark is skipped: spreadsheets write one."""
    path = tmp_path / "t.csv"
    path.write_bytes("\ufeffsubject,description,ticket_id\r\nS,D,9\r\n".encode())
    (ticket,) = _tickets(_read(path))

    assert (ticket["subject"], ticket["ticket_id"]) == ("S", "9")


def test_a_ticket_as_long_as_the_service_takes_is_read_from_csv(tmp_path: Path) -> None:
    """A field may be longer than Python's own limit; one that never ends is a bad line, and reading goes on."""
    path = tmp_path / "t.csv"
    endless = '"' + "x\n" * 300_000
    path.write_text(f"subject,description\nlong,{'x' * 250_000}\nendless,{endless}last,ok\n")
    found = _read(path)

    assert len(_tickets(found)[0]["description"]) == 250_000
    assert any("is not CSV" in problem for problem in _problems(found).values())
    assert _tickets(found)[-1]["subject"] == "last"


@pytest.mark.parametrize("name", ["t.txt", "t", "t.gz", "t.xlsx"])
def test_another_kind_of_file_is_refused(tmp_path: Path, name: str) -> None:
    """The message says which formats are read."""
    with pytest.raises(ValueError, match=r"neither \.jsonl nor \.csv"):
        _read(_written(tmp_path, name, {"subject": "S"}))


def test_a_csv_without_its_columns_is_refused(tmp_path: Path) -> None:
    """A CSV file without its first line is refused before anything is published."""
    with pytest.raises(ValueError, match="no column named subject or description"):
        _read(_written(tmp_path, "t.csv", "Hello,world", "S,D"))


def test_a_damaged_archive_is_an_unreadable_file(tmp_path: Path) -> None:
    """A truncated or corrupted archive is reported as a file that cannot be read, while it is read."""
    whole = gzip.compress(b"".join(json.dumps({"subject": str(n)}).encode() + b"\n" for n in range(1000)))
    corrupted = bytearray(whole)
    corrupted[len(whole) // 2 : len(whole) // 2 + 20] = b"\xff" * 20
    for damaged in (whole[:-100], bytes(corrupted), b"no archive"):
        path = tmp_path / "t.jsonl.gz"
        path.write_bytes(damaged)

        with pytest.raises(OSError, match=DAMAGED):
            _read(path)
        with pytest.raises(OSError, match=DAMAGED):
            count_lines(path)


def test_a_missing_file_is_an_unreadable_file(tmp_path: Path) -> None:
    """The operating system's error names the file."""
    with pytest.raises(FileNotFoundError, match=r"nowhere\.jsonl"):
        _read(tmp_path / "nowhere.jsonl")


def test_lines_are_counted(tmp_path: Path) -> None:
    """Lines are counted for the progress bar, in archives too."""
    assert count_lines(_written(tmp_path, "t.jsonl", "a", "", "b")) == 3
    assert count_lines(_written(tmp_path, "t.jsonl.gz", "a", "b")) == 2
