"""Other processes: as /proc shows them, and their ends."""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def children(pid: int) -> list[int]:
    """Its direct children that run now."""
    return [int(word) for word in _proc(pid, f"task/{pid}/children").split()]


def command(pid: int) -> list[str]:
    """The words it was started with; none when it is gone."""
    return _proc(pid, "cmdline").rstrip("\0").split("\0")


def takes_signal(pid: int, number: signal.Signals) -> bool:
    """Whether it has a handler; without one the system ends it, and no program can do anything about that."""
    caught = [line.split()[1] for line in _proc(pid, "status").splitlines() if line.startswith("SigCgt")]
    return any(int(mask, 16) >> (number - 1) & 1 for mask in caught)


@contextmanager
def killed_at_the_end(process: subprocess.Popen[str]) -> Iterator[None]:
    """Without it, a test that fails or runs out of time within `with Popen` would wait for the process for ever."""
    try:
        yield
    finally:
        process.kill()


def _proc(pid: int, name: str) -> str:
    try:
        return Path(f"/proc/{pid}/{name}").read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return ""
