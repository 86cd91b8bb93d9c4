"""Confluent framing through a real registry, Apicurio's, behind TLS and a password."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import requests
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.serialization import MessageField, SerializationContext

from consumer.kafka.schema_registry import KafkaSchemaRegistry
from network.addresses import basic
from network.tls import Certificates
from sandbox.system import Sandbox
from schemas.catalog import EVENTS, current_text
from schemas.codec import Decoder, Encoder, RegistryUnavailable
from schemas.position import Position
from tests.support.brokers import Broker
from tests.support.event_examples import CREATED
from tests.support.model_behaviour import answering
from tests.support.model_server import serve
from tests.support.schema_registry import PATH, schema_registry
from tests.support.tls_front import Papers, tls_front
from tests.support.topics import Put
from tests.support.waiting import until
from tests.support.world import Shared, World, tickets

pytestmark = pytest.mark.clusters

USER, PASSWORD = "ana", "pass:w/rd é"


class Registry(NamedTuple):
    """A registry behind TLS and a password.

    Attributes:
        plain: Its address without both.
        url: Its address.
        papers: The files that its clients need.
    """

    plain: str
    url: str
    papers: Papers

    def client(self, password: str = PASSWORD) -> KafkaSchemaRegistry:
        return KafkaSchemaRegistry(
            self.url, USER, password, certificates=Certificates("SCHEMA_REGISTRY", self.papers.ca_file)
        )


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    folder = tmp_path_factory.mktemp("registry")
    papers = Papers(folder / "papers")
    with (
        schema_registry(folder) as port,
        tls_front(port, papers.server(), authorization=basic(USER, PASSWORD)) as front,
    ):
        yield Registry(f"http://127.0.0.1:{port}{PATH}", f"https://localhost:{front}{PATH}", papers)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shared]:
    system = Sandbox(tmp_path_factory.mktemp("parts"), with_service=False)
    try:
        system.start_broker()
        system.start_clickhouse()
        yield Shared(Broker(system.addresses.kafka, complete=False), system.addresses.clickhouse)
    finally:
        system.stop()


def test_every_schema_of_ours_is_taken_and_comes_back(registry: Registry) -> None:
    """With its defaults and its doc; a second time it has the same id, also for another client."""
    client = registry.client()
    for name in EVENTS:
        text = current_text(name)
        number = client.register(f"mine-{name}-value", text)

        assert client.register(f"mine-{name}-value", text) == number
        assert json.loads(registry.client().schema(number)) == json.loads(text)


def test_what_the_registry_does_not_know_and_whom_it_refuses(registry: Registry) -> None:
    """An id that nobody registered is an answer; a password or a path that is wrong is none."""
    with pytest.raises(KeyError):
        registry.client().schema(2**31 - 1)
    with pytest.raises(RegistryUnavailable, match=r"answered 401: check SCHEMA_REGISTRY_USER and"):
        registry.client("wrong").schema(1)
    wrong = registry._replace(url=registry.url.removesuffix("/v7") + "/v0")
    with pytest.raises(RegistryUnavailable, match=r"answered 404"):
        wrong.client().schema(1)


def test_released_schemas_are_compatible_by_the_registrys_own_judgement(registry: Registry) -> None:
    """Each version after the other under FULL_TRANSITIVE; a change that breaks readers is refused."""
    released = Path(__file__).parents[2] / "schemas" / "released"
    client = registry.client()
    for name in EVENTS:
        subject = f"versions-{name}"
        rule = {"compatibility": "FULL_TRANSITIVE"}
        requests.put(f"{registry.plain}/config/{subject}", json=rule, timeout=10).raise_for_status()
        for version in sorted(released.glob(f"{name}*.avsc")):
            client.register(subject, version.read_text("utf-8"))
        client.register(subject, current_text(name))
        broken: dict[str, Any] = json.loads(current_text(name))
        broken["fields"].append({"name": "needed_from_now_on", "type": "string"})

        with pytest.raises(RegistryUnavailable, match="answered 409"):
            client.register(subject, json.dumps(broken))


def test_confluents_own_client_writes_and_reads_the_same_bytes(registry: Registry) -> None:
    """Its serializer's events are decoded here, and ours are decoded by its deserializer."""
    field = SerializationContext("theirs", MessageField.VALUE)
    # The registry now and then logs an answer and never sends it; by itself their client waits for ever.
    with SchemaRegistryClient({"url": registry.plain, "timeout": 10}) as theirs:
        by_them = AvroSerializer(theirs, current_text("TicketCreated"))(dict(CREATED), field)
        by_us = Encoder("TicketCreated", "confluent", "theirs", registry.client()).encode(CREATED)
        read: Any = AvroDeserializer(theirs)(by_us, field)

    assert by_us == by_them
    assert Decoder("TicketCreated", registry.client()).decode(by_them, Position("theirs", 0, 0, 0)) == CREATED
    assert {**read, "created_at": int(read["created_at"].timestamp() * 1000)} == CREATED


def test_the_service_reads_and_writes_through_it(registry: Registry, shared: Shared, tmp_path: Path) -> None:
    """Tickets of a publisher with the registry are answered in Confluent framing, and stored."""
    with serve(answering) as model:
        world = World(
            shared,
            tmp_path,
            {
                "ML_API_URL": model.url,
                "SCHEMA_REGISTRY_URL": registry.url,
                "SCHEMA_REGISTRY_USER": USER,
                "SCHEMA_REGISTRY_PASSWORD": PASSWORD,
                "SCHEMA_REGISTRY_CA_FILE": registry.papers.ca_file,
            },
        )
        encoder = Encoder("TicketCreated", "confluent", world.topics.created, registry.client())
        created = tickets("registry", 20)
        with world.service() as service:
            world.put(Put(encoder.encode(ticket), ticket["ticket_id"].encode()) for ticket in created)
            until(lambda: world.stored() == len(created))
            service.wait_until_ready()
        doctor = world.command("doctor")
        records = world.committed(world.topics.categorized)

    decoder = Decoder("TicketCategorized", registry.client())
    answers = [decoder.decode(record.value, record.position) for record in records]
    assert {(record.value or b"?")[0] for record in records} == {0}
    assert {answer["ticket_id"] for answer in answers} == {ticket["ticket_id"] for ticket in created}
    assert "answers at SCHEMA_REGISTRY_URL" in " ".join(doctor.stdout.split())
    assert PASSWORD not in doctor.stdout + doctor.stderr + service.output()
