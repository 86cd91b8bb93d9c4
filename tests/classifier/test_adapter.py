"""docs/model_adapter.py: a single-ticket API behind the batch API."""

import importlib.util
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from classifier.server import listen
from tests.classifier.client import batch, call
from tests.classifier.conftest import REPOSITORY, running


@pytest.fixture(scope="module")
def adapter() -> ModuleType:
    spec = importlib.util.spec_from_file_location("model_adapter", REPOSITORY / "docs" / "model_adapter.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@contextmanager
def adapting(adapter: ModuleType, httpserver: HTTPServer, answer: Callable[[Request], Response]) -> Iterator[str]:
    httpserver.expect_request("/classify", method="POST").respond_with_handler(answer)
    with running(adapter.create_app(httpserver.url_for("/classify"))) as url:
        yield url


def scores(**labels: float) -> Response:
    scored = [{"name": name.replace("_", "-"), "score": score} for name, score in labels.items()]
    return Response(json.dumps({"labels": scored}), content_type="application/json")


def test_a_batch_is_fanned_out_and_labels_are_translated(adapter: ModuleType, httpserver: HTTPServer) -> None:
    """Each ticket is one call upstream; its labels come back as categories, summed, best first, under its id."""

    def upstream(request: Request) -> Response:
        text = request.get_json()["text"]
        return (
            scores(stolen_card=0.9, new_label=0.1)
            if "stolen" in text
            else scores(late_payment=0.25, stolen_card=0.35, double_charge=0.4)
        )

    with adapting(adapter, httpserver, upstream) as url:
        reply = call(url, batch("my card was stolen", "charged twice"))

    assert reply.status == 200
    assert reply.body["model"] == adapter.MODEL
    stolen, charged = reply.body["predictions"]
    assert (stolen["id"], charged["id"]) == ("0", "1")
    assert stolen["labels"] == [
        {
            "category": "security",
            "confidence": 0.9,
            "subcategory": "lost_or_stolen_card",
            "subcategory_confidence": 1.0,
        },
        {"category": "new-label", "confidence": 0.1, "subcategory": None, "subcategory_confidence": None},
    ]
    assert [label["category"] for label in charged["labels"]] == ["billing", "security"]
    assert charged["labels"][0]["confidence"] == pytest.approx(0.65)
    assert charged["labels"][0]["subcategory"] == "transaction_charged_twice"
    assert charged["labels"][0]["subcategory_confidence"] == pytest.approx(0.4 / 0.65)


def test_subject_and_description_are_sent(adapter: ModuleType, httpserver: HTTPServer) -> None:
    """The upstream model reads subject and description."""
    seen: list[str] = []

    def upstream(request: Request) -> Response:
        seen.append(request.get_json()["text"])
        return scores(late_payment=1.0)

    with adapting(adapter, httpserver, upstream) as url:
        call(url, {"tickets": [{"id": "a", "subject": "Problema", "description": "No puedo pagar"}], "top_k": 1})

    assert seen == ["Problema\nNo puedo pagar"]


@pytest.mark.parametrize(
    ("status", "retry_after"),
    [(429, "7"), (503, "Wed, 21 Oct 2037 07:28:00 GMT"), (503, None), (400, None), (401, None)],
)
def test_refusals_are_passed_on(
    adapter: ModuleType, httpserver: HTTPServer, status: int, retry_after: str | None
) -> None:
    """When one ticket is refused, the batch is refused alike, with the upstream's Retry-After where it gives one."""

    def upstream(request: Request) -> Response:
        if "second" not in request.get_json()["text"]:
            return scores(late_payment=1.0)
        return Response("no", status, headers={"Retry-After": retry_after} if retry_after else {})

    with adapting(adapter, httpserver, upstream) as url:
        reply = call(url, batch("first", "second"))

    assert reply.status == status
    assert reply.headers.get("retry-after") == retry_after


def test_an_unreachable_upstream_is_unavailable(adapter: ModuleType) -> None:
    """When nothing listens upstream, the answer is 503, which is retried and opens the breaker."""
    with listen("127.0.0.1", 0) as free:
        port = free.getsockname()[1]

    with running(adapter.create_app(f"http://127.0.0.1:{port}/classify")) as url:
        assert call(url, batch("anything")).status == 503
