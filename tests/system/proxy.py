"""A door before the broker that knows Kafka's frames, to cut a line or kill a process at one exact request.

Protocol: https://kafka.apache.org/protocol. A frame is its size in four bytes and then, in a request, the API's key
in two bytes, its version in two and the correlation id in four; in an answer the correlation id comes first.
"""

import contextlib
import os
import signal
import socket
import socketserver
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum, IntEnum, auto
from typing import NamedTuple

# Longer than any test waits for what it does meanwhile.
HOLD_S = 60.0


class Api(IntEnum):
    """Requests that matter here, by Kafka's numbers."""

    PRODUCE = 0
    METADATA = 3
    OFFSET_COMMIT = 8
    FIND_COORDINATOR = 10
    JOIN_GROUP = 11
    HEARTBEAT = 12
    SYNC_GROUP = 14
    INIT_PRODUCER_ID = 22
    ADD_PARTITIONS_TO_TXN = 24
    ADD_OFFSETS_TO_TXN = 25
    END_TXN = 26
    TXN_OFFSET_COMMIT = 28


class Fate(Enum):
    """What becomes of a frame that springs a trap; the line is cut, or lost are the frame alone or nothing."""

    PASSED = auto()
    DROPPED = auto()
    CUT = auto()


class Trap(NamedTuple):
    """At which request something happens: as soon as it comes, or when its answer does.

    Attributes:
        pid: the process that gets the signal at this moment; without one the line alone suffers.
        held: until it is set the frame waits, and then gets through; without it the line is cut.
        held_s: how long it waits at most.
        dropped: the frame alone is lost, and the line stays.
    """

    api: Api
    answered: bool
    pid: int | None = None
    number: signal.Signals = signal.SIGKILL
    held: threading.Event | None = None
    held_s: float = HOLD_S
    dropped: bool = False


class Proxy(socketserver.ThreadingTCPServer):
    """Passes frames on, and names itself where the broker names itself."""

    daemon_threads = True

    def __init__(self, broker: str) -> None:
        super().__init__(("127.0.0.1", 0), _Line)
        host, port = broker.split(":")
        self.broker = (host, int(port))
        self.address = f"127.0.0.1:{self.server_address[1]}"
        self.sprung = threading.Event()
        self._trap: Trap | None = None
        self._lock = threading.Lock()

    def set_trap(self, trap: Trap) -> None:
        self.sprung.clear()
        self._trap = trap

    def awaits(self, api: int, *, answered: bool) -> bool:
        return self._trap is not None and (self._trap.api, self._trap.answered) == (api, answered)

    def spring(self) -> "Fate":
        """What becomes of the frame."""
        with self._lock:
            trap, self._trap = self._trap, None
        if trap is None:
            return Fate.CUT
        if trap.pid is not None:
            os.kill(trap.pid, trap.number)
        self.sprung.set()
        if trap.held is not None:
            trap.held.wait(trap.held_s)
            return Fate.PASSED
        return Fate.DROPPED if trap.dropped else Fate.CUT

    def renamed(self, answer: bytes) -> bytes:
        """An answer that names the broker's address, with ours in its place: it is as long."""
        theirs, ours = (b"127.0.0.1" + struct.pack(">i", port) for port in (self.broker[1], self.server_address[1]))
        return answer.replace(theirs, ours)


class _Line(socketserver.BaseRequestHandler):
    """One connection of a client."""

    server: Proxy

    def handle(self) -> None:
        asked: dict[bytes, int] = {}
        with contextlib.suppress(OSError), socket.create_connection(self.server.broker) as broker:
            answers = threading.Thread(target=self._answer, args=(broker, asked))
            answers.start()
            for frame in _frames(self.request):
                api = int.from_bytes(frame[4:6], "big")
                fate = self.server.spring() if self.server.awaits(api, answered=False) else Fate.PASSED
                if fate is Fate.CUT:
                    break
                if fate is Fate.DROPPED:
                    continue
                asked[frame[8:12]] = api
                broker.sendall(frame)
            broker.shutdown(socket.SHUT_RDWR)
            answers.join()

    def _answer(self, broker: socket.socket, asked: dict[bytes, int]) -> None:
        with contextlib.suppress(OSError):
            for frame in _frames(broker):
                api = asked.pop(frame[4:8], -1)
                fate = self.server.spring() if self.server.awaits(api, answered=True) else Fate.PASSED
                if fate is Fate.CUT:
                    break
                if fate is Fate.DROPPED:
                    continue
                self.request.sendall(
                    self.server.renamed(frame) if api in {Api.METADATA, Api.FIND_COORDINATOR} else frame
                )
            self.request.shutdown(socket.SHUT_RDWR)


def _frames(connection: socket.socket) -> Iterator[bytes]:
    """Whole frames, size included, until the connection ends."""
    held = b""
    while more := connection.recv(1 << 16):
        held += more
        while len(held) >= 4 and len(held) >= (size := 4 + int.from_bytes(held[:4], "big")):
            yield held[:size]
            held = held[size:]


@contextmanager
def proxy_before(broker: str) -> Iterator[Proxy]:
    """Stand before the broker until the end of the block."""
    with Proxy(broker) as proxy:
        serving = threading.Thread(target=proxy.serve_forever, args=(0.05,))
        serving.start()
        try:
            yield proxy
        finally:
            proxy.shutdown()
            serving.join()
