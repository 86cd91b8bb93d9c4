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

from consumer.commands.ticket_files import tickets_of
from schemas.codec import Decoder, Encoder
from schemas.events import TicketCreated
from schemas.position import Position
from tickets.files.bad_lines import BadLine, FileRefused
from tickets.files.names import TICKET
from tickets.files.ticket_file import Choices, opened_tickets

NOW_MS = 1_763_842_000_000
CANARY = "canary words of a customer"
MAX_BYTES = 262_144
texts = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=30)
rows = st.lists(
    st.fixed_dictionaries(
        {"subject": texts, "description": texts.map(lambda text: text + "x")},
        optional={"language": st.sampled_from(["es", "en"]), "channel": texts, "other": texts},
    ),
    min_size=1,
    max_size=5,
)


def _read(path: Path, choices: Choices | None = None, now_ms: int = NOW_MS) -> list[TicketCreated | BadLine]:
    with opened_tickets(path, TICKET, choices or Choices()) as file:
        return [row if isinstance(row, BadLine) else row.ticket for row in tickets_of(file, now_ms, MAX_BYTES)]


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
    """The columns of the file become the ticket's fields, other columns attributes; empty lines are skipped."""
    line = {"id": 7, "subject": "S", "description": "D", "language": "es", "channel": "mail", "category": "x"}
    (ticket,) = _tickets(_read(_written(tmp_path, name, "", line, "  ")))

    assert {key: value for key, value in ticket.items() if key != "event_id"} == {
        "ticket_id": "7", "subject": "S", "description": "D", "language": "es", "channel": "mail",
        "attributes": {"category": "x"}, "created_at": NOW_MS,
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
    again = _tickets(_read(_written(folder, "b.jsonl.gz", *reversed(lines)), now_ms=NOW_MS + 5))

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
        ('{"subject": "S", "note": "\\ud83d"}', "is not UTF-8"),
        ('{"subject": "S", "\\ud83d": "note"}', "is not UTF-8"),
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
    path.write_bytes("subject,description\nuno,bién\n".encode() + "dos,no puedo pagar ésta\n".encode("latin-1"))
    found = _read(path)

    assert _problems(found) == {3: "is not UTF-8"}
    assert [ticket["subject"] for ticket in _tickets(found)] == ["uno"]


def test_a_byte_order_mark_is_no_part_of_the_first_column(tmp_path: Path) -> None:
    """A byte order mark is skipped: spreadsheets write one."""
    path = tmp_path / "t.csv"
    path.write_bytes("\ufeffsubject,description,ticket_id\r\nS,D,9\r\n".encode())
    (ticket,) = _tickets(_read(path))

    assert (ticket["subject"], ticket["ticket_id"]) == ("S", "9")


def test_a_ticket_as_long_as_the_service_takes_is_read_from_csv(tmp_path: Path) -> None:
    """A field may be longer than the csv module's limit; one that never ends is a bad line, and reading goes on."""
    path = tmp_path / "t.csv"
    endless = '"' + ("x" * 99 + "\n") * 12_000
    path.write_text(f"subject,description\nlong,{'x' * 250_000}\nendless,{endless}last,ok\n")
    found = _read(path)

    assert len(_tickets(found)[0]["description"]) == 250_000
    assert any("is not CSV" in problem for problem in _problems(found).values())
    assert _tickets(found)[-1]["subject"] == "last"


def test_a_ticket_that_the_service_would_refuse_for_its_size_is_a_bad_line(tmp_path: Path) -> None:
    """It would become a dead letter; attributes count too."""
    found = _read(_written(tmp_path, "t.jsonl", {"subject": "S", "log": "x" * MAX_BYTES}, {"subject": "S"}))

    assert _problems(found) == {1: "is larger than MAX_TICKET_BYTES=262144, attributes included"}


def test_a_csv_without_its_columns_is_refused(tmp_path: Path) -> None:
    """A CSV file without its first line is refused before anything is published."""
    with pytest.raises(FileRefused, match="no column named subject or description"):
        _read(_written(tmp_path, "t.csv", "Hello,world", "S,D"))


@pytest.mark.parametrize(
    ("name", "content", "ticket_id", "event_id"),
    [
        ("t.jsonl", '{"subject": "Hola"}', "T-93ad95ac57f903c3", "7903eca3-4f48-5cbe-9cf8-44d3e673f9bf"),
        (
            "t.jsonl",
            '{"id": 7, "subject": "S", "description": "D", "language": "es", "channel": "mail"}',
            "7",
            "35408975-a08f-5d9c-ab15-b98c4d3e2821",
        ),
        ("t.jsonl", '{"ticket_id": "a", "description": "D"}', "a", "e46da1d9-9936-51c7-82a9-2f0a09a5121b"),
        (
            "t.csv",
            'subject,description\nHola,"No, gracias"\n',
            "T-8c21f5cdf61f05c4",
            "fb40006d-7157-5c02-a2a1-cc589c879565",
        ),
        (
            "t.csv",
            "id,subject,description,language,channel\n7,S,D,,\n",
            "7",
            "a9275ce1-0947-56bd-beba-75b13bd3f0a4",
        ),
        ("t.csv", "ticket_id,description\n,D\n", "T-ac9d62a56460b36a", "a7b0b2fa-5206-584a-8ef6-cf37026d7908"),
    ],
)
def test_ids_stay_as_they_were(tmp_path: Path, name: str, content: str, ticket_id: str, event_id: str) -> None:
    """Files that were published before other columns and other names were read repeat nothing."""
    (ticket,) = _tickets(_read(_written(tmp_path, name, content)))

    assert (ticket["ticket_id"], ticket["event_id"]) == (ticket_id, event_id)


def test_customers_with_equal_texts_are_told_apart_by_any_column(tmp_path: Path) -> None:
    """An id under a name that nobody knows, or a date, makes two tickets; the same row twice is one."""
    header = "subject,Vorgangszeichen,Created at"
    rows = ["Refund,A-1,", "Refund,A-2,", "Refund,,2026-11-29 10:00:00", "Refund,,2026-11-29 10:00:01", "Refund,A-1,"]
    found = _tickets(_read(_written(tmp_path, "t.csv", header, *rows)))

    assert len({ticket["ticket_id"] for ticket in found}) == 4
    assert len({ticket["event_id"] for ticket in found}) == 4
    assert found[0]["attributes"] == {"Vorgangszeichen": "A-1"}


@pytest.mark.parametrize(
    ("value", "created_at"),
    [
        ('"2026-11-29T10:00:00Z"', 1_795_946_400_000),
        ('"29/11/2026 10:00"', 1_795_946_400_000),
        ("1795946400", 1_795_946_400_000),
        ("1795946400.25", 1_795_946_400_250),
        ("1795946400000", 1_795_946_400_000),
        ("null", NOW_MS),
        ('" "', NOW_MS),
    ],
)
def test_imported_history_keeps_its_dates(tmp_path: Path, value: str, created_at: int) -> None:
    """A ticket without a date is dated now, and that does not make another event of it."""
    path = _written(tmp_path, "t.jsonl", f'{{"subject": "S", "created_at": {value}}}')
    (ticket,), (again,) = _tickets(_read(path)), _tickets(_read(path, now_ms=NOW_MS + 1))

    assert ticket["created_at"] == created_at
    assert ticket["event_id"] == again["event_id"]


@pytest.mark.parametrize("value", ['"yesterday"', '"1995-01-01"', "true", "[1]", "12"])
def test_a_date_that_cannot_be_read_is_a_bad_line(tmp_path: Path, value: str) -> None:
    """The ticket is not dated today instead."""
    found = _read(_written(tmp_path, "t.jsonl", f'{{"subject": "S", "created_at": {value}}}', {"subject": "S"}))

    assert [problem.startswith("created_at: not") for problem in _problems(found).values()] == [True]
    assert list(_problems(found)) == [1]
