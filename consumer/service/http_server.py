"""The service's HTTP server: metrics, health and the page."""

import errno
import hmac
import socket
import threading
import time
from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

import structlog
import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from analytics.dashboard.headers import GuardingHeaders
from consumer.answer.foreign_labels import sentence
from consumer.errors import ConfigurationError
from consumer.service.host_check import FOR_PROGRAMS, HostCheck, served_under

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric

log = structlog.get_logger()

# A worker makes many turns a second; one without a turn for this long is stuck.
STUCK_AFTER_S = 60.0
_NAME_US = "If it is to be reached so, add {host} to its setting HTTP_HOSTS; its IP address works without."


class Health:
    """The health of the workers, for the probes.

    Args:
        alive: returns whether each worker's process runs.
        progress: returns when each worker made its last turn, in seconds since the epoch.
        foreign: returns the categories that the model of a worker names, where the taxonomy knows none of them.
    """

    def __init__(
        self,
        alive: Callable[[], dict[str, bool]],
        progress: Callable[[], Iterable[tuple[str, float]]],
        foreign: Callable[[], dict[str, str]] = dict,
    ) -> None:
        self._alive = alive
        self._progress = progress
        self._foreign = foreign

    def live(self, now: float) -> dict[str, str]:
        """The problem of each stuck worker; empty when there is none."""
        return {
            worker: f"made no progress for {now - at:.0f} s"
            for worker, at in self._progress()
            if now - at > STUCK_AFTER_S
        }

    def states(self, now: float) -> dict[str, str]:
        """The state of each worker: `down`, `starting`, `stuck`, `foreign`, or empty when it works."""
        foreign = dict.fromkeys(self._foreign(), "foreign")
        stuck = dict.fromkeys(self.live(now), "stuck")
        begun = dict.fromkeys((worker for worker, _ in self._progress()), "")
        states = begun | foreign | stuck
        return {worker: states.get(worker, "starting") if alive else "down" for worker, alive in self._alive().items()}

    def ready(self, now: float) -> dict[str, str]:
        """The problem of each worker that does not work, is stuck or has the wrong model; empty when there is none."""
        down = {worker: "is not running" for worker, alive in self._alive().items() if not alive}
        seen = {worker for worker, _ in self._progress()}
        waiting = {worker: "has not begun to work" for worker in self._alive() if worker not in seen}
        foreign = {worker: sentence(labels) for worker, labels in self._foreign().items()}
        return waiting | foreign | self.live(now) | down


def application(
    health: Health, metrics_dir: str, token: str, page: Sequence[BaseRoute] = (), hosts: Collection[str] = ()
) -> ASGIApp:
    """`/metrics`, `/livez` (when it fails, restart the process), `/readyz` (when it fails, send no work), and the page.

    With a token, `/metrics` and the page ask for it; the page checks it itself. The probes never ask for it, since
    orchestrators send none. The page answers under the names in `hosts`, and under addresses and loopback names.
    """

    def metrics(request: Request) -> Response:
        given = request.headers.get("authorization", "")
        if token and not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
            return Response("HTTP_TOKEN is set: send it as Authorization: Bearer …\n", 401)
        return Response(generate_latest(registry(metrics_dir)), media_type=CONTENT_TYPE_LATEST)

    def probe(check: Callable[[float], dict[str, str]]) -> Callable[[Request], Response]:
        def answer(_: Request) -> Response:
            problems = check(time.time())
            return JSONResponse({"ok": not problems, "problems": problems}, 503 if problems else 200)

        return answer

    routes = [
        Route("/metrics", metrics),
        Route("/livez", probe(health.live)),
        Route("/readyz", probe(health.ready)),
        *page,
    ]
    # It wraps the application, because Starlette's own answer to an error passes through no middleware.
    return GuardingHeaders(HostCheck(Starlette(routes=routes), served_under(hosts), _NAME_US, FOR_PROGRAMS))


def progress(metrics_dir: str) -> list[tuple[str, float]]:
    """When each worker made its last turn, in seconds since the epoch."""
    return [
        (sample.labels["worker"], sample.value)
        for metric in registry(metrics_dir).collect()
        if metric.name == "ticketstream_progress_seconds"
        for sample in metric.samples
    ]


def foreign_labels(metrics_dir: str) -> dict[str, str]:
    """The categories that the model of a worker names, where the taxonomy knows none of them."""
    return {
        sample.labels["worker"]: sample.labels["labels"]
        for metric in registry(metrics_dir).collect()
        if metric.name == "ticketstream_foreign_labels"
        for sample in metric.samples
        if sample.value
    }


def serve(app: ASGIApp, host: str, port: int) -> tuple[str, Callable[[], None]]:
    """Serve in a thread of this process.

    Returns:
        The address with the actual port, and the function that stops the server.

    Raises:
        ConfigurationError: the address is in use, or not one of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio turns Nagle's algorithm off only for sockets that name their protocol.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        # Requests that come before the server runs wait in the socket's queue, so the address can be returned now.
        listener.listen(128)
    except OSError as error:
        listener.close()
        mend = (
            "name an address of this machine"
            if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL
            else "choose another port, 0 for a free one"
        )
        raise ConfigurationError(f"HTTP_ADDRESS={host}:{port} cannot be taken ({error.strerror}): {mend}") from error
    address = f"http://{f'[{host}]' if ':' in host else host}:{listener.getsockname()[1]}"
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="http", daemon=True)
    thread.start()
    log.info("http.listening", address=address)

    def stop() -> None:
        server.should_exit = True
        thread.join(5)
        listener.close()

    return address, stop


def forget(metrics_dir: str, pid: int) -> None:
    """Remove a dead worker's gauges: its open breaker and its waiting tickets would be shown for ever."""
    mark_process_dead(pid, metrics_dir)  # type: ignore[no-untyped-call]


def registry(metrics_dir: str) -> CollectorRegistry:
    """The metrics of all workers, merged from their files."""
    merged = CollectorRegistry()
    merged.register(_WrittenFiles(None, path=metrics_dir))  # type: ignore[no-untyped-call]
    return merged


class _WrittenFiles(MultiProcessCollector):
    """Skips the files that a worker has created and not written yet: the library fails to read them."""

    def collect(self) -> "Iterable[Metric]":
        files = [str(path) for path in Path(self._path).glob("*.db") if _is_written(path)]
        return cast("Iterable[Metric]", self.merge(files, accumulate=True))  # type: ignore[no-untyped-call]


def _is_written(path: Path) -> bool:
    try:
        return path.stat().st_size > 0
    except FileNotFoundError:
        # Its worker has just died, and `forget` removed the file.
        return False
