"""Other processes: as /proc shows them, and their ends."""

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
