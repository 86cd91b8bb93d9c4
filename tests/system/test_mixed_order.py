"""Workers with ORDER=ticket and ORDER=partition in one group, as while the setting is changed."""

from collections import Counter

import pytest

from tests.support.model_behaviour import answering, slow_at
from tests.support.model_server import ModelServer
from tests.support.world import a_ticket, tickets
from tests.system.conftest import Worlds

pytestmark = pytest.mark.delivery


@pytest.mark.parametrize(("first", "second"), [("ticket", "partition"), ("partition", "ticket")])
def test_a_worker_with_the_other_order_answers_nothing_again(
    worlds: Worlds, model: ModelServer, first: str, second: str
) -> None:
    """The second takes over from the first, which was killed with answers ahead of slow tickets."""
    world = worlds(ML_API_URL=model.url, ML_BATCH_SIZE="1", ML_DEADLINE="30")
    model.script = slow_at("snail", 5.0)
    created = [
        *(a_ticket(f"slow-{number}", f"snail {'abc'[number]}") for number in range(3)),
        *tickets("quick", 60),
    ]
    world.publish(created)
    with world.service("--role", "categorizer", ORDER=first) as begun:
        if first == "ticket":
            world.answers_to(ticket["ticket_id"] for ticket in created[3:])
        with world.service("--role", "categorizer", ORDER=second, STATE_DIR=str(world.folder / "other")):
            begun.kill()
            model.script = answering
            answers = world.answers_to(ticket["ticket_id"] for ticket in created)
            world.publish(tickets("later", 20))
            answers = world.answers_to(f"later-{number}" for number in range(20))

    assert set(Counter(answer["ticket_id"] for answer in answers if answer["revision"] == 0).values()) == {1}
    assert len(answers) >= len(created) + 20
