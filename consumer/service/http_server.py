"""The service's HTTP server: metrics, health and the page."""

import errno
import hmac
import math
import socket
import threading
import time
from collections.abc import Callable, Collection, Sequence

import structlog
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.registry import Collector
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from analytics.dashboard.headers import GuardingHeaders
from consumer.errors import ConfigurationError
from consumer.service.health import Health
from consumer.service.host_check import FOR_PROGRAMS, HostCheck, served_under
from network.errors import system_words
from serving.http_bounds import BoundedServer, server_of
from serving.starting import started

log = structlog.get_logger()

_NAME_US = "If it is to be reached so, add {host} to its setting HTTP_HOSTS; its IP address works without."
# How long answers under way may take when the service stops.
STOP_S = 2.0


def application(
    health: Health,
    metrics: Sequence[Collector],
    token: str,
    page: Sequence[BaseRoute] = (),
    hosts: Collection[str] = (),
) -> ASGIApp:
    """`/metrics`, `/livez` (when it fails, restart the process), `/readyz` (when it fails, send no work), and the page.

    With a token, `/metrics` and the page ask for it; the page checks it itself. The probes never ask for it, since
    orchestrators send none. The page answers under the names in `hosts`, and under addresses and loopback names.
    """
    merged = CollectorRegistry()
    for each in metrics:
        merged.register(each)

    def scrape(request: Request) -> Response:
        given = request.headers.get("authorization", "")
        if token and not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
            return Response("HTTP_TOKEN is set: send it as Authorization: Bearer …\n", 401)
        return Response(generate_latest(merged), media_type=CONTENT_TYPE_LATEST)

    # Both without a thread: there may be none left.
    async def live(_: Request) -> Response:
        problems = health.live(time.time())
        return JSONResponse({"ok": not problems, "problems": problems}, 503 if problems else 200)

    async def ready(_: Request) -> Response:
        document = health.document(time.time())
        return JSONResponse(document, 200 if document["ok"] else 503)

    routes = [
        Route("/metrics", scrape),
        Route("/livez", live),
        Route("/readyz", ready),
        *page,
    ]
    # It wraps the application, because Starlette's own answer to an error passes through no middleware.
    return GuardingHeaders(HostCheck(Starlette(routes=routes), served_under(hosts), _NAME_US, FOR_PROGRAMS))


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
        reason = system_words(error)
        raise ConfigurationError(f"HTTP_ADDRESS={host}:{port} cannot be taken ({reason}): {mend}") from error
    address = f"http://{f'[{host}]' if ':' in host else host}:{listener.getsockname()[1]}"
    server = server_of(app, stop_s=STOP_S)
    thread = threading.Thread(target=_run, args=(server, listener), name="http", daemon=True)
    thread.start()
    log.info("http.listening", address=address)

    def stop() -> None:
        server.should_exit = True
        thread.join(2 * STOP_S)
        listener.close()

    return address, stop


def _run(server: BoundedServer, listener: socket.socket) -> None:
    def run() -> None:
        # Where asyncio finds too few descriptors for itself, it leaves tracebacks behind.
        for end in (*socket.socketpair(), *socket.socketpair()):
            end.close()
        server.run(sockets=[listener])

    def tell(reason: str) -> None:
        log.error("http.not_started", detail=reason)

    started(run, tell, math.inf, lambda: server.should_exit)
