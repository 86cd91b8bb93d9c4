"""The parts that faults happen to: each a process that is killed, signalled and started again in the same place."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from consumer.errors import TicketstreamError
from sandbox.system import Sandbox
from tests.soak.plan import Kind
from tests.support.apache_kafka import Node
from tests.support.processes import children
from tests.support.service import Service
from tests.support.waiting import until

ROOT = Path(__file__).parents[2]
STOP_S = 30.0


class SoakFailed(TicketstreamError):
    """The soak could not go on, or something that it promises did not hold; the message says what."""


class Part(Protocol):
    """What a fault can do to a part."""

    def pids(self) -> list[int]:
        """The processes that do its work now."""

    def kill(self, kind: Kind) -> None:
        """End it at once, without a chance to tidy up."""

    def start(self) -> None:
        """Start it, or start it again."""

    def stop(self) -> None:
        """End it in good order."""


class Server:
    """ClickHouse or the model, under `sandbox.child_process`, so that it cannot outlive the soak."""

    def __init__(self, name: str, command: Sequence[str], environment: Mapping[str, str], folder: Path) -> None:
        self._command = [sys.executable, "-m", "sandbox.child_process", sys.executable, "-m", *command]
        self._environment = {**environment, "PYTHONPATH": str(ROOT)}
        self._folder = folder
        self._log = folder / f"{name}.log"
        self._child: subprocess.Popen[bytes] | None = None

    def pids(self) -> list[int]:
        child = self._child
        return children(child.pid) if child is not None else []

    def kill(self, _: Kind) -> None:
        os.kill(until(self.pids)[0], signal.SIGKILL)
        self.stop()

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._child = subprocess.Popen(
                self._command, stdin=subprocess.PIPE, stdout=log, stderr=subprocess.STDOUT,
                env=self._environment, cwd=self._folder, start_new_session=True,
            )  # fmt: skip

    def stop(self) -> None:
        if self._child is not None and self._child.stdin is not None:
            # The end of this pipe makes `sandbox.child_process` stop what it holds.
            self._child.stdin.close()
            self._child.wait(STOP_S)
            self._child = None


class Member:
    """`ticketstream run` in one role with one worker, as one machine of several would run it."""

    def __init__(self, role: str, environment: Mapping[str, str], folder: Path) -> None:
        self._role = role
        self._environment = environment
        self._folder = folder
        self._service: Service | None = None
        folder.mkdir()

    @property
    def service(self) -> Service:
        assert self._service is not None
        return self._service

    def pids(self) -> list[int]:
        return list(self.service.workers().values()) if self._service is not None else []

    def kill(self, kind: Kind) -> None:
        match kind:
            case Kind.KILL_SUPERVISOR:
                self.service.kill_supervisor()
            case Kind.KILL_BOTH:
                until(self.pids)
                self.service.kill()
            case _:
                os.kill(until(self.pids)[0], signal.SIGKILL)
                # Its supervisor starts it again.
                return
        self.service.__exit__(None, None, None)
        self._service = None

    def start(self) -> None:
        if self._service is None:
            self._service = Service(("--role", self._role), self._environment, self._folder)

    def stop(self) -> None:
        if self._service is not None:
            self._service.__exit__(None, None, None)
            self._service = None

    def tend(self) -> bool:
        """Start it again when it ended by itself, as a service manager does; whether that was needed."""
        if self._service is None or self._service.running():
            return False
        self.stop()
        self.start()
        return True

    def ended(self) -> int:
        """Ask it to end, and its exit code."""
        self.service.signal(signal.SIGTERM)
        return self.service.wait()


class ApacheBroker:
    """The one node of a cluster of our own."""

    def __init__(self, node: Node) -> None:
        self._node = node

    def pids(self) -> list[int]:
        return [self._node.pid]

    def kill(self, _: Kind) -> None:
        self._node.signal(signal.SIGKILL)

    def start(self) -> None:
        self._node.start()

    def stop(self) -> None:
        """The cluster stops it."""


class SandboxBroker:
    """The sandbox's broker: it may be stopped for a while, not killed."""

    def __init__(self, system: Sandbox) -> None:
        self._pid = system.parts["broker"].pid

    def pids(self) -> list[int]:
        return children(self._pid)

    def kill(self, _: Kind) -> None:
        raise SoakFailed("the sandbox's broker loses what it has acknowledged when it is killed")

    def start(self) -> None:
        """It was never killed."""

    def stop(self) -> None:
        """The sandbox stops it."""
