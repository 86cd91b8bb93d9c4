"""The model's HTTP client: one attempt, its time and its size bounded, and no exception for what the model does."""

import random
import re
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import replace
from functools import partial
from typing import Any

import requests
from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from requests.utils import urldefragauth
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connectionpool import ConnectionPool
from urllib3.exceptions import DecodeError, HTTPError, NewConnectionError
from urllib3.poolmanager import PoolManager, ProxyManager

from analytics.forks import begins_anew
from consumer.model.attempt import Attempt, Denied, Failed
from consumer.model.connection import READ_BYTES, LimitedConnection, LimitedTlsConnection, serving
from consumer.model.idle_connections import KEPT_IDLE_S, IdleConnections
from consumer.model.randomness import new_generator
from consumer.model.tracebacks import let_go
from consumer.model.types import ModelTicket
from consumer.model.watchdog import Limit, Watchdog
from consumer.model.wire import MAX_BODY_BYTES, classify, encode_request, ticket_ids
from network.addresses import read_model_address
from network.errors import chain
from network.proxies import NO_PROXIES, Proxies
from network.route import Route, route_to
from network.tls import Certificates

# The body of an error is read only so that its connection can be used again. To read a longer one costs more than a
# new connection.
_MAX_ERROR_BODY_BYTES = 1 << 14
# W3C Trace Context, level 1. The value comes from a record's header, which any producer can write.
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")

NO_CERTIFICATES = Certificates("ML_API")


class ModelClient:
    """Sends attempts for many threads. Thread-safe.

    It reads no environment variables for proxies and certificates, and no `.netrc`. A forked process has connections
    of its own.

    Args:
        url: The model's address; its credentials are sent as basic authentication if there is no token.
        token: Sent as a bearer token.
        concurrency: The most threads that ask at once, and the most connections that are kept.
        certificates: Whom to trust beside the system's store, and what to show.
        proxies: Those that may be on the way.
        kept_idle_s: How long an unused connection is kept; checked whenever a connection is taken or given back.
        rng: Draws the ids of the tickets in requests.

    Raises:
        ValueError: The address or the token cannot be sent; the message contains neither.
    """

    def __init__(
        self,
        url: str,
        *,
        token: str | None = None,
        concurrency: int = 16,
        certificates: Certificates = NO_CERTIFICATES,
        proxies: Proxies = NO_PROXIES,
        kept_idle_s: float = KEPT_IDLE_S,
        rng: random.Random | None = None,
    ) -> None:
        self._template = _prepare(url, token)
        self._headers = dict(self._template.headers)
        self._route = route_to("ML_API_URL", read_model_address(url), certificates, proxies)
        self._adapter = _Adapter(concurrency, kept_idle_s, self._route)
        self._watchdog = Watchdog("model-watchdog")
        self._rng = rng or new_generator()
        begins_anew(self)

    def begin_anew(self) -> None:
        """Draw other ids than the parent; see `analytics.forks.Forkable`."""
        self._rng.seed()

    def attempt(self, tickets: Sequence[ModelTicket], timeout_s: float, traceparent: str | None = None) -> Attempt:
        """Ask once; return after `timeout_s` at the latest, however slowly the answer arrives.

        Args:
            tickets: At least one.
            timeout_s: For name resolution, connection, request and answer together.
            traceparent: Passed on if it is well formed (W3C Trace Context).
        """
        ids = ticket_ids(self._rng.getrandbits(64), len(tickets))
        request = self._request(encode_request(tickets, ids), traceparent)
        with self._watchdog.limit(timeout_s) as limit:
            outcome = self._exchange(request, ids, limit)
        # The flag comes first: headers that were cut can parse as an empty 200.
        return Failed("timeout", "timed_out") if limit.expired else outcome

    def close(self) -> None:
        """End the attempts in flight, and let no new one begin."""
        self._watchdog.close()
        self._adapter.close()

    def _request(self, body: bytes, traceparent: str | None) -> PreparedRequest:
        # Its own `copy` also copies a cookie jar, and the headers one by one.
        request = copy(self._template)
        request.body = body
        headers = {**self._headers, "Content-Length": str(len(body))}
        if traceparent is not None and _TRACEPARENT.fullmatch(traceparent):
            headers["traceparent"] = traceparent
        request.headers = headers  # type: ignore[assignment]  # the adapter only reads them
        return request

    def _exchange(self, request: PreparedRequest, asked: Sequence[str], limit: Limit) -> Attempt:
        reset = serving.set(limit)
        try:
            # The adapter, not a session: it reads nothing from the environment and follows no redirect. No timeout: the
            # limit cuts the connection, and a socket's own timeout would cost two system calls for every wait.
            response = self._adapter.send(request, stream=True, timeout=None)
            try:
                return self._read_answer(response, asked)
            finally:
                response.close()
        except (requests.RequestException, HTTPError, OSError) as error:
            failed = _failure(error, self._route)
            let_go(error)
            return failed
        finally:
            serving.reset(reset)

    def _read_answer(self, response: Response, asked: Sequence[str]) -> Attempt:
        good = response.ok and not response.is_redirect
        body: bytes | None
        try:
            body = _read(response, MAX_BODY_BYTES if good else _MAX_ERROR_BODY_BYTES)
        except (HTTPError, OSError):
            if good:
                raise
            # The status is enough.
            body = None
        if refused := self._route.refused_by_proxy(response.status_code):
            return Failed("unavailable", "proxy_failed", detail=f"{self._route.named}: {refused}")
        outcome = classify(response.status_code, response.headers, body, asked, time.time())
        if self._route.proxy is None or self._route.is_tls or not isinstance(outcome, Denied | Failed):
            return outcome
        return replace(outcome, detail=f"{self._route.named} answered, or the proxy in its place")


def _prepare(url: str, token: str | None) -> PreparedRequest:
    address = read_model_address(url)
    headers = {"Content-Type": "application/json", "Accept": "application/json", "Accept-Encoding": "identity"}
    request = requests.Request("POST", url, headers={**headers, "User-Agent": "ticketstream"}).prepare()
    if address.basic:
        # The library would encode user and password in Latin-1.
        request.headers["Authorization"] = address.basic
    if token:
        if not (token.isascii() and token.isprintable()):
            raise ValueError("the model's token must be printable ASCII, without line breaks")
        request.headers["Authorization"] = f"Bearer {token}"
    return request


def _read(response: Response, most_bytes: int) -> bytes | None:
    """The body, decompressed if need be; None when it is longer than `most_bytes`."""
    chunks: list[bytes] = []
    size = 0
    while chunk := response.raw.read(READ_BYTES, decode_content=True):
        size += len(chunk)
        if size > most_bytes:
            return None
        chunks.append(chunk)
    return b"".join(chunks)


def _failure(error: Exception, route: Route) -> Failed:
    explained = route.explain(error)
    detail = f"{route.named}: {explained}"
    match error:
        case _ if explained.trouble.by_proxy:
            return Failed("unavailable", "proxy_failed", detail=detail)
        case requests.Timeout() | TimeoutError():
            return Failed("timeout", "timed_out")
        case DecodeError() | requests.exceptions.ContentDecodingError():
            return Failed("garbled", "content_encoding")
        case requests.exceptions.SSLError() | ssl.SSLError():
            return Failed("unavailable", "tls_failed", detail=detail)
        case requests.ConnectionError() if any(isinstance(each, NewConnectionError) for each in chain(error)):
            return Failed("unavailable", "connect_failed", detail=detail)
        case _:
            return Failed("unavailable", "connection_broken", detail=detail)


class _Adapter(HTTPAdapter):
    def __init__(self, concurrency: int, kept_idle_s: float, route: Route) -> None:
        self._kept_idle_s = kept_idle_s
        self._route = route
        self._context = route.context()
        self._concurrency = concurrency
        self._pool: ConnectionPool | None = None
        super().__init__(pool_connections=1, pool_maxsize=concurrency, max_retries=0)
        begins_anew(self)

    def begin_anew(self) -> Callable[[], object]:
        """Make another pool, whose locks are free; see `analytics.forks.Forkable`."""
        inherited: Any = self.poolmanager
        inherited.pools.lock = threading.RLock()
        self._pool = None
        self.init_poolmanager(1, self._concurrency)
        return partial(inherited.clear)

    def init_poolmanager(self, connections: int, maxsize: int, *args: Any, **options: Any) -> None:
        super().init_poolmanager(connections, maxsize, *args, **options)
        options |= {"num_pools": connections, "maxsize": maxsize, "ssl_context": self._context}
        proxy = self._route.proxy
        if proxy is None:
            self.poolmanager = PoolManager(**options)
        else:
            self.poolmanager = ProxyManager(
                proxy.address.origin, proxy_headers=proxy.headers, proxy_ssl_context=self._context, **options
            )
        kept_idle_s = self._kept_idle_s

        class Idle(IdleConnections):
            kept_s = kept_idle_s

        class Pool(HTTPConnectionPool):
            ConnectionCls = LimitedConnection
            QueueCls = Idle

        class TlsPool(HTTPSConnectionPool):
            ConnectionCls = LimitedTlsConnection
            QueueCls = Idle

        self.poolmanager.pool_classes_by_scheme = {"http": Pool, "https": TlsPool}

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> ConnectionPool:
        # There is one address, hence one pool: the look-up by a key is not needed.
        if self._pool is None:
            self._pool = super().get_connection_with_tls_context(*args, **kwargs)
        return self._pool

    def cert_verify(self, *args: Any, **kwargs: Any) -> None:
        """Nothing: the context trusts whom the route says; the base class would add a list of its own."""

    def request_url(self, request: PreparedRequest, proxies: Any) -> str:
        if self._route.proxy is None or self._route.is_tls:
            return super().request_url(request, proxies)
        # A proxy without a tunnel is told the whole address.
        return str(urldefragauth(request.url or ""))

    def close(self) -> None:
        # urllib3 closes connections only when their pool is collected as garbage; an error's traceback can delay that.
        if self._pool is not None:
            self._pool.close()
        super().close()
