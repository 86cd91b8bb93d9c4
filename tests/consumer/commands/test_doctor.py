"""What `ticketstream doctor` finds over HTTP, and what every command reports of a broker that is down."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from consumer.commands.doctor import examine
from consumer.commands.finding import Finding
from consumer.config.settings import settings_of
from consumer.kafka.schema_registry import KafkaSchemaRegistry
from schemas.codec import RegistryUnavailable

NOBODY = "http://127.0.0.1:1"


@pytest.fixture(scope="module")
def one_server() -> Iterator[HTTPServer]:
    with HTTPServer() as server:
        yield server


@pytest.fixture
def server(one_server: HTTPServer) -> HTTPServer:
    one_server.clear()
    return one_server


def _answers(server: HTTPServer, model: str, labels: list[dict[str, Any]]) -> None:
    """Let the server give each ticket these labels."""

    def answer(request: Request) -> Response:
        predictions = [{"id": ticket["id"], "labels": labels} for ticket in request.get_json()["tickets"]]
        return Response(json.dumps({"model": model, "predictions": predictions}), content_type="application/json")

    server.expect_request("/").respond_with_handler(answer)


def _findings(part: str, **names: str) -> list[Finding]:
    return [found for found in examine(settings_of(names), time.monotonic) if found.part == part]


@pytest.mark.parametrize(
    ("status", "said"),
    [(401, "http_401; set ML_API_TOKEN"), (404, "http_404; correct the path"), (503, "http_503; look at its log")],
)
def test_why_the_model_gave_no_answer_and_the_mend(server: HTTPServer, status: int, said: str) -> None:
    """A model that runs and refuses is not reported as down."""
    server.expect_request("/").respond_with_data(status=status)
    [finding] = _findings("model", ML_API_URL=server.url_for("/"))

    assert (finding.state, said in finding.detail) == ("failed", True)


def test_a_model_that_is_away() -> None:
    """A model that cannot be reached is reported differently from one that refuses."""
    [finding] = _findings("model", ML_API_URL=NOBODY)

    assert "connect_failed; the model at 127.0.0.1:1: connection refused. Check that it runs" in finding.detail


def test_a_model_of_another_taxonomy_is_named_with_the_mend(server: HTTPServer) -> None:
    """The finding names the setting and the labels, printable and short."""
    labels = [{"category": "shipping\n" + "x" * 100, "confidence": 0.9}]
    _answers(server, "m-1", labels)
    [finding] = _findings("model", ML_API_URL=server.url_for("/"))

    assert finding.state == "failed"
    assert "outside the taxonomy: shipping�xxx" in finding.detail
    assert "TAXONOMY_FILE" in finding.detail
    assert "x" * 40 not in finding.detail


def test_a_broken_taxonomy_is_said_once(server: HTTPServer, tmp_path: Path) -> None:
    """Its own check reports it; the model's check says only that the model answers."""
    labels = [{"category": "billing", "confidence": 0.9}]
    _answers(server, "m-1", labels)
    (tmp_path / "taxonomy.toml").write_text("[")
    names = {"TAXONOMY_FILE": str(tmp_path / "taxonomy.toml"), "ML_API_URL": server.url_for("/")}
    [taxonomy], [model] = _findings("taxonomy", **names), _findings("model", **names)

    assert (taxonomy.state, f"TAXONOMY_FILE={tmp_path}" in taxonomy.detail) == ("failed", True)
    assert (model.state, "m-1 answered" in model.detail) == ("ok", True)


@pytest.mark.parametrize(
    ("names", "states"),
    [
        ({"HTTP_ADDRESS": "198.51.100.7:8080"}, ["warning"]),
        ({"HTTP_ADDRESS": "[::]:8080", "HTTP_HOSTS": " , "}, ["warning"]),
        ({"HTTP_ADDRESS": "[::]:8080", "HTTP_HOSTS": "tickets.example.com"}, []),
        ({"HTTP_ADDRESS": "tickets.example.com:8080"}, []),
        ({}, []),
    ],
)
def test_a_page_for_others_without_a_name(names: dict[str, str], states: list[str]) -> None:
    """Who opens it by a host name is refused; the finding says so before."""
    assert [found.state for found in _findings("page", **names) if "HTTP_HOSTS" in found.detail] == states


def test_the_schema_registry_is_asked_where_there_is_one(server: HTTPServer) -> None:
    """One without the schema works; for one that is down or fails, the finding names the setting."""
    missing = {"error_code": 40403, "message": "Schema not found"}
    server.expect_ordered_request("/schemas/ids/2147483647").respond_with_json(missing, status=404)
    server.expect_ordered_request("/schemas/ids/2147483647").respond_with_data(status=500)
    names = {"SCHEMA_REGISTRY_URL": server.url_for("/"), "EVENT_FORMAT": "json"}
    [well] = _findings("registry", **names)
    [failing] = _findings("registry", **names)
    [away] = _findings("registry", SCHEMA_REGISTRY_URL=NOBODY)

    assert [finding.state for finding in (well, failing, away)] == ["ok", "failed", "failed"]
    assert all("SCHEMA_REGISTRY_URL" in finding.detail for finding in (failing, away))
    assert _findings("registry") == []


@pytest.mark.parametrize(
    ("registered", "compatible", "registers", "state", "says"),
    [
        (
            {"id": 1},
            None,
            "false",
            "ok",
            "has or takes the schemas of ticket-categorized-value, ticket-corr",
        ),
        (None, {"is_compatible": True}, "true", "ok", "has or takes"),
        (None, None, "true", "ok", "has or takes"),
        (None, {"is_compatible": False}, "true", "failed", "is not compatible by the registry's rule"),
        (None, None, "false", "failed", "register schemas/Alert.avsc under ticket-alerts-value"),
    ],
    ids=["there", "compatible", "first", "incompatible", "not to be registered"],
)
def test_schemas_are_compared_with_the_registry_before_the_start(
    server: HTTPServer, registered: object, compatible: object, registers: str, state: str, says: str
) -> None:
    """Nothing is registered by looking."""

    def answer(request: Request) -> Response:
        found = compatible if request.path.startswith("/compatibility/") else registered
        found = None if request.path.startswith("/schemas/") else found
        unknown = {"error_code": 40401, "message": "Subject not found"}
        return Response(json.dumps(found or unknown), 200 if found else 404, content_type="application/json")

    server.expect_request(re.compile("/(schemas|subjects|compatibility)/.*")).respond_with_handler(answer)
    url = {"SCHEMA_REGISTRY_URL": server.url_for("/"), "SCHEMA_REGISTRY_AUTO_REGISTER": registers}
    found = _findings("registry", **url)

    assert (found[0].state, found[-1].state) == ("ok", state)
    assert says in found[-1].detail
    assert not [request for request, _ in server.log if request.path.endswith("/versions")]


def test_without_the_right_to_register_the_id_is_looked_up(server: HTTPServer) -> None:
    """A schema that is not there stops the stream with the mend, as a registry that is away does."""
    server.expect_ordered_request("/subjects/mine-value", method="POST").respond_with_json({"id": 7})
    unknown = {"error_code": 40403, "message": "Schema not found"}
    server.expect_ordered_request("/subjects/mine-value", method="POST").respond_with_json(unknown, status=404)
    registry = KafkaSchemaRegistry(server.url_for("/"), registers=False)

    assert registry.register("mine-value", "{}") == 7
    with pytest.raises(RegistryUnavailable, match="SCHEMA_REGISTRY_AUTO_REGISTER=true"):
        registry.register("mine-value", "{}")


def test_a_broker_that_is_away_is_said_in_one_line(tmp_path: Path) -> None:
    """The message has the setting and the mend, without the client's own log lines."""
    done = subprocess.run(
        [sys.executable, "-m", "ticketstream", "topics", "create"],
        env={**os.environ, "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert "KAFKA_BOOTSTRAP_SERVERS=127.0.0.1:1 within 15 s" in line
    assert "nothing listens at 127.0.0.1:1; start it, or correct" in line


def test_a_program_reads_the_worst_and_each_finding(tmp_path: Path) -> None:
    """The exit code is that of the worst; the learner needs no Kafka, and is told each setting once."""
    done = subprocess.run(
        [sys.executable, "-m", "ticketstream", "doctor", "--role", "learner", "--format", "json"],
        env={**os.environ, "CLICKHOUSE_URL": ""},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    found = json.loads(done.stdout)
    [failed] = [finding for finding in found["findings"] if finding["state"] == "failed"]

    assert (done.returncode, found["state"]) == (1, "failed")
    assert (failed["part"], failed["command"]) == ("clickhouse", "")
    assert "CLICKHOUSE_URL is not set" in failed["detail"]


@pytest.mark.parametrize(
    ("names", "setting"),
    [
        ({"KAFKA_LINGER_MS": "soon"}, "KAFKA_LINGER_MS"),
        ({"KAFKA_PRODUCER_COMPRESSION_TYPE": "brotli"}, "KAFKA_COMPRESSION_TYPE"),
        ({"KAFKA_SESSION_TIMEOUT_MS": "soon"}, "KAFKA_SESSION_TIMEOUT_MS"),
        ({"KAFKA_SESSION_TIMEOUT_MS": "90000"}, "KAFKA_SESSION_TIMEOUT_MS"),
        ({"KAFKA_SECURITY_PROTOCOL": "TLS"}, "KAFKA_SECURITY_PROTOCOL"),
        ({"KAFKA_TRANSACTION_TIMEOUT_MS": "10"}, "KAFKA_TRANSACTION_TIMEOUT_MS"),
        ({"ALERT_URLS": "ana@example.com"}, "ALERT_URLS"),
    ],
)
def test_a_value_that_no_client_takes_is_found_by_its_setting(names: dict[str, str], setting: str) -> None:
    """Also one that only a worker would meet, in its consumer or its producer; no broker is asked for it."""
    settings = settings_of({"KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1", **names})
    found = next(found for found in examine(settings, time.monotonic) if found.part == "settings")

    assert (found.state, setting in found.detail) == ("failed", True)


def test_names_that_nobody_reads_are_found() -> None:
    """Each with the likely one; the service runs in spite of them."""
    names = {"CLICKHOUSE_UR": "canary", "KAFKA_SASL_USERNAM": "canary", "KAFKA_HOME": "canary"}
    found = [found for found in examine(settings_of(names), time.monotonic, names) if found.part == "settings"]

    assert [finding.state for finding in found] == ["warning", "warning", "warning", "ok"]
    assert "did you mean CLICKHOUSE_URL?" in found[0].detail
    assert "did you mean KAFKA_SASL_USERNAME?" in found[1].detail
    assert "KAFKA_HOME" in found[2].detail
    assert "canary" not in "".join(finding.detail for finding in found)


@pytest.mark.parametrize("names", [{"ML_API_TOKEN": "s\u00e9cret"}, {"ML_API_TOKEN": "s\u00e9cret\r\nX: 1"}])
def test_a_token_that_cannot_be_sent_is_a_wrong_setting(names: dict[str, str]) -> None:
    """And no traceback, which would hold it."""
    [finding] = _findings("model", **{"ML_API_URL": NOBODY, **names})

    assert (finding.state, "ML_API_URL and ML_API_TOKEN" in finding.detail) == ("failed", True)
    assert "s\u00e9cret" not in finding.detail


def test_a_worker_whose_settings_became_wrong_ends_for_good(tmp_path: Path) -> None:
    """Its supervisor must not start it again and again."""
    done = subprocess.run(
        [sys.executable, "-m", "consumer.service.worker", "categorizer", "0"],
        env={**os.environ, "ML_BATCH_SIZE": "many"},
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert done.returncode == 2
    assert "ML_BATCH_SIZE must be a whole number" in done.stderr
