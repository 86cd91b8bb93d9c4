"""`ticketstream run`: starts one process per worker, restarts those that die, and stops them together."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence

import structlog

from consumer.errors import ConfigurationError, DeadLetterFlood, Fenced, TicketstreamError
from consumer.monitoring import shared_values
from consumer.service.worker_metrics import WorkerMetrics
from serving.starting import no_room

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
        metrics: reads the metrics of its processes.

    Attributes:
        role: as given.
        seen: whether what its process does can be read there.
        restarts: how often its process was started again.
    """

    def __init__(
        self, role: str, index: int, environment: Mapping[str, str], metrics: WorkerMetrics | None = None
    ) -> None:
        self.role = role
        self.name = f"{role}-{index}"
        self._command = [sys.executable, "-m", "consumer.service.worker", role, str(index)]
        self._environment = environment
        self._metrics = metrics or WorkerMetrics()
        self._process: subprocess.Popen[bytes] | None = None
        self._started_s = 0.0
        self._wait_s = FIRST_RESTART_S
        self._restart_at_s = 0.0
        self._not_started = ""
        self.seen = True
        # The first start is none.
        self._starts = 0

    def start(self, now: float) -> None:
        """Start its process; when that fails, say so once, and let `look` try again."""
        reason = ""
        try:
            self._process = self._started()
        except OSError as error:
            reason = no_room(error) or str(error)
        if reason:
            wait_s = self._restart_later(now, self._wait_s)
            if reason != self._not_started:
                log.error("worker.not_started", worker=self.name, detail=reason, next_try_in_s=wait_s)
        else:
            self._started_s = now
            self._starts += 1
            if self._not_started:
                log.info("worker.started", worker=self.name)
        self._not_started = reason

    def _started(self) -> subprocess.Popen[bytes]:
        shared = self._metrics.memory()
        try:
            process = subprocess.Popen(
                self._command,
                env={**self._environment, shared_values.DESCRIPTOR: " ".join(map(str, shared))},
                stdin=subprocess.PIPE,
                pass_fds=shared,
                # Its own session: Ctrl-C reaches the supervisor only, which then stops the workers in order.
                start_new_session=True,
            )
        except BaseException:
            for descriptor in shared:
                os.close(descriptor)
            raise
        for descriptor in shared:
            self._metrics.watch(process.pid, descriptor)
        self.seen = bool(shared)
        return process

    @property
    def restarts(self) -> int:
        return max(0, self._starts - 1)

    @property
    def alive(self) -> bool:
        process = self._process
        return process is not None and process.poll() is None

    def look(self, now: float) -> int | None:
        """Restart the worker when it is due; returns the command's exit code when it ended for good."""
        if self.alive:
            return None
        if self._process is None:
            if now >= self._restart_at_s:
                self.start(now)
            return None
        code = self._process.returncode
        pid = self._process.pid
        self._metrics.forget(pid)
        self._close_pipe()
        self._process = None
        if code in _FINAL:
            return _FINAL[code]
        wait_s = self._restart_later(now, FIRST_RESTART_S if now - self._started_s > HEALTHY_S else self._wait_s)
        log.error("worker.died", worker=self.name, pid=pid, exit_code=code, restart_in_s=wait_s)
        return None

    def _restart_later(self, now: float, wait_s: float) -> float:
        self._restart_at_s = now + wait_s
        self._wait_s = min(2 * wait_s, MAX_RESTART_S)
        return wait_s

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
    """Start the workers that were not started yet, keep all of them running until told to stop, and end them.

    They end too when one of them ends in a way that a restart cannot mend.

    Returns:
        The exit code of the command: 0, or that of the worker that ended for good.
    """
    code = 0
    while True:
        final = [found for worker in workers if (found := worker.look(time.monotonic())) is not None]
        if final:
            code = final[0]
            break
        if stop.wait(LOOK_EVERY_S):
            break
    end(workers)
    return code


def end(workers: Sequence[Worker]) -> None:
    """End the workers together; without effect on those that have ended."""
    for worker in workers:
        worker.terminate()
    give_up_s = time.monotonic() + STOP_S
    for worker in workers:
        worker.wait(give_up_s - time.monotonic())
