"""Tickets as large as they may be, while the model does not answer."""

import json
from collections.abc import Iterator

import pytest
from confluent_kafka import Producer

from tests.support.model_server import Asked, Door, ModelServer, serve
from tests.support.service import fetched
from tests.support.waiting import until
from tests.support.world import World, a_ticket
from tests.system.conftest import Worlds

pytestmark = pytest.mark.long
# With the rest of a ticket below MAX_TICKET_BYTES.
LARGE_CHARACTERS = 255_000


@pytest.fixture
def hanging() -> Iterator[ModelServer]:
    """A model that takes every request, and never answers."""

    def hang(_: Asked, door: Door) -> None:
        door.hang()

    with serve(hang) as server:
        yield server


def _large(world: World, number: int, line: str) -> list[str]:
    """Publish as many large tickets, each of another text of such lines; their ids."""
    names = [f"large-{place}" for place in range(number)]
    text = line * (LARGE_CHARACTERS // len(line))
    world.publish(a_ticket(name, f"About {name}", text) for name in names)
    return names


def test_more_than_a_client_fetches_at_once_is_answered(worlds: Worlds, hanging: ModelServer) -> None:
    """100 MB of tickets wait: they come in bites that the client takes, and the rules answer all of them."""
    world = worlds(ML_API_URL=hanging.url, ML_API_TIMEOUT="0.5", RETRY_MAX_ATTEMPTS="1")
    names = _large(world, 400, "My card payment was declined at the shop again today, please help me with it. ")
    with world.service("--role", "categorizer") as service:
        answers = world.answers_to(names, timeout_s=90)
        said = service.output()

    assert len(answers) >= 400
    assert "Invalid response size" not in said
    assert "MAXPOLL" not in said


def test_slow_texts_do_not_keep_a_worker_from_its_group(worlds: Worlds, hanging: ModelServer) -> None:
    """Large HTML takes long to read: a turn of the loop takes no more of it than the group allows.

    All of it in one turn would take some 30 s.
    """
    allowed = {"KAFKA_MAX_POLL_INTERVAL_MS": "20000", "KAFKA_SESSION_TIMEOUT_MS": "20000"}
    world = worlds(ML_API_URL=hanging.url, ML_API_TIMEOUT="0.5", RETRY_MAX_ATTEMPTS="1", **allowed)
    names = _large(world, 100, "<p>declined</p> ")
    with world.service("--role", "categorizer") as service:
        world.answers_to(names, timeout_s=200)
        lost = service.events("partitions.lost")
        said = service.output()

    assert lost == []
    assert "MAXPOLL" not in said


def test_a_worker_whose_client_cannot_go_on_is_not_ready(worlds: Worlds) -> None:
    """The probe says why and what to do, and the worker is alive: a restart would not help."""
    world = worlds(KAFKA_FETCH_MAX_BYTES="1000000", KAFKA_CONSUMER_RECEIVE_MESSAGE_MAX_BYTES="1000512")
    with world.service("--role", "categorizer") as service:
        service.wait_until_ready()
        # One batch above what the client takes, and below what the broker takes.
        producer = Producer({"bootstrap.servers": world.kafka, "message.max.bytes": 1_040_000})
        producer.produce(world.topics.created, bytes(1_030_000), partition=0)
        producer.flush(10)
        until(lambda: fetched(f"{service.address()}/readyz")[0] == 503)
        problems = json.loads(fetched(f"{service.address()}/readyz")[1])["problems"]
        alive, _ = fetched(f"{service.address()}/livez")

    assert "KAFKA_FETCH_MAX_BYTES" in problems["categorizer-0"]
    assert alive == 200
