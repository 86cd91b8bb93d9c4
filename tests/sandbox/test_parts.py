"""A part of the sandbox that ends by itself: what the message of it says."""

import os
import signal
import sys
from pathlib import Path

import pytest

from consumer.config.sources import process_environment
from sandbox.parts import Part, PartDied
from terminal.safe_text import listed
from tests.support.processes import children, command
from tests.support.terminals import BARE
from tests.support.waiting import until


def test_the_last_lines_of_a_part_that_ended_stand_below_each_other(tmp_path: Path) -> None:
    """A line each on the terminal, and no command of the part's reaches it."""
    program = "import sys; print('first'); print('\\x1b[31msecond'); sys.exit(7)"
    part = Part("model", [sys.executable, "-c", program], tmp_path, process_environment(), lambda: False)
    with pytest.raises(PartDied) as died:
        part.wait_until(lambda: None, 60)
    part.stop()

    shown = listed(str(died.value)).splitlines()
    assert shown == ["the model ended with code 7; its last lines:", "- first", "- \N{REPLACEMENT CHARACTER}[31msecond"]


def test_a_part_outlives_nobody_who_kills_its_keeper(tmp_path: Path) -> None:
    """`kill -9` ends the process that looks after a part; the part itself ends when it is stopped, twice or not."""
    part = Part("model", [sys.executable, "-c", "import time; time.sleep(120)"], tmp_path, BARE, lambda: False)
    (left,) = until(lambda: [child for child in children(part.pid) if command(child)[1:2] == ["-c"]])
    os.kill(part.pid, signal.SIGKILL)
    until(lambda: part.has_ended)
    alive = command(left)[-1]
    part.stop()
    part.stop()

    assert "time.sleep" in alive
    assert until(lambda: not command(left)[0])
