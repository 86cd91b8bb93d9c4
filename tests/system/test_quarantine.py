"""A record that kills every worker that reads it: set aside after three deaths, and all other tickets are answered."""

from collections import Counter
from functools import partial
from pathlib import Path

import pytest

from consumer.kafka.records import Record
from tests.support.model_behaviour import answering, hanging
from tests.support.model_server import ModelServer
from tests.support.oracle import wrongs
from tests.support.topics import Put, group_notes, group_offsets
from tests.support.waiting import until
from tests.support.world import PARTITIONS, World, a_ticket, tickets
from tests.system.conftest import Worlds
from tests.system.mutants import DEADLY
from tests.system.worker import Process, worker

# Each starts half a dozen processes, one after the other.
pytestmark = [pytest.mark.delivery, pytest.mark.long, pytest.mark.timeout(300)]

MUTANTS = "tests.system.mutants"
BURST = 40
# One without a mark, one that leaves a mark, and three alone with the record.
MAX_CRASHES = 5
# The next one takes a dead one's place at once; that of its transactions only where the test says so.
STATIC = {"KAFKA_GROUP_INSTANCE_ID": "mortal"}
# Framed for a registry, which has to be asked for number 7.
OF_A_SCHEMA = b"\x00\x00\x00\x00\x07rest"


@pytest.fixture
def world(worlds: Worlds, model: ModelServer) -> World:
    model.script = answering
    return worlds(ML_API_URL=model.url, ML_BATCH_SIZE="2", **STATIC)


def letters(world: World) -> list[Record]:
    return world.committed(world.topics.dead_letter)


def published(world: World) -> None:
    world.publish([*tickets("before", BURST), a_ticket("deadly", DEADLY), *tickets("after", BURST)])


def at_rest(world: World) -> bool:
    """Every record is committed."""
    offsets = group_offsets(world.kafka, world.settings.kafka_group_id, world.topics.created, PARTITIONS)
    return sum(offsets.values()) == 2 * BURST + 1


def ended(world: World, process: Process) -> bool:
    """Whether it died; False when it has dealt with everything instead."""
    until(lambda: process.poll() is not None or at_rest(world), 90)
    return process.poll() is not None


def deaths(world: World, mutant: str, *names: str) -> int:
    """How many processes die until all is dealt with."""
    for number in range(2 * MAX_CRASHES):
        name = names[number % len(names)]
        state = {"INSTANCE_ID": name, "STATE_DIR": str(Path(world.folder, name))}
        with worker(world, "categorizer", MUTANTS, mutant, **state) as process:
            if not ended(world, process):
                return number
    raise AssertionError(f"{2 * MAX_CRASHES} processes died of the same record")


def set_aside(world: World) -> list[tuple[str | None, bytes | None]]:
    return [(letter.header("ts-reason"), letter.key) for letter in letters(world)]


@pytest.mark.parametrize(
    ("mutant", "names"),
    [
        # Each time on another host.
        ("dies_of_a_text", ("first", "second", "third", "fourth")),
        pytest.param("dies_at_the_model", ("first",)),
        pytest.param("fails_at_a_text", ("first",)),
    ],
)
def test_what_kills_its_reader_is_set_aside(world: World, mutant: str, names: tuple[str, ...]) -> None:
    """The deadly record becomes a dead letter, byte for byte, and every other is answered once."""
    published(world)
    died = deaths(world, mutant, *names)
    [letter] = letters(world)
    answered = Counter(answer["ticket_id"] for answer in world.answers())

    assert died <= MAX_CRASHES
    assert set_aside(world) == [("crash_loop", b"deadly")]
    assert DEADLY.encode() in (letter.value or b"")
    assert {ticket["ticket_id"] for ticket in tickets("before", BURST) + tickets("after", BURST)} == set(answered)
    assert wrongs(world) == []


def test_deaths_that_are_no_records_fault_condemn_nothing(worlds: Worlds, model: ModelServer) -> None:
    """Killed twice while one record is read alone, and told to stop the third time, a service answers it in the end."""
    world = worlds(ML_API_URL=model.url, ML_DEADLINE="30", **STATIC)
    model.script = hanging
    world.publish([a_ticket("only")])
    for mark in ("until=", "attempts=1", "attempts=2"):
        with worker(world, "categorizer") as process:
            until(lambda wanted=mark: wanted in noted(world))  # type: ignore[misc]
            process.kill()
    with worker(world, "categorizer") as process:
        until(lambda: "attempts=3" in noted(world))
        process.terminate()
        assert process.wait(20) == 0
    taken_back = noted(world)
    model.script = answering
    with worker(world, "categorizer"):
        world.answers_to(["only"])
        until(lambda: noted(world) == "")

    assert "attempts=2" in taken_back
    assert set_aside(world) == []
    assert wrongs(world) == []


def noted(world: World) -> str:
    """What stands beside the group's committed offsets."""
    notes = group_notes(world.kafka, world.settings.kafka_group_id, world.topics.created, PARTITIONS)
    return "".join(notes.values())


@pytest.mark.parametrize("role", ["categorizer", "sink"])
def test_a_registry_that_is_down_makes_no_record_deadly(worlds: Worlds, model: ModelServer, role: str) -> None:
    """However often who waits for a schema is killed, nothing is set aside and no mark stays."""
    world = worlds(
        ML_API_URL=model.url, EVENT_FORMAT="single-object", SCHEMA_REGISTRY_URL="http://127.0.0.1:1", **STATIC
    )
    is_sink = role == "sink"
    topic = world.topics.categorized if is_sink else world.topics.created
    group = world.settings.kafka_group_id + ("-sink" if is_sink else "")
    world.put_to(topic, [Put(OF_A_SCHEMA, b"waits", None, 0)])
    for lives in range(1, 3):
        with worker(world, role) as process:
            until(partial(have_waited_for_schemas, world, lives))
            until(lambda: "".join(group_notes(world.kafka, group, topic, 1).values()) == "")
            process.kill()

    assert "quarantine.one_by_one" not in logged(world)
    assert set_aside(world) == []


def have_waited_for_schemas(world: World, lives: int) -> bool:
    """Whether so many processes have asked the registry in vain."""
    return sum("registry.unavailable" in life for life in logged(world).split("partitions.assigned")) == lives


def logged(world: World) -> str:
    return (world.folder / "worker.log").read_text(encoding="utf-8")
