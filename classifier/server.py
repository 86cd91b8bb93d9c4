"""The model's HTTP API: `POST /` categorizes tickets, `GET /healthz` names the model."""

import hmac
import json
import logging
import signal
import socket
import sys
import traceback
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, NamedTuple, NoReturn, Protocol

import structlog
from anyio import CapacityLimiter, to_thread
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from structlog.typing import EventDict

from classifier.messages import ClassifyRequest, RequestRefused, answer_message, parse_request
from serving.foreign_lines import as_event, catch_the_rest
from serving.http_bounds import server_of
from serving.repeated_lines import log_plainly
from terminal.exit_codes import ExitCode
from terminal.safe_text import defused

if TYPE_CHECKING:
    # The LLM server stands on this module too, and needs no library of the reference model.
    from classifier.champion import Serving

log = structlog.get_logger("classifier")

CONCURRENT_PREDICTIONS = 2
"""A prediction holds the interpreter most of the time: more threads would only delay the health check."""

SHUTDOWN_SECONDS = 8


class Limits(NamedTuple):
    """The limits of one request.

    Attributes:
        max_tickets: Tickets in one call.
        max_body_bytes: By default 32 tickets of 256 KiB, the largest that the service accepts.
    """

    max_tickets: int = 256
    max_body_bytes: int = 8 * 1024 * 1024


class Models(Protocol):
    """What answers: a `FixedModel`, or the `Champion` of a folder."""

    @property
    def now(self) -> "Serving":
        """The model of this moment. A call asks once."""
        ...


def create_app(
    models: Models,
    limits: Limits | None = None,
    token: str | None = None,
    on_ready: Callable[[], None] = lambda: None,
) -> Starlette:
    """The API around a model.

    Args:
        models: For the answers.
        limits: Of one request.
        token: If given, `POST /` answers 401 without `Authorization: Bearer` and this token.
        on_ready: Called once, before the first request is answered.
    """
    limits = limits or Limits()
    limiter = CapacityLimiter(CONCURRENT_PREDICTIONS)

    async def classify(request: Request) -> Response:
        try:
            authorize(request, token)
            asked = parse_request(await read_body(request, limits.max_body_bytes), limits.max_tickets)
            return await to_thread.run_sync(_predict, models, asked, limiter=limiter)
        except RequestRefused as refused:
            return refusal(refused)
        except ClientDisconnect:
            # The client is gone, so nobody reads this answer.
            return Response(status_code=400)
        except Exception as error:  # noqa: BLE001 - a traceback printed by the server could contain a ticket's text.
            log_failure(error)
            return _error(500, "internal", "the model failed on this request; see its log")

    async def healthz(_request: Request) -> Response:
        return JSONResponse(_health(models.now))

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        on_ready()
        yield

    return Starlette(
        routes=[Route("/", classify, methods=["POST"]), Route("/healthz", healthz, methods=["GET"])],
        exception_handlers={HTTPException: http_error},
        lifespan=lifespan,
    )


def serve(app: Starlette, listener: socket.socket) -> None:
    """Answer on the listening socket until SIGTERM or SIGINT, then finish the requests in flight.

    Ends normally on SIGTERM, with KeyboardInterrupt on SIGINT.
    """
    # uvicorn raises the signal again when it has stopped. Without a handler that would look like a killed process.
    signal.signal(signal.SIGTERM, _exit_quietly)
    server_of(app, stop_s=SHUTDOWN_SECONDS, lifespan=True).run(sockets=[listener])


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one.

    Raises:
        OSError: The address is in use, or is not one of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio switches Nagle's delay off only for sockets that name their protocol; it would add 40 ms to each answer.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(1024)
    except OSError:
        listener.close()
        raise
    return listener


def configure_logs() -> None:
    """Log to standard error, as JSON unless it is a terminal; standard output gets only the ready line."""
    renderer = (
        structlog.dev.ConsoleRenderer()
        if sys.stderr.isatty()
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    shared: list[structlog.typing.Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _defuse,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    steps = [structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer]
    log_plainly(
        logging.WARNING, structlog.stdlib.ProcessorFormatter(foreign_pre_chain=[as_event, *shared], processors=steps)
    )
    catch_the_rest()


def _defuse(_: object, __: str, event: EventDict) -> EventDict:
    """What a library says may quote a request."""
    return {key: defused(value) if isinstance(value, str) else value for key, value in event.items()}


def _exit_quietly(_signal: int, _frame: object) -> NoReturn:
    raise SystemExit(ExitCode.DONE)


def authorize(request: Request, token: str | None) -> None:
    """Check the bearer token, if there has to be one.

    Raises:
        RequestRefused: 401.
    """
    given = request.headers.get("authorization", "").encode()
    if token is not None and not hmac.compare_digest(given, f"Bearer {token}".encode()):
        raise RequestRefused(401, "unauthorized", "send the server's token as Authorization: Bearer")


async def read_body(request: Request, max_bytes: int) -> bytes:
    """The body of a request.

    Raises:
        RequestRefused: 413 when it is longer than `max_bytes`.
    """
    parts, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        # The rest is read and dropped: an early answer would reset the connection before the client reads the 413.
        if size <= max_bytes:
            parts.append(chunk)
    if size > max_bytes:
        raise RequestRefused(
            413,
            "body_too_large",
            f"the body has {size} bytes, but at most {max_bytes} are allowed; send fewer tickets per call",
        )
    return b"".join(parts)


def _predict(models: Models, asked: ClassifyRequest) -> Response:
    # Looked up once: labels and the name of their model belong together, also when another model is taken up meanwhile.
    model = models.now.model
    answers = model.predict([(ticket.subject, ticket.description) for ticket in asked.tickets], asked.top_k)
    return JSONResponse(answer_message(model.version, asked.tickets, answers))


def _health(serving: "Serving") -> dict[str, str]:
    found = {"status": "ok", "model": serving.model.version, "since": serving.since.isoformat(timespec="milliseconds")}
    return found if serving.not_loaded is None else {**found, "not_loaded": serving.not_loaded}


def log_failure(error: Exception) -> None:
    """Log where an error came from, and nothing of what it says."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    log.error("prediction.failed", error=type(error).__name__, line=f"{frame.filename}:{frame.lineno}")


def _error(status: int, code: str, message: str) -> Response:
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else None
    return JSONResponse({"error": code, "message": message}, status_code=status, headers=headers)


def refusal(refused: RequestRefused) -> Response:
    """The answer to a request that is refused."""
    return _error(refused.status, refused.code, refused.message)


async def http_error(_request: Request, error: Exception) -> Response:
    """The answer to an unknown path or method."""
    if not isinstance(error, HTTPException):
        raise error
    body = {"error": "not_found" if error.status_code == 404 else "not_allowed", "message": error.detail}
    return JSONResponse(body, status_code=error.status_code, headers=error.headers)


def ready_line(listener: socket.socket, version: str) -> str:
    """One line of JSON with the address and the model, for which a parent process waits."""
    host, port = listener.getsockname()[:2]
    name = f"[{host}]" if ":" in host else host
    return json.dumps({"url": f"http://{name}:{port}/", "host": host, "port": port, "model": version})
