"""Other processes as /proc shows them."""

from pathlib import Path


def children(pid: int) -> list[int]:
    """Its direct children that run now."""
    return [int(word) for word in _proc(pid, f"task/{pid}/children").split()]


def command(pid: int) -> list[str]:
    """The words it was started with; none when it is gone."""
    return _proc(pid, "cmdline").rstrip("\0").split("\0")


def _proc(pid: int, name: str) -> str:
    try:
        return Path(f"/proc/{pid}/{name}").read_text(encoding="utf-8")
    except (FileNotFoundError, ProcessLookupError):
        return ""
