"""The sink sets aside what kills it, and stops at a flood of what it cannot read; ClickHouse's troubles are neither."""

import threading
from functools import partial

import pytest

from tests.support.topics import Put, group_notes, group_offsets, put
from tests.support.waiting import until
from tests.support.world import PARTITIONS, Shared, World
from tests.system.clickhouse_door import Answer, Pass, door_before, failing
from tests.system.clickhouse_oracle import differences
from tests.system.conftest import Worlds
from tests.system.mutants import DEADLY
from tests.system.stream import BAD, Stream
from tests.system.test_sink_faults import PATIENCE_S, at_rest, sink
from tests.system.worker import worker

# Each starts half a dozen processes, one after the other.
pytestmark = [pytest.mark.delivery, pytest.mark.long, pytest.mark.timeout(300)]

# The next process takes over from a dead one at once.
STATIC = {"KAFKA_GROUP_INSTANCE_ID": "mortal"}
# One without a marker, three that leave one, and three that read the record by itself.
MAX_CRASHES = 7
AROUND = 20
RUN, BAD_ONES = 5, 12


def sinks(world: World) -> str:
    return f"{world.settings.kafka_group_id}-sink"


def reasons(world: World) -> list[str | None]:
    return [letter.header("ts-reason") for letter in world.committed(world.topics.dead_letter)]


def is_through(world: World, records: int) -> bool:
    topic = world.topics.categorized
    return sum(group_offsets(world.kafka, sinks(world), topic, PARTITIONS).values()) == records


def deaths(world: World, mutant: str, records: int) -> int:
    """How many sinks die until these records are dealt with."""
    for number in range(2 * MAX_CRASHES):
        with worker(world, "sink", "tests.system.mutants", mutant) as process:
            until(lambda: process.poll() is not None or is_through(world, records), 90)
            if process.poll() is None:
                return number
    raise AssertionError(f"{2 * MAX_CRASHES} sinks died of the same record")


def test_what_kills_the_sink_is_set_aside(worlds: Worlds) -> None:
    """The deadly record becomes a dead letter, byte for byte, and ClickHouse holds all others."""
    world = worlds(**STATIC)
    stream = Stream(world)
    records = [stream.answer() for _ in range(AROUND)]
    deadly = stream.answer(category=DEADLY)
    records += [deadly, *(stream.answer() for _ in range(AROUND))]
    put(world.kafka, world.topics.categorized, records)

    died = deaths(world, "sink_dies_of_a_row", len(records))
    [letter] = world.committed(world.topics.dead_letter)

    assert 0 < died <= MAX_CRASHES
    assert (letter.header("ts-reason"), letter.header("ts-group")) == ("crash_loop", sinks(world))
    assert (letter.key, letter.value) == (deadly.key, deadly.value)
    assert differences(world) == []
    assert world.stored() == 2 * AROUND


def test_a_clickhouse_that_is_down_makes_no_record_deadly(worlds: Worlds, shared: Shared) -> None:
    """However often the sink is killed while it waits, nothing is set aside and nothing is read one by one."""
    down = threading.Event()
    down.set()

    def fault(let_pass: Pass) -> Answer | None:
        return failing(243, "NOT_ENOUGH_SPACE")(let_pass) if down.is_set() else let_pass()

    with door_before(shared.clickhouse) as door:
        door.set_faults(*1_000 * [fault])
        world = worlds(CLICKHOUSE_URL=door.url, **STATIC)
        stream = Stream(world)
        put(world.kafka, world.topics.categorized, [stream.answer() for _ in range(AROUND)])
        for lives in range(1, 2 * MAX_CRASHES):
            with worker(world, "sink") as process:
                until(partial(is_held_up, world, lives), PATIENCE_S)
                process.kill()
        down.clear()
        with worker(world, "sink"):
            until(lambda: is_through(world, AROUND), PATIENCE_S)
        wrong = differences(world)

    assert reasons(world) == []
    assert "quarantine.one_by_one" not in log_of(world)
    assert wrong == []


def is_held_up(world: World, lives: int) -> bool:
    """Whether the sink that lives now waits for ClickHouse, and has left no marker."""
    log = log_of(world)
    waits = "clickhouse.unavailable" in log.rpartition("partitions.assigned")[2]
    return log.count("partitions.assigned") == lives and waits and metadata(world) == ""


def log_of(world: World) -> str:
    return (world.folder / "worker.log").read_text(encoding="utf-8")


def metadata(world: World) -> str:
    """What stands beside the group's committed offsets."""
    return "".join(group_notes(world.kafka, sinks(world), world.topics.categorized, PARTITIONS).values())


def stopped(world: World) -> tuple[int, int, int]:
    """Run a sink until it ends by itself: its exit code, how many letters there are, and how far it came."""
    with world.service("--role", "sink") as service:
        code = service.wait(60)
    [failed] = service.events("worker.failed")
    assert "dlq acknowledge" in failed["detail"]
    return code, len(reasons(world)), group_offsets(world.kafka, sinks(world), world.topics.corrected, 1)[0]


def test_a_flood_of_what_is_no_correction_stops_the_sink(worlds: Worlds) -> None:
    """At the same record after each start, until a person has acknowledged it; the answers are all stored."""
    world = worlds(DLQ_FLOOD_RUN=str(RUN))
    stream = Stream(world)
    put(world.kafka, world.topics.categorized, [stream.answer() for _ in range(AROUND)])
    put(world.kafka, world.topics.corrected, [Put(BAD, b"bad", None, 0)] * BAD_ONES)
    first, second = stopped(world), stopped(world)
    done = world.command("dlq", "acknowledge")
    with sink(world):
        at_rest(world)

    assert first == second == (1, RUN, RUN)
    assert (done.returncode, f"corrected-0: {RUN} dead letters in a row" in done.stdout) == (0, True)
    assert len(reasons(world)) == BAD_ONES
    assert differences(world) == []
