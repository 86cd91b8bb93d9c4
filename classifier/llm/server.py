"""The model's HTTP API before an LLM: `POST /` asks about tickets, each in a thread of its own."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any, NamedTuple, Protocol

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from classifier.llm.asking import Asked
from classifier.llm.chat.failures import Failure, sentence_of
from classifier.llm.labels import Probabilities, labels_of
from classifier.llm.metrics import Metrics
from classifier.llm.types import Usage
from classifier.messages import ClassifyRequest, RequestRefused, TicketMessage, parse_request
from classifier.server import Limits, authorize, http_error, log_failure, read_body, refusal

THREADS = 256
"""As many tickets are asked about at once: as many as `ML_MAX_CONCURRENCY` allows. A thread that waits costs little."""
_GRACE_S = 0.5


class AsksLlm(Protocol):
    """As `classifier.llm.asking.Asker`."""

    def ask(self, subject: str, description: str, deadline_s: float) -> Asked | Failure: ...

    def close(self) -> None: ...


class Llm(NamedTuple):
    """What answers.

    Attributes:
        asker: Asks about one ticket.
        version: The model's name and the beginning of the prompt's SHA-256: what answers depend on.
        timeout_s: For one ticket, with steps down and a repair.
        calibrated: The calibrated probabilities of an answer; None where no calibration fits it.
    """

    asker: AsksLlm
    version: str
    timeout_s: float
    calibrated: Callable[[Asked], Probabilities | None] = lambda _: None


def create_llm_app(
    llm: Llm,
    metrics: Metrics,
    limits: Limits | None = None,
    token: str | None = None,
    on_ready: Callable[[], None] = lambda: None,
) -> Starlette:
    """The API: `/`, `/healthz`, `/livez`, `/readyz` and `/metrics`; the arguments are those of `classifier.server`."""
    api = _Api(llm, metrics, limits or Limits(), token)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        on_ready()
        yield
        api.close()

    return Starlette(
        routes=[
            Route("/", api.classify, methods=["POST"]),
            Route("/healthz", api.healthz),
            Route("/livez", _probe),
            Route("/readyz", _probe),
            Route("/metrics", api.scrape),
        ],
        exception_handlers={HTTPException: http_error},
        lifespan=lifespan,
    )


class _Api:
    """The answers to requests; its arguments are those of `create_llm_app`."""

    def __init__(self, llm: Llm, metrics: Metrics, limits: Limits, token: str | None) -> None:
        self._llm = llm
        self._metrics = metrics
        self._limits = limits
        self._token = token
        self._threads = ThreadPoolExecutor(THREADS, "llm")

    def close(self) -> None:
        """End the calls that are still under way, and wait until each is settled."""
        self._llm.asker.close()
        self._threads.shutdown(cancel_futures=True)

    async def classify(self, request: Request) -> Response:
        try:
            authorize(request, self._token)
            asked = parse_request(await read_body(request, self._limits.max_body_bytes), self._limits.max_tickets)
            return _reply(self._llm, asked, await _ask_all(self._llm, self._metrics, self._threads, asked.tickets))
        except RequestRefused as refused:
            return refusal(refused)
        except ClientDisconnect:
            # The client is gone, so nobody reads this answer.
            return Response(status_code=400)
        except Exception as error:  # noqa: BLE001 - a traceback printed by the server could contain a ticket's text.
            log_failure(error)
            return _failed(Failure(503, "internal"))

    async def healthz(self, _request: Request) -> Response:
        return JSONResponse({"status": "ok", "model": self._llm.version})

    async def scrape(self, request: Request) -> Response:
        try:
            authorize(request, self._token)
        except RequestRefused as refused:
            return refusal(refused)
        return Response(generate_latest(self._metrics.registry), media_type=CONTENT_TYPE_LATEST)


async def _probe(_request: Request) -> Response:
    """Who serves is live and ready: what the endpoint lacks, callers are told with every ticket."""
    return JSONResponse({"ok": True, "problems": {}})


async def _ask_all(
    llm: Llm, metrics: Metrics, threads: ThreadPoolExecutor, tickets: Sequence[TicketMessage]
) -> list[Asked | Failure]:
    deadline_s = time.monotonic() + llm.timeout_s

    async def ask(ticket: TicketMessage) -> Asked | Failure:
        asking = asyncio.wrap_future(threads.submit(llm.asker.ask, ticket.subject, ticket.description, deadline_s))
        with metrics.in_flight.track_inprogress():
            # An endpoint that sends a byte now and then holds the thread for longer than the client waits.
            done, _ = await asyncio.wait({asking}, timeout=llm.timeout_s + _GRACE_S)
        outcome = asking.result() if done else Failure(503, "endpoint_timeout")
        metrics.on_ticket(outcome)
        return outcome

    return list(await asyncio.gather(*map(ask, tickets)))


def _reply(llm: Llm, request: ClassifyRequest, outcomes: Sequence[Asked | Failure]) -> Response:
    """The answer; where no ticket has one, the failure that is due to the endpoint rather than to a ticket."""
    usage = _sum([outcome.usage for outcome in outcomes])
    failures = [outcome for outcome in outcomes if isinstance(outcome, Failure)]
    if len(failures) == len(outcomes):
        return _failed(min(failures, key=lambda failure: failure.status)._replace(usage=usage))
    calibrated = True
    predictions: list[dict[str, Any]] = []
    for ticket, outcome in zip(request.tickets, outcomes, strict=True):
        # No labels garble this ticket alone: the service asks about it again by itself, and then hears of the failure.
        probabilities: Probabilities = ()
        if isinstance(outcome, Asked):
            of_calibration = llm.calibrated(outcome)
            calibrated = calibrated and of_calibration is not None
            probabilities = outcome.probabilities if of_calibration is None else of_calibration
        predictions.append({"id": ticket.id, "labels": labels_of(probabilities, request.top_k)})
    return JSONResponse(
        {"model": llm.version, "predictions": predictions, "calibrated": calibrated, "usage": _message(usage)}
    )


def _failed(failure: Failure) -> Response:
    body: dict[str, Any] = {"error": {"code": failure.code, "message": sentence_of(failure.code)}}
    if failure.usage != Usage():
        body["usage"] = _message(failure.usage)
    wait_s = failure.retry_after_s
    headers = {} if wait_s is None else {"Retry-After": f"{wait_s:.3f}".rstrip("0").rstrip(".")}
    return JSONResponse(body, failure.status, headers)


def _sum(usages: Sequence[Usage]) -> Usage:
    columns = zip(*usages, strict=True)
    return Usage(*(sum(column) for column in columns))


def _message(usage: Usage) -> dict[str, Any]:
    return usage._asdict()
