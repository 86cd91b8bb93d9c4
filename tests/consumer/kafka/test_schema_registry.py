"""The schema registry over its real client, played by a server that does as it is told."""

import json
import re
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from structlog.testing import capture_logs

from consumer.kafka.schema_registry import MAX_REFERENCES, KafkaSchemaRegistry
from schemas.catalog import current_text
from schemas.codec import BadRecord, Decoder, Encoder, RegistryUnavailable
from schemas.position import Position
from tests.support.event_examples import CREATED, written_with

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


def test_a_registry_that_is_back_is_told_once(server: HTTPServer) -> None:
    """After questions without an answer; not before the first of them, and not with each answer."""
    registry = _registry(server)
    server.expect_ordered_request("/schemas/ids/1").respond_with_json({"schema": SCHEMA})
    server.expect_ordered_request("/schemas/ids/2").respond_with_data(status=503)
    server.expect_ordered_request("/schemas/ids/3").respond_with_data(status=503)
    server.expect_ordered_request("/schemas/ids/4").respond_with_json(NOT_FOUND, status=404)
    server.expect_ordered_request("/schemas/ids/5").respond_with_json({"schema": SCHEMA})
    said = []
    with capture_logs() as logs:
        for number in range(1, 6):
            with suppress(RegistryUnavailable, KeyError):
                registry.schema(number)
            said.append(len(logs))

    assert said == [0, 0, 0, 1, 1]
    assert [line["event"] for line in logs] == ["registry.back"]


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


def _referring(name: str, subject: str, version: int = 1) -> dict[str, Any]:
    return {"name": name, "subject": subject, "version": version}


def _serve(server: HTTPServer, path: str, schema: Any, *references: dict[str, Any]) -> None:
    served = {"schema": json.dumps(schema), "references": list(references), "subject": "s", "version": 1, "id": 9}
    server.expect_request(path).respond_with_json(served)


def _record(name: str, *fields: tuple[str, Any]) -> dict[str, Any]:
    return {"type": "record", "name": name, "fields": [{"name": field, "type": kind} for field, kind in fields]}


def test_types_of_other_subjects_are_fetched_along(server: HTTPServer) -> None:
    """A schema refers to a type, which refers to another one; each is asked for once, and tickets are decoded."""
    ticket = json.loads(current_text("TicketCreated")) | {"name": "Ticket", "namespace": "com.example"}
    extra = [("customer", "com.example.Customer"), ("plan", ["null", "Plan"]), ("country", "org.Country")]
    ticket["fields"] = [*({"name": name, "type": kind} for name, kind in extra), *ticket["fields"]]
    country = {"type": "enum", "name": "Country", "namespace": "org", "symbols": ["ES", "UK"]}
    customer = _record("com.example.Customer", ("name", "string"), ("from", "org.Country"))
    plan = _record("com.example.Plan", ("from", "org.Country"))
    to_country = _referring("org.Country", "country", 2)
    _serve(
        server,
        "/schemas/ids/7",
        ticket,
        _referring("com.example.Customer", "customer/all"),
        _referring("com.example.Plan", "plan"),
        to_country,
    )
    _serve(server, "/subjects/customer/all/versions/1", customer, to_country)
    _serve(server, "/subjects/plan/versions/1", plan, to_country)
    _serve(server, "/subjects/country/versions/2", country)
    whole = json.loads(json.dumps(ticket))
    whole["fields"][0]["type"] = customer | {"fields": [customer["fields"][0], {"name": "from", "type": country}]}
    whole["fields"][1]["type"] = ["null", plan]
    given = CREATED | {"customer": {"name": "Ana", "from": "ES"}, "plan": {"from": "UK"}, "country": "ES"}
    value = written_with(json.dumps(whole), given, b"\0\0\0\0\7")
    decoder = Decoder("TicketCreated", _registry(server))
    decoded = [decoder.decode(value, Position("ticket-created", 0, 0, 0)) for _ in range(2)]

    assert decoded == [CREATED, CREATED]
    assert len(server.log) == 4


def test_types_without_a_namespace_keep_their_names(server: HTTPServer) -> None:
    """A type without a namespace stands behind one of a namespace, and is used again."""
    main = _record("Main", ("outer", "a.Outer"), ("note", "Note"), ("again", ["null", "Note"]))
    _serve(server, "/schemas/ids/7", main, _referring("a.Outer", "outer"), _referring("Note", "note"))
    _serve(server, "/subjects/outer/versions/1", _record("a.Outer", ("text", "string")))
    _serve(server, "/subjects/note/versions/1", _record("Note", ("text", "string")))
    text = _registry(server).schema(7)
    value = {"outer": {"text": "x"}, "note": {"text": "y"}, "again": {"text": "z"}}

    assert written_with(text, value, b"") == b"\2x\2y\2\2z"


def test_a_type_that_nobody_defines_is_named(server: HTTPServer) -> None:
    """A reference that leads nowhere makes a dead letter that names the type."""
    ticket = json.loads(current_text("TicketCreated"))
    ticket["fields"].append({"name": "customer", "type": "com.example.Customer"})
    _serve(server, "/schemas/ids/7", ticket, _referring("com.example.Customer", "customer"))
    server.expect_request("/subjects/customer/versions/1").respond_with_json(NOT_FOUND, status=404)

    with pytest.raises(BadRecord, match=r"refers to com\.example\.Customer") as caught:
        Decoder("TicketCreated", _registry(server)).decode(b"\0\0\0\0\7x", Position("t", 0, 0, 0))

    assert caught.value.reason == "schema_mismatch"


@pytest.mark.parametrize("status", [401, 500, 503])
def test_a_reference_that_cannot_be_fetched_now_says_nothing_about_the_record(server: HTTPServer, status: int) -> None:
    """The whole schema is asked for again later."""
    _serve(server, "/schemas/ids/7", _record("T", ("x", "X")), _referring("X", "x"))
    server.expect_request("/subjects/x/versions/1").respond_with_json({"error_code": status, "message": "no"}, status)

    with pytest.raises(RegistryUnavailable):
        _registry(server).schema(7)


def test_references_in_a_circle_and_without_end_are_given_up(server: HTTPServer) -> None:
    """A registry that plays tricks gets a limited number of questions."""
    _serve(server, "/schemas/ids/7", _record("T", ("x", "X")), _referring("X", "x"))
    _serve(server, "/subjects/x/versions/1", _record("X", ("y", "Y")), _referring("Y", "y"))
    _serve(server, "/subjects/y/versions/1", _record("Y", ("x", "X")), _referring("X", "x"))
    many = [_referring(f"Z{number}", f"z{number}") for number in range(2 * MAX_REFERENCES)]
    _serve(server, "/schemas/ids/8", _record("T", ("x", "Z0")), *many)
    server.expect_request(re.compile("/subjects/z.*")).respond_with_json(NOT_FOUND, status=404)
    registry = _registry(server)
    registry.schema(7)
    asked = len(server.log)
    registry.schema(8)

    assert asked == 3
    assert len(server.log) - asked <= MAX_REFERENCES + 1
