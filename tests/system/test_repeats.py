"""A publisher that says the same twice."""

from collections import Counter

import pytest

from tests.support.model_server import ModelServer
from tests.support.topics import Put
from tests.support.waiting import until
from tests.support.world import a_ticket, tickets
from tests.system.conftest import Worlds

pytestmark = [pytest.mark.delivery, pytest.mark.long]


def test_a_repeat_is_dropped_also_after_a_death(worlds: Worlds, model: ModelServer) -> None:
    """The same event_id again, in the same burst, later, and after kill -9: one answer, and the stream goes on."""
    world = worlds(ML_API_URL=model.url, KAFKA_GROUP_INSTANCE_ID="first")
    created = tickets("repeated", 60)
    ids = {ticket["ticket_id"] for ticket in created}
    with world.service("--role", "categorizer") as service:
        world.publish(created + created[:30])
        world.answers_to(ids)
        world.publish(created)
        world.publish([a_ticket("marker-1")])
        world.answers_to({"marker-1"})
        service.kill()
    with world.service("--role", "categorizer"):
        world.publish(created)
        world.publish([a_ticket(f"marker-{number}") for number in range(2, 20)])
        # Answers keep the order of their tickets: what stood before these is done.
        world.answers_to({f"marker-{number}" for number in range(2, 20)})
    answers = world.answers()

    assert {1} == set(Counter(answer["ticket_event_id"] for answer in answers).values())
    assert ids <= {answer["ticket_id"] for answer in answers}
    assert world.committed(world.topics.dead_letter) == []


def test_a_replayed_dead_letter_is_never_a_repeat(worlds: Worlds, model: ModelServer) -> None:
    """Its event_id may have been answered; that it was set aside says that this record was not."""
    world = worlds(ML_API_URL=model.url)
    ticket = a_ticket("replayed")
    with world.service("--role", "categorizer"):
        world.publish([ticket])
        world.answers_to({"replayed"})
        world.put([Put(world.encoded(ticket), b"replayed", [("ts-origin-topic", b"x"), ("ts-replays", b"1")])])
        until(lambda: len(world.answers()) == 2)
