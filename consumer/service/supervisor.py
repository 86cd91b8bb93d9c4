"""`ticketstream run`: starts one process per worker, restarts those that die, and stops them together."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence

import structlog

from consumer.errors import ConfigurationError, DeadLetterFlood, Fenced, TicketstreamError

log = structlog.get_logger()

STOP_S = 10.0
LOOK_EVERY_S = 0.1
FIRST_RESTART_S = 0.5
MAX_RESTART_S = 30.0
# A worker that lived this long was healthy, or waited for a broker that is down: its restart is not delayed further.
HEALTHY_S = 20.0
# Exit codes of a worker after which a restart would end the same way, each with the exit code of the command.
_FINAL: Mapping[int, int] = {
    ConfigurationError.exit_code: ConfigurationError.exit_code,
    Fenced.exit_code: Fenced.exit_code,
    DeadLetterFlood.exit_code: TicketstreamError.exit_code,
}


class Worker:
    """A worker process and its restarts.

    Args:
        role: categorizer or sink.
        index: its number among those of its role.
        environment: the environment of the process.
        on_death: called with the process id of each process that ended by itself.
    """

    def __init__(
        self, role: str, index: int, environment: Mapping[str, str], on_death: Callable[[int], None] = lambda _: None
    ) -> None:
        self.name = f"{role}-{index}"
        self._command = [sys.executable, "-m", "consumer.service.worker", role, str(index)]
        self._environment = environment
        self._on_death = on_death
        self._process: subprocess.Popen[bytes] | None = None
        self._started_s = 0.0
        self._wait_s = FIRST_RESTART_S
        self._restart_at_s = 0.0

    def start(self, now: float) -> None:
        # Its own session: Ctrl-C reaches the supervisor only, which then stops the workers in order.
        self._process = subprocess.Popen(
            self._command, env=dict(self._environment), stdin=subprocess.PIPE, start_new_session=True
        )
        self._started_s = now

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def look(self, now: float) -> int | None:
        """Restart the worker when it is due; returns the command's exit code when it ended for good."""
        if self.alive:
            return None
        if self._process is None:
            if now >= self._restart_at_s:
                self.start(now)
            return None
        code = self._process.returncode
        self._on_death(self._process.pid)
        self._close_pipe()
        self._process = None
        if code in _FINAL:
            return _FINAL[code]
        wait_s = FIRST_RESTART_S if now - self._started_s > HEALTHY_S else self._wait_s
        self._restart_at_s = now + wait_s
        self._wait_s = min(2 * wait_s, MAX_RESTART_S)
        log.error("worker.died", worker=self.name, exit_code=code, restart_in_s=wait_s)
        return None

    def terminate(self) -> None:
        if self.alive and self._process is not None:
            self._process.terminate()

    def wait(self, timeout_s: float) -> None:
        """Wait for the process to end; kill it when it does not end in time."""
        if self._process is None:
            return
        try:
            self._process.wait(max(0.0, timeout_s))
        except subprocess.TimeoutExpired:
            log.warning("worker.killed", worker=self.name)
            self._process.kill()
            self._process.wait()
        self._close_pipe()

    def _close_pipe(self) -> None:
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()


def supervise(workers: Sequence[Worker], stop: threading.Event) -> int:
    """Keep the workers running until `stop` is set, or until one ends in a way that a restart cannot mend.

    Returns:
        The exit code of the command: 0, or that of the worker that ended for good.
    """
    code = 0
    for worker in workers:
        worker.start(time.monotonic())
    while not stop.wait(LOOK_EVERY_S):
        final = [found for worker in workers if (found := worker.look(time.monotonic())) is not None]
        if final:
            code = final[0]
            break
    for worker in workers:
        worker.terminate()
    give_up_s = time.monotonic() + STOP_S
    for worker in workers:
        worker.wait(give_up_s - time.monotonic())
    return code
