"""Peers that connect and say nothing."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager


@contextmanager
def silent(host: str, port: int, number: int) -> Iterator[None]:
    """So many connections, none of which sends a byte."""
    with ExitStack() as peers:
        for _ in range(number):
            peers.enter_context(socket.create_connection((host, port), 10))
        yield
