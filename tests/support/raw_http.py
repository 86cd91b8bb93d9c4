"""HTTP as an attacker writes it: any bytes, and only what came back is judged."""

import socket
from typing import NamedTuple
from urllib.parse import urlsplit

PATIENCE_S = 60.0


class RawReply(NamedTuple):
    """What came back; the status is 0 when the server closed the connection without a word."""

    status: int
    head: str
    body: bytes

    def header(self, name: str) -> str:
        lines = (line.partition(":") for line in self.head.split("\r\n")[1:])
        return next((value.strip() for found, _, value in lines if found.lower() == name.lower()), "")


def send(address: str, request: bytes) -> RawReply:
    """Send bytes to the server at an address, and read until it closes; the request should ask it to."""
    parts = urlsplit(address)
    with socket.create_connection((parts.hostname or "", parts.port or 80), PATIENCE_S) as line:
        # Whatever comes is over after this: half a request is an end of it too.
        received = b""
        try:
            line.sendall(request)
            while chunk := line.recv(65536):
                received += chunk
        except ConnectionError:
            pass
    head, _, body = received.partition(b"\r\n\r\n")
    words = head.split(None, 2)
    return RawReply(int(words[1]) if len(words) > 1 else 0, head.decode("latin-1"), body)


def asking(
    path: str | bytes,
    *headers: tuple[str, str | bytes],
    method: str = "GET",
    body: bytes = b"",
    host: str | None = "127.0.0.1",
) -> bytes:
    """Write a request; a host of None writes no Host header."""
    lines = [f"{method} ".encode() + _bytes(path) + b" HTTP/1.1", b"Connection: close"]
    if host is not None:
        lines.append(b"Host: " + _bytes(host))
    if body:
        lines.append(f"Content-Length: {len(body)}".encode())
    lines += [name.encode() + b": " + _bytes(value) for name, value in headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def _bytes(text: str | bytes) -> bytes:
    return text if isinstance(text, bytes) else text.encode()
