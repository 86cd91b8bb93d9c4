"""A model of another taxonomy: its tickets wait until somebody has mended that."""

import json
import signal
from typing import cast

import pytest

from schemas.codec import Decoder
from schemas.events import Alert
from tests.support.model_behaviour import answering, speaking
from tests.support.model_server import ModelServer
from tests.support.service import Service, fetched
from tests.support.waiting import until
from tests.support.world import World, tickets
from tests.system.conftest import Worlds

pytestmark = [pytest.mark.delivery, pytest.mark.long]

NUMBER = 100
TAXONOMY = """
version = "parcels-1"
languages = ["en"]

[default]
category = "shipping"
precision = 0.5
n = 10

[categories.shipping]
name = { en = "Shipping" }
"""


def metrics(service: Service) -> list[str]:
    return fetched(f"{service.address()}/metrics")[1].splitlines()


def problems(service: Service) -> dict[str, str]:
    """What `/readyz` says is wrong; the service has been asked whether it is ready."""
    status, body = fetched(f"{service.address()}/readyz")
    found: dict[str, str] = json.loads(body)["problems"]
    assert (status == 200) is not bool(found)
    return found


def labels_alerts(world: World) -> list[Alert]:
    decoder = Decoder("Alert")
    found = [cast("Alert", decoder.decode(r.value, r.position)) for r in world.committed(world.topics.alerts)]
    return [alert for alert in found if alert["kind"] == "foreign_labels"]


def held(service: Service) -> str:
    """The problem of a worker, once one is held because of the labels."""
    return until(lambda: [text for text in problems(service).values() if "TAXONOMY_FILE" in text])[0]


def stays_held(model: ModelServer) -> None:
    """Longer than any deadline; probes fail meanwhile."""
    asked = len(model.asked)
    until(lambda: len(model.asked) >= asked + 3)


def committed_answers(world: World) -> list[object]:
    """Everything that an answer leaves behind."""
    topics = world.topics
    return [
        record
        for topic in (topics.categorized, topics.recategorize, topics.dead_letter)
        for record in world.committed(topic)
    ]


def test_tickets_wait_until_the_model_is_the_right_one(worlds: Worlds, model: ModelServer) -> None:
    """Probe, alert and log name the setting and the labels. Then the model answers all, and the alert ends."""
    world = worlds(ML_API_URL=model.url)
    model.script = speaking("shipping")
    created = tickets("foreign", NUMBER)
    with world.service("--role", "categorizer") as service:
        service.wait_until_ready()
        world.publish(created)
        problem = held(service)
        until(lambda: "ticketstream_consumption_stopped 1.0" in metrics(service))
        stays_held(model)
        meanwhile = committed_answers(world)
        began = until(lambda: labels_alerts(world))
        live = fetched(f"{service.address()}/livez")[0]
        (logged,) = service.events("labels.foreign")
        model.script = answering
        answers = world.answers_to(ticket["ticket_id"] for ticket in created)
        until(lambda: not problems(service))
        until(lambda: len(labels_alerts(world)) == 2)
        until(lambda: "ticketstream_consumption_stopped 0.0" in metrics(service))
        assigned = service.events("partitions.assigned")

    assert meanwhile == []
    assert "shipping" in problem
    assert live == 200
    assert (logged["level"], logged["setting"], logged["labels"]) == ("error", "TAXONOMY_FILE", ["shipping"])
    assert [alert["state"] for alert in began] == ["BEGAN"]
    assert "TAXONOMY_FILE" in began[0]["detail"]
    assert "shipping" in began[0]["detail"]
    assert {alert["state"] for alert in labels_alerts(world)} == {"BEGAN", "ENDED"}
    assert sorted(ticket["ticket_id"] for ticket in created) == sorted(answer["ticket_id"] for answer in answers)
    assert {(answer["method"], answer["revision"], answer["provisional"]) for answer in answers} == {
        ("MODEL", 0, False)
    }
    assert len(assigned) == 1


def test_the_right_taxonomy_mends_it_after_a_restart(worlds: Worlds, model: ModelServer) -> None:
    """Two workers hold, and hold again after a restart without the setting; with it the model answers every ticket.

    A worker may be told that its partitions went before it can say that it leaves in good order. The next one reads one
    by one then, and tickets that wait alone get provisional answers at their deadlines.
    """
    world = worlds(ML_API_URL=model.url)
    path = world.folder / "taxonomy.toml"
    path.write_text(TAXONOMY, encoding="utf-8")
    model.script = speaking("shipping")
    created = tickets("forgotten", 3 * NUMBER)
    world.publish(created)
    for _ in range(2):
        with world.service("--role", "categorizer", "--workers", "2") as service:
            held(service)
            stays_held(model)
            service.signal(signal.SIGTERM)
            stopped = service.wait()
    meanwhile = world.answers()
    with world.service("--role", "categorizer", TAXONOMY_FILE=str(path)):
        wanted = {ticket["ticket_id"] for ticket in created}
        answers = world.answers_to(wanted, lambda answer: not answer["provisional"])
    final = [answer for answer in answers if not answer["provisional"]]

    assert stopped == 0
    assert len(meanwhile) < 20
    assert all(answer["provisional"] for answer in meanwhile)
    assert sorted(wanted) == sorted(answer["ticket_id"] for answer in final)
    assert {(answer["category"], answer["method"]) for answer in final} == {("shipping", "MODEL")}


def test_a_model_that_becomes_foreign_under_its_name_is_noticed(worlds: Worlds, model: ModelServer) -> None:
    """No more than nineteen replies are taken for exceptions; the rest waits."""
    world = worlds(ML_API_URL=model.url)
    model.script = speaking("billing")
    with world.service("--role", "categorizer") as service:
        before, after = tickets("before", 30), tickets("after", NUMBER)
        world.publish(before)
        world.answers_to(ticket["ticket_id"] for ticket in before)
        model.script = speaking("shipping")
        world.publish(after)
        held(service)
        stays_held(model)
        exceptions = [answer for answer in world.answers() if answer["method"] == "RULES"]
        model.script = speaking("billing")
        answers = world.answers_to(ticket["ticket_id"] for ticket in after)

    # What was taken for an exception may be committed a moment after the model is held.
    assert len(exceptions) <= [answer["method"] for answer in answers].count("RULES") < 20
