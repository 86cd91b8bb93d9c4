"""The same line of the log, again and again."""

import json
import logging
import subprocess
import sys
from typing import Any

import pytest

from serving.repeated_lines import EQUAL_OTHERS, FROM_ONE_PLACE, WITHIN_S, Left, LineCounts, RepeatedLines
from tests.support.waiting import until

# Every kind of line: of a library, of asyncio, of uvicorn, with a traceback, and our own.
FLOODS = """
import asyncio, logging, sys, structlog
from consumer import logs
logs.configure("json", "info")
log = structlog.get_logger("ours")
loop = asyncio.new_event_loop()
def fail():
    raise OSError(24, "Too many open files")
for number in range(2000):
    logging.getLogger("library").warning("cannot open %s", "a socket")
    logging.getLogger("uvicorn.error").warning("Invalid HTTP request received.")
    loop.call_exception_handler({"message": "socket.accept() out of system resource"})
    log.error("worker.not_heard", detail="nothing came")
    log.error("record.odd", offset=number)
    logging.getLogger("library").error(f"number {number}")
    log.info("group.joined")
    log.warning("clickhouse.unavailable", detail="it was refused", retry_in_s=number / 7)
    try:
        fail()
    except OSError:
        log.exception("it.failed")
        logging.getLogger("library").exception("it failed")
loop.close()
"""


@pytest.fixture(scope="module")
def flood() -> list[dict[str, Any]]:
    """What is written of 20,000 lines."""
    command = [sys.executable, "-W", "error", "-c", FLOODS]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    return [json.loads(line) for line in done.stderr.splitlines()]


def _times(flood: list[dict[str, Any]], said: str) -> int:
    """How often an event of ours, or a line of a library, was written."""
    return sum(said in {line["event"], line.get("line")} and line["event"] != "log.repeated" for line in flood)


@pytest.mark.parametrize(
    "event",
    [
        "cannot open a socket",
        "Invalid HTTP request received.",
        "socket.accept() out of system resource",
        "worker.not_heard",
        "it.failed",
        "it failed",
        "clickhouse.unavailable",
    ],
)
def test_an_equal_line_is_told_once_with_a_count(flood: list[dict[str, Any]], event: str) -> None:
    """Whoever writes it; the count comes when the process ends, if its minute is not over before."""
    [more] = [line for line in flood if line["event"] == "log.repeated" and line["line"].startswith(event)]

    assert _times(flood, event) == 1
    assert more["more"] == 1999
    assert more["within_s"] == WITHIN_S


def test_a_state_that_comes_and_goes_is_told_a_few_times(flood: list[dict[str, Any]]) -> None:
    """Below a warning."""
    assert _times(flood, "group.joined") == EQUAL_OTHERS


def test_lines_that_differ_in_a_value_are_bounded_too(flood: list[dict[str, Any]]) -> None:
    """Lines from one place in the code, ours and a library's."""
    assert _times(flood, "record.odd") == FROM_ONE_PLACE
    assert sum(line.get("line", "").startswith("number ") and "library" in line for line in flood) == FROM_ONE_PLACE
    assert sum(line.get("more") == 2000 - FROM_ONE_PLACE for line in flood) == 2


def test_a_flood_is_a_few_lines(flood: list[dict[str, Any]]) -> None:
    """Altogether."""
    assert len(flood) < 160


def _record(text: str, level: int = logging.WARNING, line: int = 1) -> logging.LogRecord:
    return logging.LogRecord("library", level, __file__, line, text, None, None)


def test_after_a_minute_it_is_told_again() -> None:
    """With how often it came meanwhile; a line that came once leaves nothing to tell."""
    counts = LineCounts()
    written = [counts.come(_record("again"), now) for now in (0.0, 1.0, 59.0)]
    counts.come(_record("once", line=2), 0.0)

    assert written == [True, False, False]
    assert counts.over(WITHIN_S - 0.1) == []
    assert counts.over(WITHIN_S) == [Left("library", logging.WARNING, "again", 2)]
    assert counts.come(_record("again"), WITHIN_S)


def test_lines_for_debugging_are_never_left_out() -> None:
    """Who asks for them wants them all."""
    counts = LineCounts()

    assert all(counts.come(_record("x", logging.DEBUG), 0.0) for _ in range(1000))


def test_what_is_kept_is_bounded() -> None:
    """A million different lines are not remembered."""
    counts = LineCounts()
    for number in range(10_000):
        counts.come(_record(f"line {number}"), 0.0)
    [left] = counts.over(WITHIN_S)

    assert left.times == 10_000 - FROM_ONE_PLACE


def test_the_count_comes_without_another_line() -> None:
    """A thread tells it when the minute is over, and ends when there is nothing left to tell."""
    told: list[Left] = []
    now = [0.0]
    repeated = RepeatedLines(told.append, lambda: now[0])
    for _ in range(3):
        repeated.filter(_record("again"))
    now[0] = WITHIN_S
    until(lambda: told)

    assert told == [Left("library", logging.WARNING, "again", 2)]


def test_a_secret_in_a_line_that_is_left_out_stays_hidden() -> None:
    """However long the line is: a part of a secret is no secret to whoever hides them."""
    script = """
import logging
from consumer import logs
logs.configure("json", "info")
for _ in range(3):
    logging.getLogger("library").warning("x" * %d + " http://user:hunter2hunter2@models.example.com/a failed")
"""
    for before in (150, 170, 180):
        done = subprocess.run(
            [sys.executable, "-c", script % before], capture_output=True, text=True, check=True, timeout=60
        )
        assert "log.repeated" in done.stderr
        assert "hunter" not in done.stderr
