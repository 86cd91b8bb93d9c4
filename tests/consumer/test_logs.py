"""Logs, seen from outside the process that writes them."""

import json
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.safe_text import defused

CANARY = "canary words of a customer"
SCRIPT = f"""
import logging, sys
import structlog
from consumer import logs
logs.configure(sys.argv[1], sys.argv[2])
structlog.contextvars.bind_contextvars(worker="sink-0")
log = structlog.get_logger()
log.debug("debug.seen")
log.info("ticket.seen", ticket_id="T-1\\x1b[2J\\u202e\\n{{", partitions=["a-0"])
logging.getLogger("foreign.part").info("foreign %s", "\\x1b[2J")
logging.getLogger("uvicorn.error").info("Started server process [%d]", 7)
def fail():
    description = "{CANARY}"
    raise ValueError("wrong\\x1b[2J")
for write in (log.exception, logging.getLogger("library").exception):
    try:
        fail()
    except ValueError:
        write("it.failed")
logging.getLogger("library").debug("debug.seen")
"""


def _written(log_format: str, level: str = "info") -> str:
    command = [sys.executable, "-W", "error", "-c", SCRIPT, log_format, level]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30)
    assert not done.stdout
    return done.stderr


@pytest.fixture(scope="module")
def json_lines() -> list[dict[str, Any]]:
    return [json.loads(line) for line in _written("auto").splitlines()]


def test_where_a_machine_reads_each_event_is_a_line_of_json(json_lines: list[dict[str, Any]]) -> None:
    """Without a terminal every line is a document with event, level, time and what is bound to the process."""
    assert [line["event"] for line in json_lines] == ["ticket.seen", "library.said", "it.failed", "library.said"]
    assert [line["level"] for line in json_lines] == ["info", "info", "error", "error"]
    assert {line["worker"] for line in json_lines} == {"sink-0"}
    assert all(line["timestamp"].endswith("Z") for line in json_lines)
    assert json_lines[0]["partitions"] == ["a-0"]


def test_a_line_of_a_library_is_an_event_that_names_the_library(json_lines: list[dict[str, Any]]) -> None:
    """What the library said is a value, so that events can be counted by name."""
    said = [(line["library"], line["line"]) for line in json_lines if line["event"] == "library.said"]

    assert said == [("foreign.part", "foreign [2J"), ("library", "it.failed")]


def test_no_text_commands_the_terminal(json_lines: list[dict[str, Any]]) -> None:
    """Control characters and those that turn the direction of text are taken out, wherever they came from."""
    console = _written("console")

    assert json_lines[0]["ticket_id"] == "T-1[2J {"
    assert not any(character in console for character in "\x1b\u202e\x9b")
    assert "T-1[2J {" in console


def test_errors_are_told_with_their_place_and_without_values(json_lines: list[dict[str, Any]]) -> None:
    """Our own and a library's alike have a traceback, which shows no variable: tickets and secrets live in those."""
    console = _written("console")

    assert all("in fail\n" in line["exception"] for line in json_lines[2:])
    assert all(line["exception"].endswith("ValueError: wrong[2J") for line in json_lines[2:])
    assert console.count("ValueError: wrong[2J\n") == 2
    assert CANARY not in console
    assert CANARY not in json.dumps(json_lines)


def test_the_level_decides_what_is_written() -> None:
    """LOG_LEVEL holds for our own events and for libraries'."""
    assert _written("json", "debug").count("debug.seen") == 2
    told = [json.loads(line)["event"] for line in _written("json", "error").splitlines()]

    assert told == ["it.failed", "library.said"]


UNCAUGHT = f"""
import threading, warnings
from consumer import logs
logs.configure("json", "info")
class Odd:
    def __del__(self):
        raise ValueError("in del")
def fail():
    description = "{CANARY}"
    raise ValueError("wrong")
warnings.warn("old", DeprecationWarning)
odd = Odd()
del odd
thread = threading.Thread(target=fail, name="poller")
thread.start()
thread.join()
fail()
"""


def test_what_nothing_caught_is_an_event() -> None:
    """Warnings, and errors in a thread, in a destructor and in the main thread; without values of variables."""
    command = [sys.executable, "-W", "always", "-c", UNCAUGHT]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    lines = [json.loads(line) for line in done.stderr.splitlines()]

    assert [line["event"] for line in lines] == ["python.warned", "python.unraisable", "thread.died", "process.crashed"]
    assert "DeprecationWarning: old" in lines[0]["line"]
    assert lines[1]["place"] == "Odd.__del__"
    assert lines[2]["thread"] == "poller"
    assert all("ValueError: " in line["exception"] for line in lines[1:])
    assert CANARY not in done.stderr
    assert done.returncode == 1


@given(st.text())
def test_what_is_left_is_harmless_and_otherwise_the_same(text: str) -> None:
    """Only characters that a terminal obeys are taken out; tabs stay, and nothing is left to take out again."""
    left = defused(text)
    unsafe = {
        c for c in text if (ord(c) < 32 and c != "\t") or 127 <= ord(c) < 160 or c in "\u202a\u202b\u202c\u202d\u202e"
    }

    assert not unsafe & set(left)
    assert defused(left) == left
    assert [c for c in left if c.isalnum()] == [c for c in text if c.isalnum()]


LIBRARY = """
import logging, sys
import structlog
from consumer import logs
{before}
logs.configure_as_library()
log = structlog.get_logger("consumer.library")
log.info("info.seen", name="a\x1b[2J")
log.warning("warning.seen", name="a\x1b[2J")
"""


@pytest.mark.parametrize(
    ("before", "out", "err"),
    [
        ("", "", "event='warning.seen' name='a[2J'\n"),
        (
            "logging.basicConfig(level='INFO', format='%(name)s %(levelname)s %(message)s')",
            "",
            (
                "consumer.library INFO event='info.seen' name='a[2J'\n"
                "consumer.library WARNING event='warning.seen' name='a[2J'\n"
            ),
        ),
        ("structlog.configure(processors=[lambda *a: a[2]['event']])", "info.seen\nwarning.seen\n", ""),
    ],
)
def test_a_library_writes_where_its_program_writes(before: str, out: str, err: str) -> None:
    """To `logging`, whose own level and format hold, unless the program set up structlog itself."""
    command = [sys.executable, "-W", "error", "-c", LIBRARY.format(before=before)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30)

    assert (done.stdout, done.stderr) == (out, err)
