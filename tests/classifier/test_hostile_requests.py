"""Whatever is sent to the model's server: an answer with a sentence, and no failure of the server."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings

from tests.classifier.client import Served, serving
from tests.support.hostile_http import requests
from tests.support.raw_http import asking, send

HUGE = b'{"tickets": [{"id": "a", "subject": "b", "description": "c"}], "top_k": 99999999999999999999999}'
LONE = b'{"tickets": [{"id": "\\ud800", "subject": "\\ud800", "description": "\\udfff"}]}'


@pytest.fixture(scope="module")
def served(small_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(small_folder, tmp_path_factory.mktemp("logs") / "classifier.log") as process:
        yield process


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(request=asking("/", method="POST", body=HUGE))
@example(request=asking("/", method="POST", body=LONE))
@example(request=asking("/", method="POST", body=b"[" * 100_000))
@example(request=asking("/", method="POST", body=b'{"tickets": NaN}'))
@given(request=requests(["/", "/healthz"], ["x"], ["GET", "HEAD", "POST", "POST", "POST", "PUT", "OPTIONS"]))
def test_every_request_is_answered(served: Served, request: bytes) -> None:
    """By what it asked for, or by what is wrong with it."""
    reply = send(served.url, request)

    assert 200 <= reply.status < 500, reply
    if reply.status >= 400 and reply.body and b"json" in reply.head.encode():
        assert json.loads(reply.body)["message"]
    assert "Traceback" not in served.log.read_text()
    assert "prediction.failed" not in served.log.read_text()
