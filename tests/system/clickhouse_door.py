"""A door before ClickHouse that makes the sink's inserts fail as a test wants, and lets everything else pass."""

import contextlib
import http.client
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple
from urllib.parse import urlsplit

TIMEOUT_S = 60.0
# Between two servers on one connection only; the body comes whole.
_HOP_BY_HOP = frozenset({"connection", "content-length", "host", "keep-alive", "transfer-encoding"})
# How the sink names its inserts, within the address.
_INSERT = "insert_deduplication_token=v1"


class Answer(NamedTuple):
    """What ClickHouse says to one request."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


Pass = Callable[[], Answer]
# Gets what lets the insert pass; without an answer the line is cut.
Fault = Callable[[Pass], Answer | None]


def answer_lost(let_pass: Pass) -> Answer | None:
    """The rows are stored, and the answer is lost."""
    let_pass()
    return None


def cut(_: Pass) -> Answer | None:
    """The insert never arrives."""
    return None


def slow(seconds: float) -> Fault:
    """The insert arrives late."""

    def fault(let_pass: Pass) -> Answer:
        # The delay itself is the fault.
        time.sleep(seconds)
        return let_pass()

    return fault


def failing(code: int, name: str) -> Fault:
    """ClickHouse fails for a reason of its own."""
    text = f"Code: {code}. DB::Exception: It is not the rows. ({name}) (version 26.9.1.1 (official build))\n"
    return lambda _: Answer(500, [("X-ClickHouse-Exception-Code", str(code))], text.encode())


class ClickHouseDoor(ThreadingHTTPServer):
    """Stands before the ClickHouse at `url`."""

    daemon_threads = True

    def __init__(self, url: str) -> None:
        super().__init__(("127.0.0.1", 0), _Request)
        self.behind = urlsplit(url).netloc
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self._faults: deque[Fault] = deque()

    def set_faults(self, *faults: Fault) -> None:
        """What happens to the next inserts, one after the other."""
        self._faults.extend(faults)

    @property
    def is_done(self) -> bool:
        """Whether everything that was set has happened."""
        return not self._faults

    def fault_of(self, path: str) -> Fault:
        with contextlib.suppress(IndexError):
            if _INSERT in path:
                return self._faults.popleft()
        return lambda let_pass: let_pass()


class _Request(BaseHTTPRequestHandler):
    server: ClickHouseDoor
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = b"".join(self._chunks())
        answer = self.server.fault_of(self.path)(lambda: self._passed(body))
        if answer is None:
            self.close_connection = True
            return
        self.send_response_only(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)

    do_POST = do_GET  # noqa: N815 - named by the library

    def _chunks(self) -> Iterator[bytes]:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            yield self.rfile.read(int(self.headers.get("Content-Length", 0)))
            return
        while size := int(self.rfile.readline(), 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()

    def _passed(self, body: bytes) -> Answer:
        behind = http.client.HTTPConnection(self.server.behind, timeout=TIMEOUT_S)
        try:
            headers = {name: value for name, value in self.headers.items() if name.lower() not in _HOP_BY_HOP}
            behind.request(self.command, self.path, body, headers)
            got = behind.getresponse()
            kept = [(name, value) for name, value in got.getheaders() if name.lower() not in _HOP_BY_HOP]
            return Answer(got.status, kept, got.read())
        finally:
            behind.close()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def door_before(url: str) -> Iterator[ClickHouseDoor]:
    """Stand before ClickHouse until the end of the block."""
    with ClickHouseDoor(url) as door:
        serving = threading.Thread(target=door.serve_forever, args=(0.05,))
        serving.start()
        try:
            yield door
        finally:
            door.shutdown()
            serving.join()
