"""Every command on terminals of all kinds: narrow ones, old encodings, readers that leave, and hostile texts."""

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from rich.cells import cell_len
from werkzeug import Request, Response

from analytics.clickhouse.client import Client
from analytics.store.row_writer import RowWriter
from tests.support.clickhouse_process import DoorProcess
from tests.support.stored_events import categorized, corrected, operation
from tests.support.terminals import BARE, on_terminal, piped
from tests.terminal.test_safe_text import commands

HOSTILE = "\x1b]0;owned\x07\x1b[2J\u202e\x9b31m\r\nnext"
HELPS = [
    *(
        ["ticketstream", *name, "--help"]
        for name in ([], ["dlq"], ["dlq", "replay"], ["publish"], ["report"], ["init"])
    ),
    *(["classifier", *name, "--help"] for name in ([], ["serve"])),
]
# Streams that cannot write what we write: Python's own choice, and what follows from old locales.
LATIN, ASCII, WINDOWS = ({"PYTHONIOENCODING": name} for name in ("latin-1", "ascii", "cp1252"))
OLD = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}


@pytest.fixture
def settings(door: DoorProcess, client: Client) -> dict[str, str]:
    """The settings of commands that ask ClickHouse, which holds tickets with names that command a terminal."""
    at_ms = time.time_ns() // 1_000_000 - 60_000
    RowWriter(client).write(
        [
            *(categorized(f"T-{number}", number, at_ms=at_ms) for number in range(240)),
            categorized("hostile", 240, at_ms=at_ms, category=HOSTILE, model=HOSTILE, explanation=[HOSTILE]),
            *(corrected(f"T-{number}", "account", number, at_ms=at_ms + 1000) for number in range(40)),
            corrected("hostile", HOSTILE, 240, at_ms=at_ms + 1000, reason=HOSTILE, corrected_by=HOSTILE),
            *(operation(offset=number, started_at=at_ms * 1000) for number in range(5)),
        ]
    )
    return {"CLICKHOUSE_URL": door.url, "CLICKHOUSE_DATABASE": client.database}


def is_table(line: str) -> bool:
    return line.startswith(("┃", "│", "┏", "┡", "└", "|", "+"))


@pytest.mark.parametrize(
    ("name", "columns"), [("accuracy", 40), ("accuracy", 80), ("categories", 80), ("bottlenecks", 80)]
)
def test_reports_fit_the_terminal(settings: dict[str, str], tmp_path: Path, name: str, columns: int) -> None:
    """No line is wider than the terminal, and no cell holds less than a word."""
    done = on_terminal(["ticketstream", "report", name], tmp_path, columns, settings)
    wide = piped(["ticketstream", "report", name], tmp_path, settings)
    words = set(re.findall(r"[\w.%(),:-]+", wide.out.decode()))
    tables = [line for line in done.lines if is_table(line)]

    assert done.code == 0
    assert tables
    assert max(map(cell_len, done.lines)) <= columns
    assert not set(re.findall(r"[\w.%(),:-]+", "\n".join(tables))) - words


@pytest.mark.parametrize("columns", ["50", "80", "120"])
def test_piped_output_obeys_columns(settings: dict[str, str], tmp_path: Path, columns: str) -> None:
    """COLUMNS says how wide a table may be where there is no terminal."""
    done = piped(["ticketstream", "report", "accuracy"], tmp_path, {**settings, "COLUMNS": columns})

    assert done.code == 0
    assert max(map(cell_len, done.lines)) <= int(columns)


@pytest.mark.parametrize(
    ("poor", "arguments"),
    [
        (LATIN, ["report", "accuracy"]),
        (ASCII, ["report", "confusion"]),
        (OLD, ["report", "accuracy"]),
        (WINDOWS, ["report", "categories", "--format", "csv"]),
        (ASCII, ["explain", "hostile"]),
        (LATIN, ["explain", "支付"]),
        (ASCII, ["report", "支付"]),
        (LATIN, ["report", "accuracy", "--since", "支付"]),
        (OLD, ["publish", "支付.csv"]),
        (LATIN, ["doctor"]),
    ],
    ids=str,
)
def test_what_an_encoding_lacks_is_replaced(
    settings: dict[str, str], tmp_path: Path, arguments: list[str], poor: dict[str, str]
) -> None:
    """No command ends in a traceback for a letter that the terminal does not know; tables are drawn in ASCII."""
    done = piped(["ticketstream", *arguments], tmp_path, {**settings, **poor})

    assert b"Traceback" not in done.errors
    assert b"Error: " in done.errors or b"ticketstream: " in done.errors or done.out
    if arguments == ["report", "accuracy"]:
        assert b"+-------------+" in done.out


@pytest.mark.parametrize("arguments", HELPS, ids=" ".join)
def test_help_is_plain(tmp_path: Path, arguments: list[str]) -> None:
    """Help is plain: no frames, no colours, nothing wider than the terminal."""
    done = piped(arguments, tmp_path, {"COLUMNS": "80"})

    assert (done.code, done.errors) == (0, b"")
    assert done.out.startswith(b"Usage: python -m ")
    assert commands(done.out.decode(), "\n") == []
    assert not set(done.out.decode()) & set("│─╭")
    assert max(map(len, done.lines)) <= 80


@pytest.mark.parametrize("arguments", [["report", "accuracy"], ["report", "latency", "--format", "csv"]])
def test_a_reader_that_leaves_is_no_error(settings: dict[str, str], tmp_path: Path, arguments: list[str]) -> None:
    """`| head` ends a command without a word."""
    with subprocess.Popen(
        [sys.executable, "-m", "ticketstream", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**BARE, **settings},
        cwd=tmp_path,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        errors = process.stderr.read()

    assert errors == b""
    assert process.returncode == 1


def test_a_full_disk_is_told(settings: dict[str, str], tmp_path: Path) -> None:
    """Output that cannot be written ends in a sentence and with 1."""
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done = subprocess.run(
            [sys.executable, "-m", "ticketstream", "report", "accuracy"],
            stdout=full,
            stderr=subprocess.PIPE,
            env={**BARE, **settings},
            cwd=tmp_path,
            check=False,
        )

    assert done.returncode == 1
    assert done.stderr.startswith(b"ticketstream: ")
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("closed", ["<&-", ">&- 2>&-"])
def test_closed_streams_are_no_error(settings: dict[str, str], tmp_path: Path, closed: str) -> None:
    """A program may be started without streams."""
    done = subprocess.run(
        ["/bin/sh", "-c", f'"$0" -m ticketstream report accuracy {closed}', sys.executable],
        env={**BARE, **settings},
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )

    assert (done.returncode, b"Traceback" in done.stderr) == (0, False)


@pytest.mark.parametrize(
    "arguments",
    [
        ["report", "accuracy"],
        ["report", "confusion", "--format", "json"],
        ["report", "accuracy", "--format", "csv", "--table", "categories"],
        ["explain", "hostile"],
        ["explain", "hostile", "--format", "json"],
        ["explain", HOSTILE],
        ["report", HOSTILE],
        ["report", "accuracy", "--category", HOSTILE],
        ["report", "accuracy", "--table", HOSTILE],
        ["report", "accuracy", f"--{HOSTILE}"],
        [HOSTILE],
        ["publish", f"{HOSTILE}[/].csv", "--dry-run"],
        ["dlq", "show", HOSTILE],
        ["init", HOSTILE, "--categories", f"{HOSTILE}; other"],
        ["init", "shop", "--from", f"{HOSTILE}.csv"],
        ["init", HOSTILE, "--merge", HOSTILE, "--example", "bank"],
        ["train", HOSTILE],
        ["taxonomy", "check", "--file", HOSTILE],
        ["taxonomy", "rename", HOSTILE, HOSTILE, "--name", HOSTILE],
    ],
    ids=ascii,
)
def test_no_text_commands_the_terminal(settings: dict[str, str], tmp_path: Path, arguments: list[str]) -> None:
    """What is stored and what is given never reaches a terminal as it is, in any format and any error."""
    done = on_terminal(["ticketstream", *arguments], tmp_path, 100, settings)

    assert done.lines
    assert done.code in {0, 1, 2}
    assert [line for line in done.lines if commands(_without_progress(line))] == []
    assert not any(line.startswith("next") for line in done.lines)
    assert "Traceback" not in done.out.decode()


def _without_progress(line: str) -> str:
    """What a line shows beside the sequences that our own spinner moves the cursor with."""
    return re.sub(r"\x1b\[(\?25[lh]|[12]?K|1A|[0-9;]*m)|\r", "", line)


@pytest.fixture
def hostile_server(httpserver: HTTPServer) -> Iterator[HTTPServer]:
    """A server that answers everything with what commands a terminal."""

    def answer(request: Request) -> Response:
        tickets: list[Any] = (request.get_json(silent=True) or {}).get("tickets", [{}])
        body = {
            "model": HOSTILE,
            "error_code": 42201,
            "message": HOSTILE,
            "predictions": [
                {"category": HOSTILE, "subcategory": HOSTILE, "confidence": 0.9, "id": ticket.get("id")}
                for ticket in tickets
            ],
        }
        response = Response(json.dumps(body, ensure_ascii=False), 200, content_type="application/json")
        if request.query_string or request.path.startswith("/registry"):
            response = Response(HOSTILE * 3, 500, {"X-ClickHouse-Exception-Code": "60"}, content_type="text/plain")
        return response

    httpserver.expect_request(re.compile(".*")).respond_with_handler(answer)
    yield httpserver
    httpserver.clear()


def test_doctor_shows_servers_answers_safely(hostile_server: HTTPServer, tmp_path: Path) -> None:
    """The names and errors of a model, of ClickHouse and of the schema registry are shown, never obeyed."""
    address = hostile_server.url_for("/")
    settings = {
        "ML_API_URL": address,
        "CLICKHOUSE_URL": address,
        "SCHEMA_REGISTRY_URL": f"{address}registry",
        "NO_PROXY": "*",
    }
    done = on_terminal(["ticketstream", "doctor"], tmp_path, 200, settings)
    shown = done.out.decode()

    assert done.code == 1
    assert [part for part in ("model:", "clickhouse:", "registry:") if part not in shown] == []
    assert [line for line in done.lines if commands(re.sub(r"\x1b\[[0-9;]*m", "", line))] == []
    assert "Traceback" not in shown
