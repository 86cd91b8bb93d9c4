"""`ticketstream run` as a process of its own, to be watched, signalled and killed."""

import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tests.support.processes import children, command
from tests.support.waiting import until

STOP_S = 15.0


class Service:
    """The service's supervisor under `sandbox.child_process`, which ends it with the tests; use it with `with`."""

    def __init__(
        self,
        arguments: tuple[str, ...],
        environment: Mapping[str, str],
        folder: Path,
        within: Callable[[Sequence[str]], Sequence[str]] = lambda command: command,
    ) -> None:
        """Start it; `within` makes a command of its command that limits what it may use, and then becomes it."""
        number = len(list(folder.glob("service-*.log")))
        self._log = folder / f"service-{number}.log"
        with self._log.open("wb") as log:
            self._child = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "sandbox.child_process",
                    *within([sys.executable, "-m", "ticketstream", "run", *arguments]),
                ],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=dict(environment),
                cwd=folder,
                start_new_session=True,
            )
        self.supervisor = until(lambda: children(self._child.pid))[0]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._child.stdin is not None
        # The end of this pipe makes `sandbox.child_process` stop the service, however the test ended.
        self._child.stdin.close()
        self._child.wait(2 * STOP_S)
        if error is not None:
            sys.stderr.write(f"--- {self._log}\n{self.output()}\n")

    def workers(self) -> dict[str, int]:
        """The worker processes that run now, by name."""
        found = {}
        for pid in children(self.supervisor):
            words = command(pid)
            if "consumer.service.worker" in words:
                found["-".join(words[-2:])] = pid
        return found

    def kill(self) -> None:
        """SIGKILL to the supervisor and all its workers, as good as at once."""
        for pid in (self.supervisor, *self.workers().values()):
            os.kill(pid, signal.SIGKILL)
        self.wait()

    def kill_supervisor(self) -> None:
        os.kill(self.supervisor, signal.SIGKILL)
        self.wait()

    def kill_worker(self, name: str) -> None:
        os.kill(until(lambda: self.workers().get(name, 0)), signal.SIGKILL)

    def signal(self, number: signal.Signals) -> None:
        os.kill(self.supervisor, number)

    def wait(self, timeout_s: float = STOP_S) -> int:
        """Its exit code; 128 plus the signal's number when one ended it."""
        return self._child.wait(timeout_s)

    def running(self) -> bool:
        return self._child.poll() is None

    def output(self) -> str:
        return self._log.read_text(encoding="utf-8", errors="replace")

    def events(self, name: str) -> list[dict[str, Any]]:
        """Its log's events of one name, or of all names that begin so when it ends with a dot."""
        lines = (line for line in self.output().splitlines() if line.startswith("{"))
        found = map(json.loads, lines)
        return [e for e in found if e["event"] == name or (name.endswith(".") and e["event"].startswith(name))]

    def address(self) -> str:
        """Where it serves health and metrics."""
        listening: dict[str, Any] = until(lambda: self.events("http.listening"))[0]
        return str(listening["address"])

    def wait_until_ready(self) -> None:
        address = self.address()
        until(lambda: fetched(f"{address}/readyz")[0] == 200)


def fetched(url: str) -> tuple[int, str]:
    """Status and body of a page of this machine."""
    try:
        with urllib.request.urlopen(url, timeout=10) as response:  # noqa: S310 - an address of our own
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()
