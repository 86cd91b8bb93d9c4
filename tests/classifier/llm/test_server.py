"""The model's HTTP API before an LLM, spoken to over real sockets, and read by the service's own reader."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import pytest
import requests

from classifier.llm.asking import CONSTANT
from classifier.llm.labels import labels_of
from classifier.llm.metrics import Metrics
from classifier.llm.server import Llm, create_llm_app
from classifier.llm.types import Refusal
from consumer.model import wire
from consumer.model.attempt import Answered
from tests.classifier.conftest import running
from tests.classifier.llm.parts import CHOICES, CODES, MemoryMeter, asker
from tests.llm_server import Faults, LlmServer, Takes, serve


class Reply(NamedTuple):
    status: int
    headers: dict[str, str]
    body: Any
    raw: bytes


class Api(NamedTuple):
    url: str
    endpoint: LlmServer
    meter: MemoryMeter

    def post(self, *descriptions: str, top_k: int = 3) -> Reply:
        tickets = [
            {"id": str(number), "subject": "", "description": text, "language": None}
            for number, text in enumerate(descriptions)
        ]
        return self.send(json.dumps({"tickets": tickets, "top_k": top_k}).encode())

    def send(self, body: bytes | None, path: str = "", token: str = "") -> Reply:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        method = "GET" if body is None else "POST"
        found = requests.request(method, f"{self.url}{path}", data=body, headers=headers, timeout=30)
        content = found.json() if "json" in found.headers["content-type"] else found.text
        return Reply(
            found.status_code, {name.lower(): held for name, held in found.headers.items()}, content, found.content
        )


@contextmanager
def api(
    *, token: str | None = None, timeout_s: float = 10.0, calibrated: Any = None, **behaviour: Any
) -> Iterator[Api]:
    meter, metrics = MemoryMeter(), Metrics()
    with serve(CODES, **behaviour) as endpoint:
        asks = asker(endpoint, meter, on_call=metrics.on_call, on_step=metrics.on_step)
        llm = Llm(asks, "tiny-1/0a1b2c3d", timeout_s)
        if calibrated:
            llm = llm._replace(calibrated=calibrated)
        with running(create_llm_app(llm, metrics, token=token)) as url:
            yield Api(url, endpoint, meter)


def first_code(_: str, codes: Any) -> str:
    return str(codes[0])


def test_tickets_are_answered_as_the_contract_says() -> None:
    """One label per category, the best first; what the call cost; and no calibration."""
    with api(choose=first_code) as served:
        reply = served.post("refund", "money back")

    assert reply.status == 200
    assert reply.body["model"] == "tiny-1/0a1b2c3d"
    assert reply.body["calibrated"] is False
    labels = reply.body["predictions"][0]["labels"]
    assert labels[0] == {
        "category": "billing",
        "confidence": 0.98,
        "subcategory": "refund",
        "subcategory_confidence": round(0.93 / 0.98, 6),
    }
    assert [label["category"] for label in labels] == ["billing", "delivery", "account"]
    assert reply.body["usage"] == served.meter.total._asdict()
    assert reply.body["usage"]["input_tokens"] == served.endpoint.counted.input_tokens
    assert reply.body["usage"]["cost"] > 0


def test_the_services_own_reader_takes_the_reply() -> None:
    """So the two sides of the contract agree."""
    with api() as served:
        reply = served.post("refund", "parcel")

    outcome = wire.classify(reply.status, reply.headers, reply.raw, ["0", "1"], 0.0)

    assert isinstance(outcome, Answered)
    assert outcome.fault is None
    assert all(labels for labels in outcome.labels)


def test_a_calibration_that_fits_is_applied_and_said() -> None:
    """With its own probabilities."""

    def calibrated(_: object) -> Any:
        return ((CHOICES[0], 0.6), (CHOICES[2], 0.4))

    with api(calibrated=calibrated) as served:
        reply = served.post("refund")

    assert reply.body["calibrated"] is True
    assert [label["confidence"] for label in reply.body["predictions"][0]["labels"]] == [0.6, 0.4]


def test_a_constant_confidence_has_no_alternatives() -> None:
    """Without log-probabilities nothing is known of the others."""
    with api(takes=Takes(logprobs="ignored"), choose=first_code) as served:
        reply = served.post("refund")

    labels = reply.body["predictions"][0]["labels"]
    assert [(label["category"], label["confidence"]) for label in labels] == [("billing", CONSTANT)]


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [("limited", 429, "rate_limited"), ("broken", 503, "endpoint_failed"), ("garbage", 502, "unknown_label")],
)
def test_a_failure_has_its_status_code_and_cost(fault: str, status: int, code: str) -> None:
    """And a sentence with a mend."""
    with api(faults=Faults(**{fault: 1.0}), retry_after_s=7) as served:
        reply = served.post("refund")

    assert (reply.status, reply.body["error"]["code"]) == (status, code)
    assert len(reply.body["error"]["message"]) > 20
    assert reply.headers.get("retry-after") == ("7" if status == 429 else None)
    assert ("usage" in reply.body) is (served.meter.total.cost > 0)


def test_a_spent_budget_is_told_with_the_time_to_wait() -> None:
    """The service answers provisionally meanwhile."""
    with api() as served:
        served.meter.refusal = Refusal("budget_spent", 299.5)
        reply = served.post("refund")

    assert (reply.status, reply.headers["retry-after"]) == (429, "299.5")
    assert "LLM_BUDGET_PER_DAY" in reply.body["error"]["message"]


def test_a_ticket_that_fails_garbles_itself_alone() -> None:
    """It has no labels, so the service asks about it again by itself."""

    def refusing(text: str, codes: Any) -> str:
        return "ZZZZ" if "bad" in text else str(codes[0])

    with api(takes=Takes(schema="ignored"), choose=refusing) as served:
        reply = served.post("good", "bad", "good again")

    assert [bool(prediction["labels"]) for prediction in reply.body["predictions"]] == [True, False, True]
    assert reply.body["usage"]["input_tokens"] == served.endpoint.counted.input_tokens


@pytest.mark.parametrize(
    ("body", "status"), [(b"no json", 400), (b'{"tickets": []}', 422), (b'{"tickets": [{"id": 1}]}', 422)]
)
def test_a_request_that_is_none_costs_nothing(body: bytes, status: int) -> None:
    """The endpoint hears nothing of it."""
    with api() as served:
        reply = served.send(body)

    assert reply.status == status
    assert served.endpoint.bodies == []


def test_a_token_guards_tickets_and_metrics_and_not_the_probes() -> None:
    """As the service's does."""
    with api(token="s3cret") as served:
        denied = [served.post("refund").status, served.send(None, "metrics").status]
        allowed = [served.send(None, path).status for path in ("healthz", "livez", "readyz")]
        metrics = served.send(None, "metrics", "s3cret")

    assert (denied, allowed, metrics.status) == ([401, 401], [200, 200, 200], 200)
    assert served.endpoint.bodies == []


def test_the_metrics_count_calls_tokens_and_tickets() -> None:
    """As Prometheus reads them."""
    with api(takes=Takes(schema="refused"), choose=first_code) as served:
        served.post("refund", "money")
        served.endpoint.faults = Faults(broken=1.0)
        served.post("refund")
        text = served.send(None, "metrics").body

    lines = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    assert lines['ticketstream_llm_calls_total{outcome="answered"}'] == "2.0"
    assert float(lines['ticketstream_llm_calls_total{outcome="http_400"}']) >= 1
    assert lines['ticketstream_llm_tickets_total{status="200"}'] == "2.0"
    assert lines['ticketstream_llm_tickets_total{status="503"}'] == "1.0"
    assert float(lines['ticketstream_llm_tokens_total{kind="input"}']) == served.endpoint.counted.input_tokens
    assert lines['ticketstream_llm_form{form="json_object",logprobs="true"}'] == "1.0"
    assert float(lines["ticketstream_llm_cost_total"]) == pytest.approx(served.meter.total.cost)


def test_a_category_is_as_probable_as_its_subcategories_together() -> None:
    """So the best category need not be that of the best pair."""
    labels = labels_of(((CHOICES[2], 0.4), (CHOICES[0], 0.35), (CHOICES[1], 0.25)), 1)

    assert labels == [
        {"category": "billing", "confidence": 0.6, "subcategory": "refund", "subcategory_confidence": 0.583333}
    ]
