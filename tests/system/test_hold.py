"""ML_UNAVAILABLE=hold: rather late than provisional."""

import re
from collections.abc import Iterator

import pytest

from tests.support.model_behaviour import answering, resetting
from tests.support.model_server import ModelServer
from tests.support.service import Service, fetched
from tests.support.waiting import until
from tests.support.world import World, tickets
from tests.system.conftest import Worlds

pytestmark = [pytest.mark.delivery, pytest.mark.long]

NUMBER = 100
PROGRESS = re.compile(r'ticketstream_progress_seconds{worker="categorizer-0"} (\S+)')


@pytest.fixture(scope="module")
def world(worlds: Worlds, model: ModelServer) -> World:
    return worlds(ML_API_URL=model.url, ML_UNAVAILABLE="hold")


@pytest.fixture(scope="module")
def service(world: World) -> Iterator[Service]:
    with world.service("--role", "categorizer") as started:
        yield started


def metrics(service: Service) -> list[str]:
    return fetched(f"{service.address()}/metrics")[1].splitlines()


def went_round_at(service: Service) -> float:
    """When the worker last polled and looked around, in seconds since the epoch."""
    return max(float(found[1]) for line in metrics(service) if (found := PROGRESS.match(line)))


def test_tickets_wait_for_the_model(world: World, service: Service, model: ModelServer) -> None:
    """While the model is down nothing is answered and the group is kept; then the model answers all of it."""
    created = tickets("held", NUMBER)
    model.script = resetting
    world.publish(created)
    until(lambda: {"ticketstream_breaker_open 1.0", "ticketstream_consumption_stopped 1.0"} <= set(metrics(service)))
    asked, went_round = len(model.asked), went_round_at(service)
    # Probes fail meanwhile, so this is an outage and not a blip.
    until(lambda: len(model.asked) > asked and went_round_at(service) > went_round + 1)
    answered_meanwhile = world.answers()
    model.script = answering
    answers = world.answers_to(ticket["ticket_id"] for ticket in created)

    assert answered_meanwhile == []
    assert sorted(ticket["ticket_id"] for ticket in created) == sorted(answer["ticket_id"] for answer in answers)
    assert {(0, False)} == {(answer["revision"], answer["provisional"]) for answer in answers}
    assert {"MODEL", "CACHE"} >= {answer["method"] for answer in answers}
    assert len(service.events("partitions.assigned")) == 1
    assert world.committed(world.topics.recategorize) == []
