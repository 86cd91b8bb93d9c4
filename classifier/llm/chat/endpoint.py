"""The endpoint over HTTP: one request, bounded in time and size, and no exception for what the endpoint does."""

import json
import socket
import ssl
import threading
import time
import weakref
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Literal, NamedTuple
from urllib.parse import urlsplit, urlunsplit

import requests
from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError

CONNECT_S = 5.0
MOST_BYTES = 4 << 20
"""An answer with 20 alternatives at each of 4,096 tokens would take more; one of a code takes some KiB."""
_CHAT = "/chat/completions"
_READ_BYTES = 1 << 16
# Hosts below these take a key as `api-key`; a bearer token means another kind of credential there.
_API_KEY_HOSTS = (".azure.com", ".azure-api.net")


class Answer(NamedTuple):
    """What the endpoint answered; header names are in small letters."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Unanswered(NamedTuple):
    """Why there is no answer, with what to do about it; without secrets."""

    outcome: Literal["unreachable", "cut", "timeout"]
    detail: str = ""


class Way(NamedTuple):
    """How the endpoint is reached.

    Attributes:
        context: For TLS; None trusts the system's store.
        proxy: Its address, with its credentials; empty for none.
        explain: What to say of an error on the way, without secrets.
    """

    context: ssl.SSLContext | None = None
    proxy: str = ""
    explain: Callable[[BaseException], str] = lambda error: type(error).__name__


def chat_address(address: str) -> str:
    """Where completions are asked for, from an address as people write it.

    `https://host/v1` and the whole address of completions are the same; a host alone has them below /v1. A query stays.
    """
    parts = urlsplit(address)
    path = parts.path.rstrip("/")
    if not path.endswith(_CHAT):
        path = (path or "/v1") + _CHAT
    return urlunsplit(parts._replace(path=path, fragment=""))


class _Key(AuthBase):
    """The key in its header. As the request's own authentication, so that no `.netrc` replaces it."""

    def __init__(self, key: str, host: str) -> None:
        self._name = "api-key" if host.endswith(_API_KEY_HOSTS) else "Authorization"
        self._value = key if not key or self._name == "api-key" else f"Bearer {key}"

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        if self._value:
            request.headers[self._name] = self._value
        return request


class Endpoint:
    """An OpenAI-compatible endpoint. Thread-safe; connections are kept and shared.

    Args:
        address: As for `chat_address`; its own user and password are not used.
        key: Sent with each request, and only to this address: redirects are not followed.
        connections: How many are kept, and how many threads ask at once.
        way: How it is reached.
    """

    def __init__(self, address: str, key: str = "", *, connections: int = 128, way: Way | None = None) -> None:
        self._address = chat_address(address)
        self._way = way or Way()
        self._key = _Key(key, urlsplit(self._address).hostname or "")
        self._session = requests.Session()
        # Neither proxies nor certificates nor `.netrc` of the environment: the way says it all.
        self._session.trust_env = False
        self._session.headers.update({"Accept": "application/json", "User-Agent": "ticketstream"})
        adapter = _Adapter(connections, self._way.context or ssl.create_default_context())
        self._lines = adapter.lines
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)

    def ask(self, body: Mapping[str, Any], within_s: float) -> Answer | Unanswered:
        """Send one request, and wait for its answer.

        It returns within twice the time at the latest, where an endpoint sends one byte now and then.
        """
        until_s = time.monotonic() + within_s
        given = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
        try:
            with self._session.post(
                self._address,
                data=given,
                headers={"Content-Type": "application/json"},
                auth=self._key,
                timeout=(min(CONNECT_S, within_s), within_s),
                allow_redirects=False,
                stream=True,
                proxies={"http": self._way.proxy, "https": self._way.proxy} if self._way.proxy else None,
            ) as response:
                return _read(response, until_s)
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            return _unanswered(error, self._way.explain)

    def close(self) -> None:
        """End the requests in flight, as ones that were cut, and close the connections."""
        self._lines.cut()
        self._session.close()


class _Lines:
    """The connections that are open."""

    def __init__(self) -> None:
        self._open = weakref.WeakSet[HTTPConnection]()
        self._lock = threading.Lock()

    def add(self, connection: HTTPConnection) -> None:
        with self._lock:
            self._open.add(connection)

    def cut(self) -> None:
        with self._lock:
            lines = [connection.sock for connection in self._open]
        for line in lines:
            if line is not None:
                # Of the plain socket: that of TLS would first forget what the thread that reads is using.
                with suppress(OSError):
                    socket.socket.shutdown(line, socket.SHUT_RDWR)

    def pools(self) -> dict[str, Any]:
        """Pools whose connections are noted here."""
        lines = self

        class Plain(HTTPConnection):
            def connect(self) -> None:
                super().connect()
                lines.add(self)

        class Tls(HTTPSConnection):
            def connect(self) -> None:
                super().connect()
                lines.add(self)

        class Pool(HTTPConnectionPool):
            ConnectionCls = Plain

        class TlsPool(HTTPSConnectionPool):
            ConnectionCls = Tls

        return {"http": Pool, "https": TlsPool}


class _Adapter(HTTPAdapter):
    def __init__(self, connections: int, context: ssl.SSLContext) -> None:
        self._context = context
        self.lines = _Lines()
        super().__init__(pool_connections=1, pool_maxsize=connections, max_retries=0)

    def init_poolmanager(self, connections: int, maxsize: int, *args: Any, **options: Any) -> None:
        super().init_poolmanager(connections, maxsize, *args, ssl_context=self._context, **options)
        self.poolmanager.pool_classes_by_scheme = self.lines.pools()

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        tls = {"ssl_context": self._context, "proxy_ssl_context": self._context}
        manager = super().proxy_manager_for(proxy, **options, **tls)
        manager.pool_classes_by_scheme = self.lines.pools()
        return manager

    def cert_verify(self, *args: Any, **kwargs: Any) -> None:
        """Nothing: the context trusts whom the way says; the base class would add a list of its own."""


def _read(response: Response, until_s: float) -> Answer | Unanswered:
    chunks: list[bytes] = []
    size = 0
    while chunk := _more(response, until_s):
        size += len(chunk)
        if size > MOST_BYTES:
            return Unanswered("cut", f"the endpoint's answer is longer than {MOST_BYTES >> 20} MiB")
        if time.monotonic() > until_s:
            return Unanswered("timeout")
        chunks.append(chunk)
    headers = {name.lower(): value for name, value in response.headers.items()}
    return Answer(response.status_code, headers, b"".join(chunks))


def _more(response: Response, until_s: float) -> bytes:
    connection = getattr(response.raw, "connection", None)
    line = getattr(connection, "sock", None)
    if line is not None:
        line.settimeout(max(0.01, until_s - time.monotonic()))
    return bytes(response.raw.read1(_READ_BYTES, decode_content=True))


def _unanswered(error: Exception, explain: Callable[[BaseException], str]) -> Unanswered:
    causes = [error, *error.args, getattr(error.args[0] if error.args else None, "reason", None)]
    if any(isinstance(cause, ConnectTimeoutError | NewConnectionError | requests.ConnectTimeout) for cause in causes):
        return Unanswered("unreachable", explain(error))
    if isinstance(error, requests.exceptions.SSLError | requests.exceptions.ProxyError):
        return Unanswered("unreachable", explain(error))
    if any(isinstance(cause, TimeoutError | requests.Timeout) or "Timeout" in type(cause).__name__ for cause in causes):
        return Unanswered("timeout", "")
    return Unanswered("cut", explain(error))
