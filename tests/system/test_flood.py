"""A flood of dead letters stops the service until a person has looked."""

import pytest

from tests.support.model_behaviour import answering
from tests.support.model_server import ModelServer
from tests.support.oracle import wrongs
from tests.support.topics import Put, group_offsets
from tests.support.waiting import until
from tests.support.world import World, tickets
from tests.system.conftest import Worlds

pytestmark = [pytest.mark.delivery, pytest.mark.long, pytest.mark.timeout(300)]

GOOD, RUN, BAD = 30, 5, 12


@pytest.fixture
def world(worlds: Worlds, model: ModelServer) -> World:
    model.script = answering
    return worlds(ML_API_URL=model.url, DLQ_FLOOD_RUN=str(RUN))


def put_good(world: World, prefix: str) -> tuple[list[str], int]:
    """Tickets of all partitions; their names, and how many are of the first."""
    created = tickets(prefix, GOOD)
    positions = world.publish(created)
    return [each["ticket_id"] for each in created], sum(at.partition == 0 for at in positions)


def put_bad(world: World) -> None:
    """Bad records of the first partition."""
    world.put([Put(b"\x07 is no framing", b"bad", None, 0)] * BAD)


def stopped(world: World) -> tuple[int, int, int]:
    """Run the service until it ends by itself: its exit code, how many letters there are, and how far it came."""
    with world.service("--role", "categorizer") as service:
        code = service.wait(60)
    [failed] = service.events("worker.failed")
    assert "dlq acknowledge" in failed["detail"]
    assert f"created-0 stopped before offset {committed(world)}" in failed["detail"]
    return code, len(world.committed(world.topics.dead_letter)), committed(world)


def committed(world: World) -> int:
    return group_offsets(world.kafka, world.settings.kafka_group_id, world.topics.created, 1)[0]


def test_a_flood_stops_the_service_until_it_is_acknowledged(world: World) -> None:
    """At the same record after each start; then nothing is lost or doubled, and the next flood stops it again."""
    before_it, first_bad = put_good(world, "before")
    put_bad(world)
    behind, _ = put_good(world, "behind")
    first = stopped(world)
    rehearsed = world.command("dlq", "acknowledge", "--dry-run")
    second = stopped(world)
    done = world.command("dlq", "acknowledge")
    with world.service("--role", "categorizer") as service:
        world.answers_to([*before_it, *behind], timeout_s=60)
        put_bad(world)
        code = service.wait(60)
        letters = len(world.committed(world.topics.dead_letter))

    assert first == second == (1, RUN, first_bad + RUN)
    assert "would be let pass" in rehearsed.stdout
    assert (done.returncode, f"{RUN} dead letters in a row" in done.stdout) == (0, True)
    assert (code, letters) == (1, BAD + RUN)
    assert wrongs(world, lossless=False) == []


def test_there_may_be_nothing_to_acknowledge(world: World) -> None:
    """Then the command says so and writes nothing."""
    with world.service("--role", "categorizer"):
        names, of_the_first = put_good(world, "only")
        world.answers_to(names, timeout_s=60)
        until(lambda: committed(world) == of_the_first)
    done = world.command("dlq", "acknowledge")

    assert (done.returncode, "nothing to acknowledge" in done.stdout) == (0, True)
    assert world.committed(world.topics.marks) == []
