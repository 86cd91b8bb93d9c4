"""What tests of the sandbox share: programs of their own that hold a folder or a file, until they are ended."""

import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

Holding = Callable[[str], "subprocess.Popen[str]"]


@pytest.fixture
def holding() -> Iterator[Holding]:
    """Starts a program that prints a line when it holds what it is about, and then waits."""
    started: list[subprocess.Popen[str]] = []

    def start(program: str) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [sys.executable, "-c", f"{program}\nprint('held', flush=True)\nimport time; time.sleep(120)"],
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()
