"""The schema registry over its real client, played by a server that does as it is told."""

import json
import socket
import time
from collections.abc import Iterator

import pytest
from pytest_httpserver import HTTPServer

from consumer.kafka.schema_registry import KafkaSchemaRegistry
from schemas.codec import BadRecord, Decoder, Encoder, RegistryUnavailable
from schemas.position import Position
from tests.support.event_examples import CREATED

SCHEMA = '{"type":"record","name":"T","fields":[]}'
NOT_FOUND = {"error_code": 40403, "message": "Schema not found"}
CANARY = "canary-7f3a"


@pytest.fixture(scope="module")
def one_server() -> Iterator[HTTPServer]:
    with HTTPServer() as server:
        yield server


@pytest.fixture
def server(one_server: HTTPServer) -> HTTPServer:
    one_server.clear()
    return one_server


def _registry(server: HTTPServer) -> KafkaSchemaRegistry:
    return KafkaSchemaRegistry(server.url_for("/"))


def test_a_known_schema_is_fetched_once(server: HTTPServer) -> None:
    """Its text comes back as registered, and later questions need no request."""
    server.expect_request("/schemas/ids/7", "GET").respond_with_json({"schema": SCHEMA})
    registry = _registry(server)
    texts = [registry.schema(7) for _ in range(3)]

    assert [json.loads(text) for text in texts] == [json.loads(SCHEMA)] * 3
    assert len(server.log) == 1


def test_user_and_password_are_sent(server: HTTPServer) -> None:
    """As basic authentication; a password may hold a colon."""
    server.expect_request("/schemas/ids/7").respond_with_json({"schema": SCHEMA})
    KafkaSchemaRegistry(server.url_for("/"), "ana", "pass:word").schema(7)
    (request, _) = server.log[0]

    assert request.authorization is not None
    assert (request.authorization.username, request.authorization.password) == ("ana", "pass:word")


def test_an_unknown_schema_is_a_key_error(server: HTTPServer) -> None:
    """404 is an answer: the record names a schema that does not exist."""
    server.expect_request("/schemas/ids/7").respond_with_json(NOT_FOUND, status=404)

    with pytest.raises(KeyError):
        _registry(server).schema(7)


@pytest.mark.parametrize("status", [401, 403, 429, 500, 502, 503])
def test_a_registry_in_trouble_says_nothing_about_the_record(server: HTTPServer, status: int) -> None:
    """Any other status means: ask again later. One question is one request, and no secret is in the message."""
    server.expect_request("/schemas/ids/7").respond_with_json({"error_code": status, "message": "no"}, status=status)

    with pytest.raises(RegistryUnavailable, match=str(status)) as unavailable:
        KafkaSchemaRegistry(server.url_for("/"), "ana", CANARY).schema(7)

    assert len(server.log) == 1
    assert CANARY not in str(unavailable.value)


@pytest.mark.parametrize("body", ["", "not JSON", "[]", '{"schema": 7'])
def test_an_answer_that_makes_no_sense_is_no_answer(server: HTTPServer, body: str) -> None:
    """A proxy's error page must not become a dead letter."""
    server.expect_request("/schemas/ids/7").respond_with_data(body, content_type="application/json")

    with pytest.raises(RegistryUnavailable):
        _registry(server).schema(7)


def test_a_registry_that_is_down_cannot_be_asked() -> None:
    """A refused connection is an error that the caller can wait out."""
    with pytest.raises(RegistryUnavailable, match="cannot be asked"):
        KafkaSchemaRegistry("http://127.0.0.1:1").schema(7)


def test_a_registry_that_hangs_is_given_up() -> None:
    """A server that takes the connection and never answers holds the stream no longer than the time limit."""
    began_s = time.monotonic()
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(RegistryUnavailable, match="cannot be asked"):
        KafkaSchemaRegistry(f"http://127.0.0.1:{silent.getsockname()[1]}", timeout_s=0.2).schema(7)

    assert time.monotonic() - began_s < 3


def test_a_schema_is_registered_under_its_subject(server: HTTPServer) -> None:
    """The schema's text goes there as Avro, and its id comes back."""
    server.expect_request("/subjects/t-value/versions", "POST").respond_with_json({"id": 3})
    found = _registry(server).register("t-value", SCHEMA)
    sent = server.log[0][0].get_json()

    assert found == 3
    assert (json.loads(sent["schema"]), sent.get("schemaType", "AVRO")) == (json.loads(SCHEMA), "AVRO")


@pytest.mark.parametrize("status", [404, 409, 422, 500])
def test_a_schema_that_is_not_taken_stops_nothing_for_good(server: HTTPServer, status: int) -> None:
    """Refused or not answered, registering can be tried again once somebody has mended it."""
    server.expect_request("/subjects/t-value/versions").respond_with_json(
        {"error_code": status, "message": "no"}, status
    )

    with pytest.raises(RegistryUnavailable):
        _registry(server).register("t-value", SCHEMA)


def test_the_codec_reads_what_it_wrote_through_the_registry(server: HTTPServer) -> None:
    """Confluent framing, there and back, with the real schema."""
    server.expect_request("/subjects/ticket-created-value/versions").respond_with_json({"id": 3})
    registry = _registry(server)
    value = Encoder("TicketCreated", "confluent", "ticket-created", registry).encode(CREATED)
    registered = server.log[0][0].get_json()["schema"]
    server.expect_request("/schemas/ids/3").respond_with_json({"schema": registered})
    server.expect_request("/schemas/ids/4").respond_with_json(NOT_FOUND, status=404)
    decoder = Decoder("TicketCreated", _registry(server))

    assert decoder.decode(value, Position("ticket-created", 0, 0, 0)) == CREATED
    with pytest.raises(BadRecord, match="unknown_schema"):
        decoder.decode(b"\x00\x00\x00\x00\x04" + value[5:], Position("ticket-created", 0, 0, 0))
