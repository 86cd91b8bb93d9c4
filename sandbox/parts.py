"""The parts of the sandbox: processes that are started, watched and stopped."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

import structlog

from consumer.errors import TicketstreamError
from serving.starting import started
from terminal.exit_codes import ExitCode

log = structlog.get_logger()

START_S = 60.0
STOP_S = 30.0
LOOK_EVERY_S = 0.05
LAST_LINES = 12


class PartDied(TicketstreamError):
    """A part of the sandbox ended by itself; the message names it and ends with its last lines.

    Attributes:
        code: with which it ended; None when it only took too long.
    """

    def __init__(self, message: str, code: int | None = None) -> None:
        super().__init__(message)
        self.code = code


class Interrupted(TicketstreamError):
    """The sandbox was stopped while it started."""

    exit_code = ExitCode.INTERRUPTED


class Part:
    """One process of the sandbox, with its output in a file.

    Args:
        name: for people, and of the file.
        command: what runs.
        folder: of the file.
        environment: all of it.
        given_up: whether to wait no longer.
        inherited: descriptors that it holds until it ends.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        folder: Path,
        environment: Mapping[str, str],
        given_up: Callable[[], bool],
        inherited: Sequence[int] = (),
    ) -> None:
        self.name = name
        self._given_up = given_up
        self._inherited = inherited
        self.output = folder / f"{name}.log"
        self._command = [sys.executable, "-m", "sandbox.child_process", *command]
        self._environment = dict(environment)
        self._written, self._process = started(self._start, self._tell, START_S, given_up)

    def _start(self) -> tuple[BinaryIO, subprocess.Popen[bytes]]:
        written = self.output.open("wb")
        try:
            process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=written,
                stderr=subprocess.STDOUT,
                env=self._environment,
                # Ctrl-C reaches only the sandbox, which stops its parts in order.
                start_new_session=True,
                pass_fds=self._inherited,
            )
        except BaseException:
            written.close()
            raise
        return written, process

    def _tell(self, reason: str) -> None:
        log.warning("part.not_started", part=self.name, detail=reason)

    @property
    def pid(self) -> int:
        """The process id of `sandbox.child_process`; the part is its only child."""
        return self._process.pid

    @property
    def has_ended(self) -> bool:
        """Whether the process is gone."""
        return self._process.poll() is not None

    def check(self) -> None:
        """Check that the process runs.

        Raises:
            PartDied: it has ended.
        """
        code = self._process.poll()
        if code is not None:
            raise PartDied(f"the {self.name} ended with code {code}; its last lines:{self.last_lines()}", code)

    def wait_until(self, ready: Callable[[], Any], timeout_s: float) -> Any:
        """Wait until `ready` returns something true, and return it.

        Raises:
            PartDied: the part ended, or was not ready in time.
        """
        give_up_s = time.monotonic() + timeout_s
        while time.monotonic() < give_up_s:
            self.check()
            if found := ready():
                return found
            if self._given_up():
                raise Interrupted(f"stopped while the {self.name} was starting")
            time.sleep(LOOK_EVERY_S)
        raise PartDied(f"the {self.name} was not ready within {timeout_s:g} s; its last lines:{self.last_lines()}")

    def json_line(self, key: str) -> dict[str, Any] | None:
        """Return the first line of its output that is a JSON object with this key."""
        for line in self.output.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("{"):
                try:
                    found = json.loads(line)
                except ValueError:
                    continue
                if key in found:
                    return dict(found)
        return None

    def stop(self) -> None:
        """Stop it with SIGTERM and wait; kill it when it does not end. A second time does nothing."""
        if self._written.closed:
            return
        if self._process.poll() is None:
            self._process.terminate()
        try:
            self._process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.returncode < 0:
            # `sandbox.child_process` was killed, and its child was not.
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._written.close()

    def last_line(self) -> str:
        """Return the last line of its output; empty when there is none."""
        return next(reversed(self.output.read_text(encoding="utf-8", errors="replace").splitlines()), "")

    def last_lines(self) -> str:
        """Return the end of its output, as a list for the end of a message."""
        lines = self.output.read_text(encoding="utf-8", errors="replace").splitlines()
        return "".join(f"\n- {line}" for line in lines[-LAST_LINES:])
