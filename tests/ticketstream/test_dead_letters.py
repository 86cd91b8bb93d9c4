"""Dead letters as a table and as JSON."""

import io
import json
from contextlib import redirect_stdout

import pytest

from consumer.commands.dlq_letters import Letter, State
from consumer.kafka.records import Record
from schemas.position import Position
from ticketstream.dead_letters import letter_json, letters_table


class Terminal(io.StringIO):
    """An output that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def a_letter(ticket: str = "TKT-1", detail: str = "subject is empty") -> Letter:
    headers = {
        "ts-reason": "invalid_field",
        "ts-topic": "ticket-created",
        "ts-detail": detail,
        "ts-failed-at": "2026-11-22T12:00:00.000Z",
        "ts-replays": "2",
    }
    kept: list[tuple[str, str | bytes | None]] = [(name, text.encode()) for name, text in headers.items()]
    return Letter(Record(Position("ticket-dead-letter", 3, 17, 0), ticket.encode(), b"{}", kept), State.open)


def test_a_letter_is_a_row() -> None:
    """Each letter is one row that says which it is, why it failed and how often it was replayed."""
    head, row = (line for line in letters_table([a_letter()]).splitlines() if line[0] in "┃│")

    assert [cell.strip() for cell in head.strip("┃").split("┃")] == [
        *("letter", "failed at", "state", "reason", "topic", "ticket", "replays", "detail")
    ]
    assert [cell.strip() for cell in row.strip("│").split("│")] == [
        *("3@17", "2026-11-22T12:00:00.000Z", "open", "invalid_field", "ticket-created", "TKT-1", "2"),
        "subject is empty",
    ]


def test_without_a_terminal_a_row_is_one_line() -> None:
    """Programs such as grep find all of a letter in one line, however long its detail is."""
    detail = "x" * 500

    (line,) = (line for line in letters_table([a_letter(detail=detail)]).splitlines() if "TKT-1" in line)

    assert detail in line


@pytest.mark.parametrize("columns", [60, 100, 200])
def test_on_a_terminal_nothing_is_wider_than_it(monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    """Long cells are folded, and nothing of them is lost."""
    monkeypatch.setenv("COLUMNS", str(columns))
    with redirect_stdout(Terminal()):
        lines = letters_table([a_letter("T" * 90, "x" * 500)]).splitlines()

    assert max(map(len, lines)) <= columns
    assert sum(line.count("x") for line in lines) == 500
    assert sum(line.count("T") for line in lines if line.startswith("│")) >= 90


def test_a_letter_cannot_steer_the_terminal() -> None:
    """Escape sequences, line breaks and markup of a record are shown, not obeyed."""
    table = letters_table([a_letter("\x1b[31m[bold]red\nrow")])

    assert "\N{REPLACEMENT CHARACTER}[31m[bold]red\N{REPLACEMENT CHARACTER}row" in table


def test_a_letter_as_json() -> None:
    """Programs read one line: where the letter is, its state, and its headers as text."""
    line = letter_json(a_letter("Zürich"))
    document = json.loads(line)

    assert "Zürich" in line
    assert "\n" not in line
    assert document.pop("headers")["ts-detail"] == "subject is empty"
    assert document == {"partition": 3, "offset": 17, "state": "open", "key": "Zürich", "bytes": 2}
