"""Other processes within limits of the operating system."""

import sys
from collections.abc import Sequence
from pathlib import Path

_LIMITED = """
import os, resource, sys
limit = int(sys.argv[1])
resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
os.execv(sys.argv[2], sys.argv[2:])
"""


def with_descriptors(limit: int, command: Sequence[str]) -> list[str]:
    """The command, run by a process that may open so many files; so may every process that it starts."""
    return [sys.executable, "-c", _LIMITED, str(limit), *command]


def descriptors(pid: int) -> int:
    """How many files, sockets and pipes a process has open."""
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))
