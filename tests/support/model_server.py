"""A model on a real socket. Its script decides what it does with each request."""

import contextlib
import json
import secrets
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

LOCALHOST_PEM = Path(__file__).parent / "localhost.pem"


@dataclass(frozen=True, slots=True)
class Asked:
    """One request.

    Attributes:
        number: How many requests came before it.
        headers: By name in lower case.
        tickets: In the order of the request.
    """

    number: int
    headers: dict[str, str]
    tickets: list[dict[str, Any]]


@dataclass(slots=True)
class Door:
    """The server's side of one request."""

    connection: socket.socket
    closing: threading.Event

    def send(self, raw: bytes) -> None:
        self.connection.sendall(raw)

    def reply(self, body: bytes, status: int = 200, headers: str = "") -> None:
        self.send(f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\n{headers}\r\n".encode() + body)

    def answer(self, asked: Asked) -> None:
        self.reply(answer(asked.tickets))

    def drip(self, raw: bytes, pause_s: float = 0.02) -> None:
        """Send one byte at a time, slowly: the pace is the point."""
        for byte in raw:
            if self.closing.wait(pause_s):
                return
            self.send(bytes([byte]))

    def hang(self) -> None:
        """Keep the client waiting, for longer than any test waits for an answer."""
        self.closing.wait(30.0)

    def reset(self) -> None:
        # With a linger time of 0, closing sends RST.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        self.connection.close()


Script = Callable[[Asked, Door], None]


@dataclass(slots=True)
class ModelServer:
    """Where the model is, and what it has seen.

    Attributes:
        url: For clients.
        script: What it does to each request.
        asked: Every request so far.
        connections: How many connections a request came over.
    """

    url: str
    script: Script
    asked: list[Asked] = field(default_factory=list)
    connections: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


def answer(tickets: list[dict[str, Any]]) -> bytes:
    label = {"category": "billing", "confidence": 0.9, "subcategory": "payment_issue", "subcategory_confidence": 0.8}
    predictions = [{"id": ticket["id"], "labels": [label]} for ticket in tickets]
    return json.dumps({"model": "m1", "predictions": predictions}).encode()


@contextlib.contextmanager
def serve(script: Script, *, tls: bool = False, port: int = 0) -> Iterator[ModelServer]:
    """Serve until the end of the block; every connection has a thread of its own.

    Args:
        script: What the model does to each request.
        tls: Speak HTTPS, with the certificate `LOCALHOST_PEM`.
        port: The path is `/predict` there. On port 0, which stands for any free one, the path is unique: another test's
            service may still call a model that had the same port before, and must neither be answered nor counted.
    """
    path = "/predict" if port else f"/{secrets.token_hex(8)}/predict"
    with socket.create_server(("127.0.0.1", port), backlog=64) as listener:
        scheme = "https" if tls else "http"
        server = ModelServer(f"{scheme}://127.0.0.1:{listener.getsockname()[1]}{path}", script)
        closing = threading.Event()
        threads: list[threading.Thread] = []

        def accept() -> None:
            while True:
                with contextlib.suppress(OSError):
                    connection = listener.accept()[0]
                    thread = threading.Thread(target=_attend, args=(server, connection, closing), kwargs={"tls": tls})
                    threads.append(thread)
                    thread.start()
                if closing.is_set():
                    return

        acceptor = threading.Thread(target=accept)
        acceptor.start()
        try:
            yield server
        finally:
            closing.set()
            listener.shutdown(socket.SHUT_RDWR)
            acceptor.join()
            for thread in threads:
                thread.join()


def _attend(server: ModelServer, connection: socket.socket, closing: threading.Event, *, tls: bool) -> None:
    path, counted = urlsplit(server.url).path, False
    connection.settimeout(0.05)
    # In many tests the client goes away in the middle.
    with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
        stack.enter_context(connection)
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(LOCALHOST_PEM)
            connection.settimeout(5.0)
            connection = stack.enter_context(context.wrap_socket(connection, server_side=True))
            connection.settimeout(0.05)
        received = b""
        while (request := _receive(connection, closing, received)) is not None:
            received = request.rest
            door = Door(connection, closing)
            if request.path != path:
                door.reply(b"", 404)
                continue
            with server.lock:
                server.connections += not counted
                counted = True
                asked = Asked(len(server.asked), request.headers, json.loads(request.body)["tickets"])
                server.asked.append(asked)
            server.script(asked, door)


class _Request(NamedTuple):
    path: str
    headers: dict[str, str]
    body: bytes
    rest: bytes


def _receive(connection: socket.socket, closing: threading.Event, received: bytes) -> _Request | None:
    """The next request, and the bytes that came after it; None at the end of the connection."""
    while not closing.is_set():
        head, blank, rest = received.partition(b"\r\n\r\n")
        if blank:
            first, *lines = head.decode("latin-1").split("\r\n")
            path = first.partition(" ")[2].partition(" ")[0]
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
            length = int(headers.get("content-length", 0))
            if len(rest) >= length:
                return _Request(path, headers, rest[:length], rest[length:])
        try:
            more = connection.recv(1 << 16)
        except TimeoutError:
            continue
        if not more:
            return None
        received += more
    return None
