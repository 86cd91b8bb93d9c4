"""A degradation as others see it: in its topic, in ClickHouse, and in the log."""

from collections.abc import Iterator
from operator import itemgetter
from typing import Any, cast

import pytest

from schemas.codec import Decoder
from schemas.events import Alert
from tests.support.model_behaviour import answering, failing
from tests.support.model_server import ModelServer
from tests.support.waiting import until
from tests.support.world import World, tickets
from tests.system.conftest import Worlds

pytestmark = [pytest.mark.delivery, pytest.mark.long]

BREAKER = ("breaker_open", "model")


@pytest.fixture(scope="module")
def world(worlds: Worlds, model: ModelServer) -> Iterator[World]:
    made = worlds(ML_API_URL=model.url, ML_BATCH_SIZE="1", CIRCUIT_BREAKER_TIMEOUT="0.5", INSTANCE_ID="watched")
    yield made
    model.script = answering


def told(world: World) -> list[Alert]:
    decoder = Decoder("Alert")
    return [cast("Alert", decoder.decode(r.value, r.position)) for r in world.committed(world.topics.alerts)]


def breaker_alerts(world: World, state: str) -> list[Alert]:
    return [a for a in told(world) if (a["kind"], a["operation"]) == BREAKER and a["state"] == state]


def rows(world: World) -> list[tuple[Any, ...]]:
    return [row for row in world.rows("alerts", "alert_id, kind, operation, ended_at") if row[1:3] == BREAKER]


def test_an_open_breaker_is_an_alert_until_it_closes_or_its_process_is_gone(world: World, model: ModelServer) -> None:
    """It begins and ends once; what a killed service left open is ended when it is back."""
    model.script = failing
    with world.service() as service:
        world.publish(tickets("failing", 30))
        until(lambda: breaker_alerts(world, "BEGAN"))
        model.script = answering
        until(lambda: breaker_alerts(world, "ENDED"))
        until(lambda: [row for row in rows(world) if row[3] is not None])
        logged = service.events("alert.began")
        model.script = failing
        world.publish(tickets("failing-again", 30))
        until(lambda: len(breaker_alerts(world, "BEGAN")) > 1)
        service.kill()
    model.script = answering
    with world.service():
        until(lambda: len(breaker_alerts(world, "ENDED")) > 1)
        until(lambda: len([row for row in rows(world) if row[3] is not None]) > 1)
    # Each alert has its own partition: what is read first need not have begun first.
    first, second = sorted(breaker_alerts(world, "BEGAN"), key=itemgetter("began_at"))
    ended = sorted(breaker_alerts(world, "ENDED"), key=itemgetter("began_at"))

    assert [first["alert_id"], second["alert_id"]] == [alert["alert_id"] for alert in ended]
    assert first["alert_id"] in {event["alert_id"] for event in logged}
    assert first["instance"] == "watched.0"
    assert ended[1]["detail"] == "the process that saw it was started again"
    assert len(rows(world)) == 2
