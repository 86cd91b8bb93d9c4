"""Servers under more connections than they have descriptors: real processes, real sockets."""

import contextlib
import itertools
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from serving.connections import HEADERS_S
from tests.support.limits import descriptors, with_descriptors
from tests.support.waiting import until

LIMIT = 256
PEERS = 400
# Far longer than an answer takes, so that a busy machine is no fault; a probe of an orchestrator waits as long.
PROBE_S = 5.0
SERVER = """
import logging, signal, socket, sys
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route
from serving.http_bounds import server_of
from serving.repeated_lines import log_plainly

async def probe(request):
    return Response("alive")

async def large(request):
    return Response(bytes(4_000_000))

async def body(request):
    return Response(str(len(await request.body())))

signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
log_plainly(logging.INFO)
routes = [Route("/livez", probe), Route("/large", large), Route("/body", body, methods=["POST"])]
with socket.create_server(("127.0.0.1", 0)) as listener:
    print(listener.getsockname()[1], flush=True)
    server_of(Starlette(routes=routes), stop_s=2).run(sockets=[listener])
"""
# What peers of each kind send at first, and then from time to time.
PEER = {
    "silent": (b"", b""),
    "slow headers": (b"GET /livez HTTP/1.1\r\nHost: x\r\nX-Slow: ", b"a"),
    "slow body": (b"POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n", b"a"),
    "reads nothing": (b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n", b""),
    "kept alive": (b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n", b""),
}


class Server:
    """A server in a process of its own that may open few files."""

    def __init__(self, process: subprocess.Popen[str], log: Path) -> None:
        assert process.stdout is not None
        self.process = process
        self.port = int(process.stdout.readline())
        self._log = log

    def connection(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), 10)

    def probe_s(self) -> float:
        """How long an answer to a probe takes."""
        began_s = time.monotonic()
        with self.connection() as peer:
            peer.sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            answer = b"".join(iter(lambda: peer.recv(65536), b""))
        assert answer.endswith(b"alive"), answer
        return time.monotonic() - began_s

    def log(self) -> list[str]:
        return self._log.read_text().splitlines()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    log = tmp_path / "log"
    with (
        log.open("w") as written,
        subprocess.Popen(
            with_descriptors(LIMIT, [sys.executable, "-c", SERVER]), stdout=subprocess.PIPE, stderr=written, text=True
        ) as process,
    ):
        try:
            yield Server(process, log)
        finally:
            process.kill()


@pytest.mark.parametrize("kind", PEER)
def test_a_probe_is_answered_whatever_other_peers_do(server: Server, kind: str) -> None:
    """More of them than the process has descriptors: it uses a part of those, and writes no line about each peer."""
    first, then = PEER[kind]
    probes_s = []
    with contextlib.ExitStack() as peers:
        held = []
        for number in range(PEERS):
            peer = peers.enter_context(server.connection())
            peer.sendall(first)
            held.append(peer)
            if number % 20 == 0:
                probes_s.append(server.probe_s())
        for _ in range(5):
            for peer in held:
                with contextlib.suppress(OSError):
                    peer.sendall(then)
            probes_s.append(server.probe_s())
        used = descriptors(server.process.pid)
        server.process.send_signal(signal.SIGTERM)
        code = server.process.wait(10)

    assert max(probes_s) < PROBE_S
    assert used < LIMIT // 2
    assert code == 0
    assert len(server.log()) < 10


@pytest.mark.parametrize("kind", ["silent", "slow headers"])
def test_a_peer_that_says_too_little_is_left(server: Server, kind: str) -> None:
    """After its time, even when there is room: each byte earns it nothing."""
    first, then = PEER[kind]
    began_s = time.monotonic()
    with server.connection() as peer:
        peer.sendall(first)
        peer.settimeout(0.2)

        def left() -> bool:
            try:
                peer.sendall(then)
                return peer.recv(1) == b""
            except TimeoutError:
                return False
            except OSError:
                return True

        until(left, HEADERS_S + 10)

    assert time.monotonic() - began_s > HEADERS_S - 1


def test_a_peer_that_sends_much_slowly_is_heard(server: Server) -> None:
    """A body that takes longer to send than headers may is answered."""
    size = 400_000
    with server.connection() as peer:
        peer.sendall(f"POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: {size}\r\nConnection: close\r\n\r\n".encode())
        for _ in range(8):
            peer.sendall(bytes(size // 8))
            time.sleep((HEADERS_S + 2) / 8)
        answer = b"".join(iter(lambda: peer.recv(65536), b""))

    assert answer.endswith(str(size).encode())


def test_when_all_descriptors_are_gone_it_says_so_once(tmp_path: Path) -> None:
    """However often it cannot take a connection; when there are some again it answers."""
    script = SERVER.replace("log_plainly(logging.INFO)", "log_plainly(logging.INFO); taken = [open('/dev/null')]")
    script = script.replace(
        'return Response("alive")',
        """
    import asyncio, contextlib
    with contextlib.suppress(OSError):
        while True:
            taken.append(open("/dev/null"))
    asyncio.get_running_loop().call_later(4, taken.clear)
    return Response("alive")
""",
    )
    log = tmp_path / "crowded"
    with (
        log.open("w") as written,
        subprocess.Popen(
            with_descriptors(64, [sys.executable, "-c", script]), stdout=subprocess.PIPE, stderr=written, text=True
        ) as process,
    ):
        crowded = Server(process, log)
        try:
            crowded.probe_s()
            waiting = [crowded.connection() for _ in range(40)]
            until(lambda: _answered(crowded))
            for peer in waiting:
                peer.close()
        finally:
            process.kill()
    told = [line for line in crowded.log() if re.search(r"out of system resource", line)]

    assert 1 <= len(told) <= 2


def _answered(server: Server) -> bool:
    with contextlib.suppress(OSError, AssertionError):
        return server.probe_s() < 1
    return False


def test_a_request_in_pieces_is_one_request(server: Server) -> None:
    """Headers byte by byte within their time are answered as any others."""
    request = b"GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    with server.connection() as peer:
        for first, second in itertools.zip_longest(request[::2], request[1::2]):
            peer.sendall(bytes(byte for byte in (first, second) if byte is not None))
        answer = b"".join(iter(lambda: peer.recv(65536), b""))

    assert answer.endswith(b"alive")
