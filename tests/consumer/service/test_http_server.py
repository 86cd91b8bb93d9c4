"""Metrics and health over HTTP."""

import json
import os
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from consumer.errors import ConfigurationError
from consumer.service import http_server
from consumer.service.health import Health
from consumer.service.part_states import Seen
from consumer.service.worker_metrics import WorkerMetrics, seen_in
from tests.support.counting import counted, counted_memory

TOKEN = "canary-7f3a"
RESTARTS = 10_000
IDLE = 200
QUICK_S = 0.05
# A worker process: it counts, and ends.
WORKER = """
import sys
from consumer.monitoring import metrics
metrics.ANSWERS.labels("MODEL", "false").inc(float(sys.argv[2]))
metrics.WINDOW.set(float(sys.argv[2]))
metrics.BREAKER.set(1)
metrics.PROGRESS.labels(sys.argv[1]).set(1_763_842_000)
"""


class Reply(NamedTuple):
    """The response's status and text."""

    status: int
    body: str


def _get(address: str, path: str, token: str | None = None) -> Reply:
    request = urllib.request.Request(address + path, headers={"Authorization": f"Bearer {token}"} if token else {})  # noqa: S310 - our own server
    try:
        with urllib.request.urlopen(request, timeout=10) as response:  # noqa: S310 - our own server
            return Reply(response.status, response.read().decode())
    except urllib.error.HTTPError as error:
        with error:
            return Reply(error.code, error.read().decode())


@pytest.fixture(scope="module")
def metrics() -> WorkerMetrics:
    """The metrics of two workers that have counted."""
    metrics = WorkerMetrics()
    counted(metrics, WORKER, "categorizer-0", "5")
    counted(metrics, WORKER, "categorizer-1", "7")
    return metrics


@pytest.fixture
def address(metrics: WorkerMetrics) -> Iterator[str]:
    health = Health(lambda: {"categorizer-0": True}, lambda: seen_in(metrics.collect()))
    address, stop = http_server.serve(http_server.application(health, [metrics], TOKEN), "127.0.0.1", 0)
    yield address
    stop()


def test_the_workers_metrics_are_put_together(address: str) -> None:
    """Counters and gauges of all processes of the service add up."""
    reply = _get(address, "/metrics", TOKEN)
    lines = reply.body.splitlines()

    assert reply.status == 200
    assert 'ticketstream_answers_total{method="MODEL",provisional="false"} 12.0' in lines
    assert "ticketstream_window_records 12.0" in lines
    assert "ticketstream_breaker_open 1.0" in lines


@pytest.mark.parametrize("token", [None, "wrong", TOKEN + "x"])
def test_metrics_ask_for_the_token(address: str, token: str | None) -> None:
    """Without the right token the answer says only how to send it; the probes need none."""
    reply = _get(address, "/metrics", token)

    assert reply.status == 401
    assert "HTTP_TOKEN" in reply.body
    assert TOKEN not in reply.body
    assert _get(address, "/livez").status == 503


def test_probes_say_what_is_wrong(address: str) -> None:
    """A worker whose last progress is long ago is named, as JSON, with a status that orchestrators understand."""
    reply = _get(address, "/livez")
    document = json.loads(reply.body)

    assert (reply.status, document["ok"]) == (503, False)
    assert sorted(document["problems"]) == ["categorizer-0", "categorizer-1"]
    assert "no progress" in document["problems"]["categorizer-0"]


def test_an_address_that_is_taken_is_refused_with_the_mend() -> None:
    """The message names the setting and the way out; a host that is not ours likewise."""
    app = http_server.application(Health(dict, Seen), [], "")
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(ConfigurationError, match=rf"HTTP_ADDRESS=127\.0\.0\.1:{port}.*0 for a free one"):
            http_server.serve(app, "127.0.0.1", port)
    with pytest.raises(ConfigurationError, match=r"HTTP_ADDRESS=192\.0\.2\.1:0"):
        http_server.serve(app, "192.0.2.1", 0)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_the_address_told_is_one_that_can_be_asked(host: str) -> None:
    """Port 0 becomes the actual port, and IPv6 is in brackets; after the stop no request is answered."""
    health = Health(lambda: {"a": True}, lambda: Seen(progress={"a": time.time()}))
    address, stop = http_server.serve(http_server.application(health, [WorkerMetrics()], ""), host, 0)
    replies = [_get(address, path).status for path in ("/livez", "/readyz", "/metrics", "/nowhere")]
    stop()

    assert replies == [200, 200, 200, 404]
    with pytest.raises(urllib.error.URLError):
        _get(address, "/livez")


def test_probes_are_quick_after_many_restarts_and_beside_idle_connections() -> None:
    """What ended workers counted is one sum, and connections that say nothing cost nothing."""
    metrics = WorkerMetrics()
    descriptor = counted_memory(WORKER, "sink-0", "1")
    metrics.watch(1, os.dup(descriptor))
    for number in range(RESTARTS):
        metrics.watch(-number - 1, os.dup(descriptor))
        metrics.forget(-number - 1)
    health = Health(lambda: {"sink-0": True}, lambda: seen_in(metrics.collect()))
    address, stop = http_server.serve(http_server.application(health, [metrics], ""), "127.0.0.1", 0)
    host, _, port = address.removeprefix("http://").rpartition(":")
    idle = [socket.create_connection((host, int(port))) for _ in range(IDLE)]
    try:
        _get(address, "/livez")
        took_s = {path: min(_seconds(address, path) for _ in range(5)) for path in ("/livez", "/readyz")}
        counts = _get(address, "/metrics").body
    finally:
        for connection in idle:
            connection.close()
        stop()
        os.close(descriptor)

    assert f'ticketstream_answers_total{{method="MODEL",provisional="false"}} {RESTARTS + 1}.0' in counts
    assert max(took_s.values()) < QUICK_S, took_s


def _seconds(address: str, path: str) -> float:
    began_s = time.monotonic()
    _get(address, path)
    return time.monotonic() - began_s
