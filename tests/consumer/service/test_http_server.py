"""Metrics and health over HTTP."""

import json
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from consumer.errors import ConfigurationError
from consumer.service import http_server
from consumer.service.http_server import STUCK_AFTER_S, Health
from consumer.service.worker_metrics import WorkerMetrics, progress
from tests.support.counting import counted

NOW_S = 1_763_842_000.0
TOKEN = "canary-7f3a"
# A worker process: it counts, and ends.
WORKER = """
import sys
from consumer.monitoring import metrics
metrics.ANSWERS.labels("MODEL", "false").inc(float(sys.argv[2]))
metrics.WINDOW.set(float(sys.argv[2]))
metrics.BREAKER.set(1)
metrics.PROGRESS.labels(sys.argv[1]).set(1234.5)
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


def _health(alive: dict[str, bool], *progress: tuple[str, float]) -> Health:
    return Health(lambda: alive, lambda: progress)


@pytest.fixture(scope="module")
def metrics() -> WorkerMetrics:
    """The metrics of two workers that have counted."""
    metrics = WorkerMetrics()
    counted(metrics, WORKER, "categorizer-0", "5")
    counted(metrics, WORKER, "categorizer-1", "7")
    return metrics


@pytest.fixture
def address(metrics: WorkerMetrics) -> Iterator[str]:
    health = Health(lambda: {"categorizer-0": True}, lambda: progress(metrics.collect()))
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


def test_a_worker_that_goes_round_is_alive() -> None:
    """Up to a minute without progress is no reason to restart a service; a longer one is."""
    assert _health({"a": True}, ("a", NOW_S)).live(NOW_S + STUCK_AFTER_S) == {}
    assert list(_health({"a": True}, ("a", NOW_S)).live(NOW_S + STUCK_AFTER_S + 1)) == ["a"]


def test_a_service_that_is_starting_is_alive_and_not_ready() -> None:
    """Before its first turn a worker is no reason for a restart, but the service is not ready."""
    health = _health({"a": True, "b": True}, ("a", NOW_S))

    assert health.live(NOW_S) == {}
    assert health.ready(NOW_S) == {"b": "has not begun to work"}


def test_a_dead_worker_makes_the_service_unready() -> None:
    """A worker that does not run is reported as such, whether or not it is stuck too."""
    health = _health({"a": False, "b": True}, ("a", NOW_S - 1000), ("b", NOW_S))

    assert health.ready(NOW_S) == {"a": "is not running"}
    assert _health({"b": True}, ("b", NOW_S)).ready(NOW_S) == {}


def test_a_worker_with_a_foreign_model_makes_the_service_unready() -> None:
    """The problem names the setting and the labels. The worker is alive: a restart mends nothing."""
    health = Health(lambda: {"a": True, "b": True}, lambda: [("a", NOW_S), ("b", NOW_S)], lambda: {"b": "shipping"})
    problems = health.ready(NOW_S)

    assert list(problems) == ["b"]
    assert "shipping" in problems["b"]
    assert "TAXONOMY_FILE" in problems["b"]
    assert health.live(NOW_S) == {}
    assert health.states(NOW_S) == {"a": "", "b": "foreign"}


def test_a_worker_whose_client_cannot_go_on_is_alive_and_not_ready() -> None:
    """The problem is the client's; a restart mends nothing."""
    health = Health(lambda: {"a": True}, lambda: [("a", NOW_S)], trouble=lambda: {"a": "refuses answers"})

    assert health.live(NOW_S) == {}
    assert health.ready(NOW_S) == {"a": "its Kafka client refuses answers"}
    assert health.states(NOW_S) == {"a": "stuck"}


def test_an_address_that_is_taken_is_refused_with_the_mend() -> None:
    """The message names the setting and the way out; a host that is not ours likewise."""
    app = http_server.application(_health({}), [WorkerMetrics()], "")
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(ConfigurationError, match=rf"HTTP_ADDRESS=127\.0\.0\.1:{port}.*0 for a free one"):
            http_server.serve(app, "127.0.0.1", port)
    with pytest.raises(ConfigurationError, match=r"HTTP_ADDRESS=192\.0\.2\.1:0"):
        http_server.serve(app, "192.0.2.1", 0)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_the_address_told_is_one_that_can_be_asked(host: str) -> None:
    """Port 0 becomes the actual port, and IPv6 is in brackets; after the stop no request is answered."""
    health = _health({"a": True}, ("a", time.time()))
    address, stop = http_server.serve(http_server.application(health, [WorkerMetrics()], ""), host, 0)
    replies = [_get(address, path).status for path in ("/livez", "/readyz", "/metrics", "/nowhere")]
    stop()

    assert replies == [200, 200, 200, 404]
    with pytest.raises(urllib.error.URLError):
        _get(address, "/livez")
