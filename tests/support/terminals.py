"""Programs on a terminal of their own, or behind a pipe with little."""

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
# No setting of ours, and nothing of the terminal that the tests run in.
BARE = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "TERM": "xterm-256color", "HOME": "/nonexistent"}


class Ended(NamedTuple):
    """What a program left: its exit code, and what it wrote."""

    code: int
    out: bytes
    errors: bytes = b""

    @property
    def lines(self) -> list[str]:
        return self.out.decode().replace("\r\n", "\n").splitlines()


def on_terminal(
    arguments: list[str], folder: Path, columns: int, settings: Mapping[str, str], typed: str = ""
) -> Ended:
    """Run a module of ours on a terminal that is so wide; `out` is all that appears there, what is typed included."""
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    with subprocess.Popen(
        [sys.executable, "-m", *arguments], stdin=its, stdout=its, stderr=its, env={**BARE, **settings}, cwd=folder
    ) as process:
        os.close(its)
        os.write(ours, typed.encode())
        shown = bytearray()
        while chunk := _read(ours):
            shown += chunk
    os.close(ours)
    return Ended(process.returncode, bytes(shown))


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:
        # Linux says so when the last program has left the terminal.
        return b""


def piped(arguments: list[str], folder: Path, settings: Mapping[str, str]) -> Ended:
    """Run a module of ours for another program."""
    done = subprocess.run(
        [sys.executable, "-m", *arguments],
        env={**BARE, **settings},
        cwd=folder,
        capture_output=True,
        check=False,
        timeout=90,
    )
    return Ended(done.returncode, done.stdout, done.stderr)
