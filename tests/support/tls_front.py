"""TLS before a server that speaks plainly, with certificates made for the test."""

import contextlib
import datetime as dt
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import trustme

# Of a kind that the sandbox answers to; only the proxy of a test knows where it leads.
HOST = "server.localhost"
"""The name in the certificates, beside 127.0.0.1 and localhost; only a proxy knows where it is."""
Attend: TypeAlias = Callable[[socket.socket], None]
_NAMES = ("127.0.0.1", "localhost", HOST)


class Papers:
    """A CA, and the files that clients are given.

    Attributes:
        authority: The CA.
        ca_file: Its certificate.
        client_cert_file: A client's certificate of this CA.
        client_key_file: The key of that certificate.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.authority = trustme.CA()
        client = self.authority.issue_cert("client@example.com", common_name="client")
        self.ca_file = str(folder / "ca.pem")
        self.client_cert_file = str(folder / "client.pem")
        self.client_key_file = str(folder / "client.key")
        self.authority.cert_pem.write_to_path(self.ca_file)
        client.private_key_pem.write_to_path(self.client_key_file)
        for number, blob in enumerate(client.cert_chain_pems):
            blob.write_to_path(self.client_cert_file, append=number > 0)

    def server(self, *, client_of: "Papers | None" = None) -> ssl.SSLContext:
        """A server's side; with `client_of` it asks for a client certificate of that CA."""
        context = self._context(self.authority.issue_cert(*_NAMES))
        if client_of is not None:
            client_of.authority.configure_trust(context)
            context.verify_mode = ssl.CERT_REQUIRED
        return context

    def expired(self) -> ssl.SSLContext:
        """A server whose certificate was valid until yesterday."""
        yesterday = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
        return self._context(self.authority.issue_cert(*_NAMES, not_after=yesterday))

    def other_name(self) -> ssl.SSLContext:
        """A server with somebody else's certificate."""
        return self._context(self.authority.issue_cert("elsewhere.test"))

    @staticmethod
    def _context(leaf: trustme.LeafCert) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        leaf.configure_cert(context)
        return context


Context: TypeAlias = ssl.SSLContext | Callable[[], ssl.SSLContext]


@contextlib.contextmanager
def tls_front(port: int, context: Context, *, authorization: str = "") -> Iterator[int]:
    """Speak TLS at the port that is yielded, and plainly to the server at `port` of this machine.

    Args:
        port: Of the server.
        context: The server's side of TLS, or a function that gives that of each connection.
        authorization: The credentials that the first request of each connection has to show; 401 without them.
    """

    def attend(connection: socket.socket) -> None:
        current = context if isinstance(context, ssl.SSLContext) else context()
        with current.wrap_socket(connection, server_side=True) as plain:
            head = _head(plain) if authorization else b""
            if f"\r\nauthorization: {authorization}\r\n".lower().encode() not in head.lower() and authorization:
                plain.sendall(b"HTTP/1.1 401 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                return
            with socket.create_connection(("127.0.0.1", port)) as server:
                server.sendall(head)
                relay(plain, server)

    with listening(attend) as front:
        yield front


@contextlib.contextmanager
def listening(attend: Attend) -> Iterator[int]:
    """Attend to each connection in a thread of its own until the end of the block."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
        closing = threading.Event()
        # Connections that a client keeps open would never end by themselves.
        opened: list[socket.socket] = []

        def accept() -> None:
            while not closing.is_set():
                with contextlib.suppress(OSError):
                    connection = listener.accept()[0]
                    opened.append(connection)
                    threading.Thread(target=_closing_after, args=(attend, connection), daemon=True).start()

        acceptor = threading.Thread(target=accept, daemon=True)
        acceptor.start()
        try:
            yield listener.getsockname()[1]
        finally:
            closing.set()
            for open_socket in (listener, *opened):
                with contextlib.suppress(OSError):
                    open_socket.shutdown(socket.SHUT_RDWR)
            acceptor.join()


def relay(one: socket.socket, other: socket.socket) -> None:
    """Pass bytes both ways until one side ends."""
    back = threading.Thread(target=_copy, args=(other, one), daemon=True)
    back.start()
    _copy(one, other)
    back.join()


def _closing_after(attend: Attend, connection: socket.socket) -> None:
    # Clients go away in the middle, and refuse certificates.
    with connection, contextlib.suppress(OSError):
        attend(connection)


def _head(connection: socket.socket) -> bytes:
    """What comes first, at least up to the end of a request's headers."""
    received = b""
    while b"\r\n\r\n" not in received and (more := connection.recv(1 << 16)):
        received += more
    return received


def _copy(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError, ValueError):
        while data := source.recv(1 << 16):
            target.sendall(data)
    for end in (source, target):
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
