"""The model's HTTP client: one attempt, its time and its size bounded, and no exception for what the model does."""

from __future__ import annotations

import re
import socket
import time
from contextvars import ContextVar
from copy import copy
from http.client import HTTPResponse, IncompleteRead
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, DecodeError, HTTPError, NameResolutionError, NewConnectionError

from consumer.bounded import within
from consumer.model.addresses import is_forbidden
from consumer.model.attempt import Failed
from consumer.model.idle import KEPT_IDLE_S, IdleConnections
from consumer.model.watchdog import Watchdog
from consumer.model.wire import MAX_BODY_BYTES, classify, encode_request
from consumer.tracebacks import let_go

if TYPE_CHECKING:
    from collections.abc import Sequence

    from requests import PreparedRequest, Response
    from urllib3.connectionpool import ConnectionPool

    from consumer.model.attempt import Attempt
    from consumer.model.types import ModelTicket
    from consumer.model.watchdog import Limit, Line

# Of each address that the model's name has; a host that is up answers in milliseconds.
CONNECT_TIMEOUT_S = 3.0
_READ_BYTES = 1 << 16
# The body of an error is read only to keep its connection; a longer one costs more than a new connection.
_MAX_ERROR_BODY_BYTES = 1 << 14
# W3C Trace Context, level 1. The value comes from a record's header, so anybody may have written it.
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")

_Addresses = list[tuple[socket.AddressFamily, socket.SocketKind, int, str, Any]]

# The pool chooses the connection, so the connection must find the limit of the attempt it serves by itself.
_limit: ContextVar[Limit] = ContextVar("limit")


class ModelClient:
    """Sends one attempt at a time for each of many threads. Thread-safe.

    Environment variables for proxies, `.netrc` and certificates are not read.

    Args:
        url: The model's address; credentials in it are sent as basic authentication unless there is a token.
        token: Sent as a bearer token.
        concurrency: How many threads will ask at once; as many connections are kept.
        ca_file: Certificates to trust instead of the usual ones.
        kept_idle_s: How long a connection is kept that nobody uses; looked at whenever another is used.

    Raises:
        ValueError: The address or the token cannot be sent; the message holds neither.
    """

    def __init__(
        self,
        url: str,
        *,
        token: str | None = None,
        concurrency: int = 16,
        ca_file: str | None = None,
        kept_idle_s: float = KEPT_IDLE_S,
    ) -> None:
        self._template = _prepare(url, token)
        self._headers = dict(self._template.headers)
        self._adapter = _Adapter(concurrency, kept_idle_s)
        self._verify: bool | str = ca_file or True
        self._watchdog = Watchdog("model-watchdog")

    def attempt(self, tickets: Sequence[ModelTicket], timeout_s: float, traceparent: str | None = None) -> Attempt:
        """Ask once; back after `timeout_s` at the latest, however the answer trickles in.

        Args:
            tickets: At least one.
            timeout_s: For all of it: name resolution, connection, request, answer.
            traceparent: Passed on if it is well formed (W3C Trace Context).
        """
        request = self._request(encode_request(tickets), traceparent)
        with self._watchdog.limit(timeout_s) as limit:
            outcome = self._exchange(request, len(tickets), limit)
        # First of all the flag: a cut in the headers can parse as an empty 200.
        return Failed("timeout", "timed_out") if limit.expired else outcome

    def close(self) -> None:
        """End the attempts in flight, and let nothing new begin."""
        self._watchdog.close()
        self._adapter.close()

    def _request(self, body: bytes, traceparent: str | None) -> PreparedRequest:
        # Its own copy would copy the headers letter by letter, and a jar of cookies too.
        request = copy(self._template)
        request.body = body
        headers = {**self._headers, "Content-Length": str(len(body))}
        if traceparent is not None and _TRACEPARENT.fullmatch(traceparent):
            headers["traceparent"] = traceparent
        request.headers = headers  # type: ignore[assignment]  # whoever sends it only reads them
        return request

    def _exchange(self, request: PreparedRequest, asked: int, limit: Limit) -> Attempt:
        reset = _limit.set(limit)
        try:
            # The adapter and not a session: nothing is read from the environment and no redirect is followed.
            # No timeout of the socket's own: the limit cuts it anyway, and with one every wait costs two system calls.
            response = self._adapter.send(request, stream=True, timeout=None, verify=self._verify)
            try:
                return _understand(response, asked)
            finally:
                response.close()
        except (requests.RequestException, HTTPError, OSError) as error:
            let_go(error)
            return _failure(error)
        finally:
            _limit.reset(reset)


def _prepare(url: str, token: str | None) -> PreparedRequest:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("the model's address must begin with http:// or https:// and name a host")
    headers = {"Content-Type": "application/json", "Accept": "application/json", "Accept-Encoding": "identity"}
    request = requests.Request("POST", url, headers={**headers, "User-Agent": "ticketstream"}).prepare()
    if token:
        if not (token.isascii() and token.isprintable()):
            raise ValueError("the model's token must be printable ASCII, without line breaks")
        request.headers["Authorization"] = f"Bearer {token}"
    return request


def _understand(response: Response, asked: int) -> Attempt:
    good = response.ok and not response.is_redirect
    body: bytes | None
    try:
        body = _read(response, MAX_BODY_BYTES if good else _MAX_ERROR_BODY_BYTES)
    except (HTTPError, OSError):
        if good:
            raise
        # The status has said it all.
        body = None
    return classify(response.status_code, response.headers, body, asked, time.time())


def _read(response: Response, most_bytes: int) -> bytes | None:
    """The body, decoded if it is compressed all the same; None when it is longer than it may be."""
    chunks: list[bytes] = []
    size = 0
    while chunk := response.raw.read(_READ_BYTES, decode_content=True):
        size += len(chunk)
        if size > most_bytes:
            return None
        chunks.append(chunk)
    return b"".join(chunks)


def _failure(error: Exception) -> Failed:
    match error:
        case requests.Timeout() | TimeoutError():
            return Failed("timeout", "timed_out")
        case DecodeError():
            return Failed("garbled", "content_encoding")
        case requests.exceptions.SSLError():
            return Failed("unavailable", "tls_failed")
        case requests.ConnectionError() if _is_connecting(error):
            return Failed("unavailable", "connect_failed")
        case _:
            return Failed("unavailable", "connection_broken")


def _is_connecting(error: requests.ConnectionError) -> bool:
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    return isinstance(reason, NewConnectionError)


class _BoundedResponse(HTTPResponse):
    """Refuses a chunk of negative size, which the standard library takes for leave to read without end."""

    def _safe_read(self, amt: int) -> bytes:
        if amt < 0:
            raise IncompleteRead(b"")
        return super()._safe_read(amt)  # type: ignore[misc,no-any-return]  # typeshed leaves private methods out


class _Socket(socket.socket):
    """Asks the kernel less often: each time, another thread may take the interpreter and keep it for a while."""

    def settimeout(self, value: float | None) -> None:
        if value != self.gettimeout():
            super().settimeout(value)

    def makefile(self, *args: Any, **kwargs: Any) -> Any:
        # The answer to a full batch is longer than what is read at once by default.
        return super().makefile(*args, **{"buffering": _READ_BYTES, **kwargs})


class _LimitedConnection(HTTPConnection):
    """A connection that its attempt's limit can cut at any time, from looking up the host's name to the last byte."""

    response_class = _BoundedResponse
    _line: Line | None = None
    _unsent: list[bytes] | None = None

    def _new_conn(self) -> socket.socket:
        limit = _limit.get()
        try:
            connection = self._dial(limit)
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error
        except TimeoutError as error:
            raise ConnectTimeoutError(self, "no connection within its time") from error
        except OSError as error:
            raise NewConnectionError(self, "no connection") from error
        try:
            self._line = limit.open(connection)
        except TimeoutError as error:
            connection.close()
            raise ConnectTimeoutError(self, "no connection within its time") from error
        return connection

    def _dial(self, limit: Limit) -> socket.socket:
        failure: OSError = OSError("the name has no address")
        for family, kind, protocol, _, address in _look_up(self._dns_host, self.port, limit.left_s()):
            if is_forbidden(str(address[0])):
                failure = OSError("link-local and metadata addresses are refused")
                continue
            connection = _Socket(family, kind, protocol)
            try:
                for option in self.socket_options or ():
                    connection.setsockopt(*option)
                connection.settimeout(min(CONNECT_TIMEOUT_S, limit.left_s()))
                connection.connect(address)
                connection.settimeout(limit.left_s())
            except OSError as error:
                connection.close()
                failure = error
            else:
                return connection
        raise failure

    def request(self, *args: Any, **kwargs: Any) -> None:
        if self._line is not None:
            _limit.get().attach(self._line)
        self._unsent = []
        super().request(*args, **kwargs)
        unsent, self._unsent = self._unsent, None
        super().send(b"".join(unsent))

    def send(self, data: Any) -> None:
        """Send, or while a request is put together keep it: head and body then leave in one packet and system call."""
        if self._unsent is None:
            super().send(data)
        else:
            self._unsent.append(data)

    def close(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            line.drop()
        super().close()


class _LimitedTlsConnection(_LimitedConnection, HTTPSConnection):
    """The same under TLS, whose handshake the limit bounds too."""


class _Adapter(HTTPAdapter):
    def __init__(self, concurrency: int, kept_idle_s: float) -> None:
        self._kept_idle_s = kept_idle_s
        self._pool: ConnectionPool | None = None
        super().__init__(pool_connections=1, pool_maxsize=concurrency, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        kept_idle_s = self._kept_idle_s

        class Waiting(IdleConnections):
            kept_s = kept_idle_s

        class Pool(HTTPConnectionPool):
            ConnectionCls = _LimitedConnection
            QueueCls = Waiting

        class TlsPool(HTTPSConnectionPool):
            ConnectionCls = _LimitedTlsConnection
            QueueCls = Waiting

        self.poolmanager.pool_classes_by_scheme = {"http": Pool, "https": TlsPool}

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> ConnectionPool:
        # There is one address, hence one pool; to find it by its key takes as long as to read the answer.
        if self._pool is None:
            self._pool = super().get_connection_with_tls_context(*args, **kwargs)
        return self._pool

    def close(self) -> None:
        # urllib3 closes connections when their pool is garbage collected; an error's traceback can delay that.
        for key in self.poolmanager.pools.keys():  # noqa: SIM118  # this container refuses to be iterated
            pool = self.poolmanager.pools.get(key)
            if pool is not None:
                pool.close()
        super().close()


def _look_up(host: str, port: int, within_s: float) -> _Addresses:
    """Resolve a name within a time, which the system's resolver does not offer.

    Raises:
        TimeoutError: It took longer; the thread that waits for the resolver is left behind and ends with it.
        socket.gaierror: The name has no address.
    """
    try:
        return within(within_s, lambda: [*socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)], "model-resolver")
    except UnicodeError:
        raise socket.gaierror("not a host name") from None
