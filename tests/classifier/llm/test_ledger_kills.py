"""The budget holds while processes are killed hard in the middle of calls."""

import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from classifier.llm.ledger import Ledger

NOW = datetime(2026, 11, 30, 12, 0, 0, tzinfo=UTC)
BUDGET_NANO = 100_000_000
AT_ONCE = 3
KILLS = 12

_WORKER = """
import http.client, os, sys
from pathlib import Path
from classifier.llm.metering import Bounds, LedgerMeter
from classifier.llm.prices import Prices, money
from classifier.llm.types import Refusal, Usage
from tests.classifier.llm.test_ledger_kills import BUDGET_NANO, NOW
meter = LedgerMeter(Path(sys.argv[1]), "http://llm.example", "m", Prices(money(1), money(4)), 10, Bounds(BUDGET_NANO))
endpoint = http.client.HTTPConnection("127.0.0.1", int(sys.argv[2]))
while True:
    number = meter.reserve(100, NOW)
    if isinstance(number, Refusal):
        sys.exit(0 if number.reason == "budget_spent" else 1)
    endpoint.request("POST", f"/{os.getpid()}")
    tokens = endpoint.getresponse().read().split()
    meter.settle(number, Usage(int(tokens[0]), 0, int(tokens[1])), "answered", {}, NOW)
"""


class Endpoint(ThreadingHTTPServer):
    """Counts what it charges. It kills some of its callers before the reply, and some just after."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Call)
        self.lock = threading.Lock()
        self.rng = random.Random(5)
        self.charged_nano = 0
        self.calls = 0
        self.killed = 0

    def charge(self) -> tuple[int, int, str]:
        """The tokens of the next call, and when its caller dies: never, before or after the reply."""
        with self.lock:
            self.calls += 1
            prompt, answer = self.rng.randint(20, 100), self.rng.randint(0, 10)
            self.charged_nano += prompt * 1000 + answer * 4000
            dies = self.killed < KILLS and self.calls % 50 == 0
            self.killed += dies
            return prompt, answer, ("before", "after")[self.killed % 2] if dies else "never"


class Call(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Endpoint

    def do_POST(self) -> None:
        prompt, answer, dies = self.server.charge()
        caller = int(self.path[1:])
        if dies == "before":
            os.kill(caller, signal.SIGKILL)
        body = f"{prompt} {answer}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        if dies == "after":
            os.kill(caller, signal.SIGKILL)

    def log_request(self, code: object = "-", size: object = "-") -> None:
        """Be silent."""


@contextmanager
def running(endpoint: Endpoint) -> Iterator[int]:
    thread = threading.Thread(target=endpoint.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield endpoint.server_address[1]
    finally:
        endpoint.shutdown()
        thread.join()
        endpoint.server_close()


def worked(path: Path, port: int) -> list[int]:
    """How processes ended, one after the other in one place, until one finds the budget spent."""
    codes: list[int] = []
    while not codes or codes[-1] == -signal.SIGKILL:
        codes.append(subprocess.run([sys.executable, "-c", _WORKER, str(path), str(port)], check=False).returncode)
    return codes


def test_the_budget_holds_over_kills(tmp_path: Path) -> None:
    """Processes on one ledger are killed in calls and between them; by the endpoint's own count nothing is exceeded.

    What the endpoint charged is in the ledger, all of it: counted, or at the estimates of those who died. The budget is
    used up, too: no more than the estimates of the dead and one call are left.
    """
    path = tmp_path / "ledger.sqlite"
    endpoint = Endpoint()
    ends: list[list[int]] = []

    with running(endpoint) as port:
        places = [threading.Thread(target=lambda: ends.append(worked(path, port))) for _ in range(AT_ONCE)]
        for place in places:
            place.start()
        for place in places:
            place.join()

    ledger = Ledger(path)
    (day,) = ledger.days()
    ledger.close()
    killed = sum(codes.count(-signal.SIGKILL) for codes in ends)
    assert [codes[-1] for codes in ends] == [0] * AT_ONCE
    assert killed == endpoint.killed == KILLS
    assert endpoint.calls > 1000
    assert day.cost_nano <= endpoint.charged_nano <= day.cost_nano + day.estimated_nano <= BUDGET_NANO
    assert day.cost_nano + day.estimated_nano > BUDGET_NANO - 140_000
    assert endpoint.calls <= day.calls <= endpoint.calls + killed
    assert day.estimated_calls <= killed
