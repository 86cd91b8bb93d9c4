"""kill -9 at every moment that the source names, the first time it comes, the second and the seventh."""

import ast
import signal
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from consumer.kafka.cluster import Cluster
from consumer.kafka.consumer import Assignments, GroupConsumer
from tests.support.model_server import ModelServer
from tests.support.oracle import wrongs
from tests.support.topics import put
from tests.support.waiting import until
from tests.support.world import EAGER, World, tickets
from tests.system import mortal
from tests.system.conftest import Worlds
from tests.system.test_crash_points import BAD, correction
from tests.system.worker import Process, worker

if TYPE_CHECKING:
    from schemas.position import Position

pytestmark = pytest.mark.delivery

SOURCES = Path(__file__).parents[2] / "consumer"
HITS = (1, 2, 7)
BURST = 12
DIES_WITHIN_S = 90.0
VISIT_S = 10.0
CATEGORIZER, SINK = ("categorizer",), ("sink",)
# Which roles run the folders that name moments; a folder that is missing here has none yet.
ROLES = {
    "categorizer": CATEGORIZER,
    "kafka": CATEGORIZER + SINK,
    "sink": SINK,
}
# They come as often as members come and go.
MEMBERSHIP = {"on_assign", "on_revoke"}
# Enough for `make test`: a death in the transaction, one after it, and one between ClickHouse and the commit.
QUICK = (("categorizer", "offsets_sent"), ("categorizer", "committed"), ("sink", "sink_after_insert"))


class Point(NamedTuple):
    folder: str
    name: str


def points() -> list[Point]:
    """Every call of `crash_points.reached` in the service; it fails for one whose name is not written out."""
    return [point for file in sorted(SOURCES.rglob("*.py")) for point in _named(file)]


def _named(file: Path) -> Iterator[Point]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="crash_points"), attr="reached"), args=[argument]):
                yield Point(file.parent.name, ast.literal_eval(argument))


LIVES = sorted({(role, point.name) for point in points() for role in ROLES[point.folder]})


class Stream:
    """What is put while workers die, and what must be there when one has lived to its end."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.created: list[Position] = []
        self.corrections = 0
        self.bad = 0
        self._numbers = count()

    def more(self, role: str) -> None:
        """A burst for this role; the sink gets a bad record with it, so that it has a transaction to make."""
        if role == "categorizer":
            self.created += self.world.publish(tickets(f"burst-{next(self._numbers)}", BURST))
            return
        numbers = range(self.corrections, self.corrections + BURST)
        put(self.world.kafka, self.world.topics.corrected, [*map(correction, numbers), BAD])
        self.corrections += BURST
        self.bad += 1

    def behind(self) -> dict[str, int]:
        """How many of each kind are not there yet."""
        there = {
            "answers": len(self.created) - len(self.world.answers()),
            "stored answers": len(self.created) - self.world.stored(),
            "stored corrections": self.corrections - len(self.world.rows("corrections", "event_id")),
            "dead letters": self.bad - len(self.world.committed(self.world.topics.dead_letter)),
        }
        return {what: number for what, number in there.items() if number > 0}

    def rest(self) -> list[str]:
        """Let healthy workers finish; what is wrong then."""
        with worker(self.world, "categorizer"), worker(self.world, "sink"):
            until(lambda: self.behind() == {}, 60)
        answers = self.world.answers()
        letters = self.world.committed(self.world.topics.dead_letter)
        places = {(letter.header("ts-partition"), letter.header("ts-offset")) for letter in letters}
        stored = sorted(self.world.rows("categorizations", "event_id"))
        corrected = sorted(self.world.rows("corrections", "event_id"))
        found = wrongs(self.world)
        if stored != sorted((answer["event_id"],) for answer in answers):
            found.append(f"ClickHouse holds {len(stored)} answers of {len(answers)}")
        if corrected != sorted((f"correction-{number}",) for number in range(self.corrections)):
            found.append(f"ClickHouse holds {len(corrected)} corrections of {self.corrections}")
        if len(letters) != self.bad or len(places) != self.bad:
            found.append(f"{len(letters)} dead letters of {len(places)} records; there were {self.bad}")
        return found


def dies(stream: Stream, role: str, point: str, hit: int) -> None:
    """One worker's life under load, up to its death at this moment and no other."""
    world = stream.world
    epitaph = world.folder / mortal.EPITAPH
    epitaph.unlink(missing_ok=True)
    with worker(world, role, "tests.system.mortal", point, str(hit)) as process:

        def dead() -> bool:
            stream.more(role)
            if point in MEMBERSHIP:
                _come_and_go(world, role, process)
            return _ended(process, 1.0)

        until(dead, DIES_WITHIN_S)
    assert process.returncode == -signal.SIGKILL
    assert epitaph.read_text(encoding="utf-8") == f"{point} {hit}"


def _come_and_go(world: World, role: str, process: Process) -> None:
    """Another member joins the group, has partitions for a moment, and leaves."""
    group, topics = world.settings.kafka_group_id, [world.topics.created, world.topics.recategorize]
    if role == "sink":
        group, topics = f"{group}-sink", [world.topics.categorized, world.topics.corrected, world.topics.telemetry]
    properties = {"partition.assignment.strategy": "range", "session.timeout.ms": "6000"}
    visitor = GroupConsumer(Cluster(world.kafka, properties), group, "visitor")
    came: list[object] = []
    visitor.subscribe(topics, Assignments(came.extend, lambda _: None, lambda _: None))
    # It may be let in late or never: what counts is that the worker has to hand over.
    give_up_s = time.monotonic() + VISIT_S
    while not came and process.poll() is None and time.monotonic() < give_up_s:
        visitor.poll(1, 0.05)
    visitor.close()


def _ended(process: Process, timeout_s: float) -> bool:
    try:
        until(lambda: process.poll() is not None, timeout_s)
    except AssertionError:
        return False
    return True


@pytest.fixture
def stream(worlds: Worlds, model: ModelServer) -> Stream:
    world = worlds(ML_API_URL=model.url, KAFKA_GROUP_INSTANCE_ID="mortal", AUDIT_SHARE="0.3", **EAGER)
    assert world.command("migrate").returncode == 0
    return Stream(world)


def test_every_file_that_names_moments_is_known() -> None:
    """The moments of the contract's transaction and of the sink are among them, each in one place."""
    names = [point.name for point in points()]

    assert {point.folder for point in points()} == ROLES.keys()
    assert len(names) == len(set(names))
    assert set(QUICK) <= set(LIVES)


@pytest.mark.long
def test_a_death_at_the_moments_that_matter_most_changes_nothing(stream: Stream) -> None:
    """Killed within a transaction, after it, and between ClickHouse and the commit: nothing is lost or doubled."""
    for role, point in QUICK:
        dies(stream, role, point, 1)

    assert stream.rest() == []


@pytest.mark.long
@pytest.mark.exhaustive
@pytest.mark.timeout(300)
@pytest.mark.parametrize(("role", "point"), LIVES)
def test_a_death_at_any_named_moment_changes_nothing(stream: Stream, role: str, point: str) -> None:
    """Killed there the first time, the second and the seventh: the next worker goes on as if nothing had been."""
    for hit in HITS:
        dies(stream, role, point, hit)

    assert stream.rest() == []
