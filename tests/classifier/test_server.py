"""The HTTP API, spoken to over real sockets."""

import dataclasses
import json
import signal
import socket
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Never

import pytest
from structlog.testing import capture_logs

from classifier.champion import FixedModel
from classifier.features import Features
from classifier.model import Model
from classifier.server import Limits, create_app
from consumer.model import wire
from consumer.model.attempt import Answered
from consumer.model.types import ModelTicket
from tests.classifier.client import Served, batch, call, serving
from tests.classifier.conftest import running
from tests.support.limits import descriptors
from tests.support.peers import silent
from tests.support.waiting import until


@pytest.fixture(scope="module")
def served(small_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(small_folder, tmp_path_factory.mktemp("logs") / "classifier.log") as process:
        yield process


@pytest.fixture(scope="module")
def guarded_url(small_model: Model) -> Iterator[str]:
    """A server with a token and small limits."""
    with running(create_app(FixedModel(small_model), Limits(max_tickets=2, max_body_bytes=500), token="s3cret")) as url:
        yield url


def test_the_ready_line_names_the_free_port(served: Served, small_model: Model) -> None:
    """The one line on standard output holds address and model, and that address answers."""
    health = call(f"{served.url}healthz")

    assert served.ready["port"] > 0
    assert served.url == f"http://127.0.0.1:{served.ready['port']}/"
    assert served.ready["model"] == small_model.version
    assert health.status == 200
    assert {**health.body, "since": ""} == {"status": "ok", "model": small_model.version, "since": ""}
    assert datetime.fromisoformat(health.body["since"]) <= datetime.now(UTC)


def test_tickets_are_answered_as_the_contract_says(served: Served, small_model: Model) -> None:
    """Every id gets its labels, one per category, best first, with the probabilities the model gives."""
    expected = small_model.predict([("", "refund my order"), ("", "the app crashes")], top_k=2)

    reply = call(served.url, batch("refund my order", "the app crashes", top_k=2))

    assert reply.status == 200
    assert reply.body["model"] == small_model.version
    assert [prediction["id"] for prediction in reply.body["predictions"]] == ["0", "1"]
    assert [_rounded(labels) for labels in expected] == [
        prediction["labels"] for prediction in reply.body["predictions"]
    ]


def test_the_service_can_read_the_answers(served: Served, small_model: Model) -> None:
    """The service's own strict reader finds nothing garbled in an answer to a request as the service writes it."""
    tickets = [ModelTicket("Problema con pago", "No puedo pagar mi factura", "es"), ModelTicket("", "😀", None)]

    ids = wire.ticket_ids(2**64 - 1, len(tickets))
    reply = call(served.url, wire.encode_request(tickets, ids))
    answered = wire.parse_answer(json.dumps(reply.body).encode(), ids)

    assert isinstance(answered, Answered)
    assert answered.model == small_model.version
    assert [len(labels) for labels in answered.labels] == [2, 2]


def _rounded(labels: Sequence[Any]) -> list[dict[str, Any]]:
    return [
        {name: round(value, 6) if isinstance(value, float) else value for name, value in label._asdict().items()}
        for label in labels
    ]


def test_top_k_bounds_the_labels(served: Served) -> None:
    """top_k labels come back, or as many as there are categories; without it, three at most."""
    one, default, many = (call(served.url, batch("invoice", **fields)) for fields in ({"top_k": 1}, {}, {"top_k": 50}))

    counts = [len(reply.body["predictions"][0]["labels"]) for reply in (one, default, many)]
    assert counts == [1, 2, 2]


def test_unknown_fields_are_ignored(served: Served) -> None:
    """A newer client may send more than this server knows."""
    request = batch("invoice")
    request["tickets"][0]["priority"] = "high"

    assert call(served.url, {**request, "explain": True}).status == 200


GOOD_TICKET = {"id": "0", "subject": "", "description": "CANARY"}


@pytest.mark.parametrize(
    ("body", "status", "error", "message"),
    [
        (b"", 400, "not_json", "not JSON"),
        (b"CANARY{", 400, "not_json", "not JSON"),
        (b"\xff\xfe\x00CANARY", 400, "not_json", "not JSON"),
        (b'{"tickets": [{"id": "0", "subject": "\\ud800", "description": "CANARY"}]}', 400, "not_json", "not JSON"),
        ([], 422, "invalid_request", "object"),
        ({}, 422, "invalid_request", "tickets: "),
        ({"tickets": []}, 422, "invalid_request", "tickets: "),
        ({"tickets": [{"id": 0, "subject": "CANARY", "description": ""}]}, 422, "invalid_request", "tickets.0.id: "),
        ({"tickets": [GOOD_TICKET, {"id": "1", "subject": "CANARY"}]}, 422, "invalid_request", "tickets.1.description"),
        ({"tickets": [GOOD_TICKET], "top_k": 0}, 422, "invalid_request", "top_k: "),
        ({"tickets": [GOOD_TICKET], "top_k": "3"}, 422, "invalid_request", "top_k: "),
        ({"tickets": [GOOD_TICKET, GOOD_TICKET]}, 422, "repeated_id", "same id"),
    ],
)
def test_what_is_no_request_is_refused(served: Served, body: object, status: int, error: str, message: str) -> None:
    """Bodies that are not JSON get 400, others that are no request 422; the JSON error tells where, not what."""
    reply = call(served.url, body)

    assert reply.status == status
    assert reply.body["error"] == error
    assert message in reply.body["message"]
    assert "CANARY" not in reply.body["message"]


def test_too_many_tickets_are_refused(guarded_url: str) -> None:
    """A call with more tickets than allowed gets 413 and the limit."""
    reply = call(guarded_url, batch("a", "b", "c"), headers={"Authorization": "Bearer s3cret"})

    assert (reply.status, reply.body["error"]) == (413, "too_many_tickets")
    assert "at most 2" in reply.body["message"]


def test_a_body_beyond_the_limit_is_refused(guarded_url: str) -> None:
    """A large body gets 413, and the client can read it although it was still sending."""
    reply = call(guarded_url, batch("x" * 3_000_000), headers={"Authorization": "Bearer s3cret"})

    assert (reply.status, reply.body["error"]) == (413, "body_too_large")
    assert "at most 500" in reply.body["message"]


@pytest.mark.parametrize("given", [None, "Bearer wrong", "s3cret", "Bearer s3cret\u00e9"])
def test_a_wrong_token_is_refused(guarded_url: str, given: str | None) -> None:
    """With a token set, a call without it or with another gets 401; the health check needs none."""
    headers = {"Authorization": given} if given else {}

    reply = call(guarded_url, batch("invoice"), headers=headers)

    assert (reply.status, reply.body["error"]) == (401, "unauthorized")
    assert reply.headers["www-authenticate"] == "Bearer"
    assert call(f"{guarded_url}healthz").status == 200


def test_the_right_token_is_accepted(guarded_url: str) -> None:
    """With its token a call is answered."""
    assert call(guarded_url, batch("invoice"), headers={"Authorization": "Bearer s3cret"}).status == 200


@pytest.mark.parametrize(
    ("path", "method", "status", "error"),
    [("", "GET", 405, "not_allowed"), ("nowhere", "GET", 404, "not_found"), ("healthz", "POST", 405, "not_allowed")],
)
def test_other_addresses_answer_in_json(served: Served, path: str, method: str, status: int, error: str) -> None:
    """A wrong path or method gets a JSON error too."""
    reply = call(served.url + path, method=method)

    assert (status, error) == (reply.status, reply.body["error"])


@pytest.mark.long
def test_health_answers_while_batches_are_computed(served: Served) -> None:
    """Several heavy calls at once are all answered, and the health check does not wait for them."""
    heavy = batch(*["refund the invoice of my crashed app " * 500] * 40)
    with ThreadPoolExecutor(4) as callers:
        calls = [callers.submit(call, served.url, heavy) for _ in range(4)]
        waits_s = []
        while not all(done.done() for done in calls):
            started = time.perf_counter()
            assert call(f"{served.url}healthz").status == 200
            waits_s.append(time.perf_counter() - started)

    assert [done.result().status for done in calls] == [200] * 4
    # More than one check ran beside the calls, and half of them were quick on shared cores.
    assert len(waits_s) >= 3
    assert sorted(waits_s)[len(waits_s) // 2] < 0.5


def test_no_text_of_a_ticket_is_logged(served: Served) -> None:
    """Neither answered nor refused tickets leave a trace in the log."""
    call(served.url, batch("CANARY refund"))
    call(served.url, {"tickets": [{"id": "CANARY", "subject": 5}]})

    assert "CANARY" not in served.log.read_text()


class _QuotingFeatures(Features):
    def transform(self, texts: Sequence[str]) -> Never:
        raise RuntimeError(f"cannot read {texts[0]}")


def test_a_failing_model_is_logged_without_the_text(small_model: Model, caplog: pytest.LogCaptureFixture) -> None:
    """A fault of the model itself is answered with 500 and logged with type and line, without its message."""
    broken = dataclasses.replace(small_model, features=_QuotingFeatures(*_vectorizers_of(small_model)))

    with capture_logs() as events, running(create_app(FixedModel(broken))) as url:
        reply = call(url, batch("CANARY"))

    assert (reply.status, reply.body["error"]) == (500, "internal")
    assert [(event["event"], event["error"]) for event in events] == [("prediction.failed", "RuntimeError")]
    assert "CANARY" not in f"{reply}{events}{caplog.text}"


def _vectorizers_of(model: Model) -> tuple[Any, Any]:
    return model.features.words, model.features.characters


@pytest.mark.long
def test_sigterm_ends_cleanly_and_answers_what_is_in_flight(small_folder: Path, tmp_path: Path) -> None:
    """After SIGTERM no call is taken any more, one in flight is still answered, and the exit code is 0."""
    body = json.dumps(batch("refund")).encode()
    head = f"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\nExpect: 100-continue\r\n\r\n".encode()
    with serving(small_folder, tmp_path / "log") as served:
        address = ("127.0.0.1", served.ready["port"])
        with socket.create_connection(address, timeout=15) as in_flight:
            in_flight.sendall(head)
            # The server asks for the body: from here on the call is in its hands.
            assert in_flight.recv(1000).startswith(b"HTTP/1.1 100")
            served.process.send_signal(signal.SIGTERM)
            until(lambda: _refuses(address), 15)
            in_flight.sendall(body)
            answer = in_flight.recv(65536)
        code = served.process.wait(timeout=15)

        assert answer.startswith(b"HTTP/1.1 200")
        assert code == 0
        assert served.log.read_text() == ""


def test_silent_connections_cost_no_answer(small_folder: Path, tmp_path: Path) -> None:
    """More than it may have open: tickets are still categorized, and the health check answers."""
    with serving(small_folder, tmp_path / "log") as served, silent("127.0.0.1", served.ready["port"], 1000):
        replies = [call(served.url, batch("refund")).status, call(f"{served.url}healthz").status]
        used = descriptors(served.process.pid)

    assert replies == [200, 200]
    assert used < 900
    assert served.log.read_text() == ""


def _refuses(address: tuple[str, int]) -> bool:
    try:
        socket.create_connection(address, timeout=1).close()
    except ConnectionError:
        return True
    return False


@pytest.mark.long
def test_interrupting_ends_with_130(small_folder: Path, tmp_path: Path) -> None:
    """Ctrl-C stops the server with the exit code of an interruption and without a traceback."""
    with serving(small_folder, tmp_path / "log") as served:
        served.process.send_signal(signal.SIGINT)
        code = served.process.wait(timeout=15)

        assert code == 130
        assert "Traceback" not in served.log.read_text()
