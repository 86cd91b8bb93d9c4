"""Programs on a terminal of their own, or behind a pipe with little."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.support.waiting import until

ROOT = Path(__file__).parents[2]
# Ctrl-D ends the input for one question.
NO_MORE = b"\x04" * 30
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
    """Run a module of ours on a terminal that is so wide; `out` is all that appears there, what is typed included.

    Who is asked for more than `typed` answers with the end of the input.
    """
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    with subprocess.Popen(
        [sys.executable, "-m", *arguments], stdin=its, stdout=its, stderr=its, env={**BARE, **settings}, cwd=folder
    ) as process:
        os.close(its)
        os.write(ours, typed.encode() + NO_MORE)
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


class Screen:
    """A terminal on which a program runs that lasts, in a group of processes of its own as a shell would start it."""

    def __init__(self, command: Sequence[str], folder: Path, settings: Mapping[str, str]) -> None:
        self._ours, its = pty.openpty()
        fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
        # The first terminal that the leader of a session opens is the one whose keys it gets.
        opening = ["/bin/sh", "-c", 'exec "$@" <"$0" >"$0" 2>&1', os.ttyname(its), *command]
        self.process = subprocess.Popen(opening, env={**BARE, **settings}, cwd=folder, start_new_session=True)
        os.close(its)
        self._shown = bytearray()
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()

    def _read(self) -> None:
        while True:
            ended = self.process.poll() is not None
            if chunk := _read(self._ours):
                self._shown += chunk
            elif ended:
                return
            else:
                # The program has not opened the terminal yet.
                time.sleep(0.01)

    @property
    def text(self) -> str:
        """All that has appeared so far."""
        return self._shown.decode(errors="replace").replace("\r\n", "\n")

    def until(self, words: str, timeout_s: float) -> str:
        """Wait until these words are there, and return all that is."""
        until(lambda: words in self.text or self.process.poll() is not None, timeout_s)
        if self.process.poll() is not None:
            # What was written last is still on its way.
            self._reading.join(timeout_s)
        assert words in self.text, self.text
        return self.text

    def press(self, keys: str) -> None:
        """Press these keys, one after the other."""
        os.write(self._ours, keys.encode())

    def ctrl_c(self, timeout_s: float) -> int:
        """Press the key, and return how the program ended."""
        os.write(self._ours, b"\x03")
        return self.process.wait(timeout_s)

    def close(self) -> None:
        """End it, whatever happened."""
        self.process.kill()
        self.process.wait()
        self._reading.join(10)
        os.close(self._ours)


@contextmanager
def lasting(command: Sequence[str], folder: Path, settings: Mapping[str, str]) -> Iterator[Screen]:
    """A program on a terminal of its own, until the block ends."""
    screen = Screen(command, folder, settings)
    try:
        yield screen
    finally:
        screen.close()


def commands_in(text: str) -> list[str]:
    """The commands that a text tells people to type: each on a line of its own, behind two blanks."""
    return [line[2:] for line in text.splitlines() if re.match("  [^ “]", line) and not line.startswith("  The ")]


def typed(command: str, folder: Path, settings: Mapping[str, str]) -> Ended:
    """What a shell makes of a command in another terminal."""
    done = subprocess.run(
        ["/bin/sh", "-c", command], cwd=folder, env={**BARE, **settings}, capture_output=True, check=False, timeout=90
    )
    return Ended(done.returncode, done.stdout, done.stderr)
