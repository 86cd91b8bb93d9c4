"""A part of the sandbox that ends by itself: what the message of it says."""

import sys
from pathlib import Path

import pytest

from consumer.config.sources import process_environment
from sandbox.parts import Part, PartDied
from terminal.safe_text import listed


def test_the_last_lines_of_a_part_that_ended_stand_below_each_other(tmp_path: Path) -> None:
    """A line each on the terminal, and no command of the part's reaches it."""
    program = "import sys; print('first'); print('\\x1b[31msecond'); sys.exit(7)"
    part = Part("model", [sys.executable, "-c", program], tmp_path, process_environment(), lambda: False)
    with pytest.raises(PartDied) as died:
        part.wait_until(lambda: None, 60)
    part.stop()

    shown = listed(str(died.value)).splitlines()
    assert shown == ["the model ended with code 7; its last lines:", "- first", "- \N{REPLACEMENT CHARACTER}[31msecond"]
