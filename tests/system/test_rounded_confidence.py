"""A model whose surest confidences are rounded to a little more than 1."""

import pytest

from tests.support.model_behaviour import speaking
from tests.support.model_server import ModelServer
from tests.support.waiting import until
from tests.support.world import tickets
from tests.system.conftest import Worlds

pytestmark = pytest.mark.long


def test_the_surest_answers_are_the_models(worlds: Worlds, model: ModelServer) -> None:
    """Each ticket is answered AUTO at the first try, and each answer is stored."""
    world = worlds(ML_API_URL=model.url)
    model.script = speaking("billing", confidence=1.00000536)
    created = tickets("sure", 64)
    with world.service() as service:
        world.publish(created)
        answers = world.answers_to(ticket["ticket_id"] for ticket in created)
        until(lambda: world.stored() == len(created))
        failed = service.events("model.")

    assert {(answer["method"], answer["decision"], answer["confidence"]) for answer in answers} == {
        ("MODEL", "AUTO", 1.0)
    }
    assert (len(answers), failed) == (len(created), [])
    assert sum(len(asked.tickets) for asked in model.asked) == len(created)
    assert {row[0] for row in world.rows("categorizations", "confidence")} == {1.0}
    assert world.committed(world.topics.dead_letter) == []
