"""A forward proxy: tunnels (CONNECT) and plain requests with whole addresses (RFC 9110), with names of its own."""

import contextlib
import re
import socket
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from tests.support.tls_front import listening, relay

_LIMIT = 1 << 16


@dataclass(slots=True)
class ForwardProxy:
    """Where the proxy is, and what it has seen.

    Attributes:
        ports: The ports of this machine that stand behind the names it knows; others are answered with 502.
        authorization: The credentials that it asks for; None for none.
        refusal: The status with which it refuses everything; 0 for none.
        kept: The servers that do not get a client's credentials.
        port: Where it listens.
        asked: The method and the target of every request.
        requests: What came at the start of every connection, as it came.
    """

    ports: Mapping[str, int]
    authorization: str | None = None
    refusal: int = 0
    kept: Collection[str] = ()
    port: int = 0
    asked: list[tuple[str, str]] = field(default_factory=list)
    requests: list[bytes] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def attend(self, connection: socket.socket) -> None:
        """One connection: one tunnel, or requests to one server."""
        received = b""
        while b"\r\n\r\n" not in received:
            if not (more := connection.recv(_LIMIT)):
                return
            received += more
        self.requests.append(received)
        head, _, rest = received.partition(b"\r\n\r\n")
        method, target = head.decode("latin-1").split(" ", 2)[:2]
        self.asked.append((method, target))
        status = self._refused(head.decode("latin-1"))
        where = target if method == "CONNECT" else urlsplit(target).netloc
        host = where.rpartition("@")[2].rpartition(":")[0] or where
        port = self.ports.get(host)
        if not status and port is None:
            status = 502
        if status or port is None:
            connection.sendall(f"HTTP/1.1 {status} No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
            return
        with socket.create_connection(("127.0.0.1", port)) as server:
            if method == "CONNECT":
                connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                server.sendall(rest)
            else:
                # Every request has its own connection, so only this one's address is to be cut.
                dropped = b"authorization:" if host in self.kept else b"proxy-"
                server.sendall(_as_for_a_server(head, target, dropped) + b"\r\n\r\n" + rest)
            relay(connection, server)

    def _refused(self, head: str) -> int:
        given = re.search(r"(?im)^proxy-authorization: *(\S.*?)\r?$", head)
        if self.authorization is not None and (given is None or given[1] != self.authorization):
            return 407
        return self.refusal


@contextlib.contextmanager
def forward_proxy(
    ports: Mapping[str, int], *, authorization: str | None = None, refusal: int = 0, kept: Collection[str] = ()
) -> Iterator[ForwardProxy]:
    """Serve until the end of the block."""
    proxy = ForwardProxy(ports, authorization, refusal, kept)
    with listening(proxy.attend) as port:
        proxy.port = port
        yield proxy


def _as_for_a_server(head: bytes, target: str, dropped: bytes) -> bytes:
    parts = urlsplit(target)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    first, *headers = head.split(b"\r\n")
    kept = [line for line in headers if not line.lower().startswith((b"proxy-", b"connection:", dropped))]
    return b"\r\n".join([first.replace(target.encode(), path.encode(), 1), *kept, b"Connection: close"])
