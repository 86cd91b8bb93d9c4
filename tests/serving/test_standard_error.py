"""A log that cannot be written."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

WRITES = """
import logging, sys
from serving.standard_error import open_standard_streams
from serving.repeated_lines import log_plainly
open_standard_streams()
log_plainly(logging.INFO)
for number in range(3):
    logging.getLogger("x").info("line %s", number)
print("went on", flush=True)
sys.exit(3)
"""
RECOVERS = """
import logging, os, sys
from serving.repeated_lines import log_plainly
log_plainly(logging.INFO)
log = logging.getLogger("x")
log.info("lost")
log.info("lost too")
os.dup2(os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT), 2)
log.info("kept")
"""


@pytest.mark.parametrize("redirection", ["2>/dev/full", "2>&-", "0<&- 2>&-"])
def test_a_process_goes_on_and_ends_with_its_own_code(redirection: str) -> None:
    """On a full disk, or without a standard error; Python itself would end with 120."""
    command = ["sh", "-c", f'exec "$@" {redirection}', "sh", sys.executable, "-c", WRITES]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=30, check=False)

    assert (done.returncode, done.stdout) == (3, "went on\n")


def test_a_pipe_that_nobody_reads_any_more_is_no_end() -> None:
    """The collector of the log has died."""
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-c", WRITES], stdout=subprocess.PIPE, stderr=writing, text=True, timeout=30, check=False
    )
    os.close(writing)

    assert (done.returncode, done.stdout) == (3, "went on\n")


def test_lost_lines_are_counted(tmp_path: Path) -> None:
    """When there is room again, the log says how many are missing."""
    command = ["sh", "-c", 'exec "$@" 2>/dev/full', "sh", sys.executable, "-c", RECOVERS, str(tmp_path / "log")]
    subprocess.run(command, timeout=30, check=True)

    assert (tmp_path / "log").read_text().splitlines() == [
        "2 lines of the log could not be written",
        "INFO x kept",
    ]


def test_no_socket_takes_the_place_of_a_standard_stream() -> None:
    """Who writes to standard error by its number would write into it."""
    script = """
import socket
from serving.standard_error import open_standard_streams
open_standard_streams()
print(socket.socket().fileno() > 2)
"""
    command = ["sh", "-c", 'exec "$@" 0<&- 2>&-', "sh", sys.executable, "-c", script]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=30, check=True)

    assert done.stdout == "True\n"
