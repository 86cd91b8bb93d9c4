"""Mistakes with answers that overtake, made on purpose: the promise for them is worth what notices these.

In almost every scenario answers overtake a slow ticket at the beginning of a partition. The model of the test keeps
that ticket until the scenario lets it go, so that nothing depends on how fast anything is.
"""

import os
import signal
import threading
from collections.abc import Callable, Collection, Iterable

import pytest

from consumer.categorizer.digest_ring import digest
from consumer.categorizer.repeats import Page
from consumer.categorizer.repeats_topic import RepeatsTopic
from schemas.events import TicketCreated
from schemas.position import Position
from tests.support.broker_differences import Gap
from tests.support.model_behaviour import answering, held_at
from tests.support.model_server import ModelServer
from tests.support.oracle import wrongs
from tests.support.topics import Put, group_notes
from tests.support.waiting import until
from tests.support.world import EAGER, PARTITIONS, Shared, World, a_ticket, tickets
from tests.system.conftest import Worlds
from tests.system.overtaking_mutants import FREEZING
from tests.system.proxy import Api, Trap, proxy_before
from tests.system.test_crash_points import through
from tests.system.test_mutants import Scenario, Wrongs, at_rest
from tests.system.worker import worker

pytestmark = [pytest.mark.delivery, pytest.mark.long]

MUTANTS = "tests.system.overtaking_mutants"
BURST = 20
END_TXN_COMES, END_TXN_IS_ANSWERED = Trap(Api.END_TXN, answered=False), Trap(Api.END_TXN, answered=True)
SLOW = "Slow"
# One text is one call, and a slow ticket waits for longer than any scenario lasts.
SETTINGS = {"ML_BATCH_SIZE": "1", "ML_DEADLINE": "60", "ML_API_TIMEOUT": "60"}
# The next worker takes a dead one's place at once.
STATIC = {"KAFKA_GROUP_INSTANCE_ID": "mortal"}
# The least there is: 125 answers overtake, and two pages of 250 are kept.
REMEMBERED = {"REPEATS_REMEMBERED": "250"}
MORE_THAN_REMEMBERED = 600

# What mistakes lead to, in the oracle's words; the last one is found here.
TWICE, LOST, OUT_OF_ORDER = "answered 2 times", "lost", "answered after"
BESIDE = "others were read beside a record at which a process died"


def put(world: World, created: Iterable[TicketCreated], partition: int) -> list[Position]:
    """Put tickets into one partition."""
    return world.put(Put(world.encoded(each), each["ticket_id"].encode(), None, partition) for each in created)


def slow_ones(world: World) -> list[Position]:
    """Put one into each partition."""
    return [
        position
        for partition in range(PARTITIONS)
        for position in put(world, [a_ticket(f"slow-{partition}", f"{SLOW} {'abc'[partition]}")], partition)
    ]


def answered(world: World, name: str) -> list[Position]:
    """Publish a burst, and wait for all of its answers."""
    created = tickets(name, BURST)
    positions = world.publish(created)
    world.answers_to(ticket["ticket_id"] for ticket in created)
    return positions


def rests(world: World, created: Iterable[Position]) -> None:
    at_rest(world, world.settings.kafka_group_id, world.topics.created, created)


def settled(world: World) -> list[Position]:
    """Publish a burst, and wait until its offsets are committed: then no takeover marker stands any more.

    After a takeover with a marker, the next worker reads one record at a time, and no record overtakes.
    """
    positions = answered(world, "before")
    rests(world, positions)
    return positions


def dies_behind_slow_answers(mutant: str, worlds: Worlds, _: Shared, model: ModelServer) -> Wrongs:
    """Killed when several transactions were committed ahead of a slow one in each partition; another worker goes on."""
    released = threading.Event()
    model.script = held_at(SLOW, released)
    world = worlds(ML_API_URL=model.url, **SETTINGS, **STATIC)
    with worker(world, "categorizer", MUTANTS, mutant) as process:
        created = [*settled(world), *slow_ones(world), *answered(world, "first"), *answered(world, "second")]
        process.kill()
    released.set()
    with worker(world, "categorizer", MUTANTS, mutant):
        rests(world, created)
    return wrongs(world)


def dies_as_overtakers_are_committed(mutant: str, worlds: Worlds, shared: Shared, model: ModelServer) -> Wrongs:
    """Killed when its first transaction, which moves no offset, is committed, and before it begins another."""
    released = threading.Event()
    model.script = held_at(SLOW, released)
    with proxy_before(shared.kafka) as proxy:
        world = worlds(ML_API_URL=model.url, **SETTINGS, **through(proxy))
        with worker(world, "categorizer", MUTANTS, mutant) as process:
            proxy.set_trap(END_TXN_IS_ANSWERED._replace(pid=process.pid))
            created = [*slow_ones(world), *world.publish(tickets("quick", BURST))]
            assert proxy.sprung.wait(40)
            assert process.wait(10) < 0
        released.set()
        with worker(world, "categorizer", MUTANTS, mutant):
            rests(world, created)
        return wrongs(world)


def is_not_heard_when_it_commits_overtakers(mutant: str, worlds: Worlds, shared: Shared, model: ModelServer) -> Wrongs:
    """Its request to commit answers ahead of slow ones is held up for longer than it waits."""
    return _overtakers_in_doubt(END_TXN_COMES, mutant, worlds, shared, model)


def never_hears_of_its_commit_of_overtakers(mutant: str, worlds: Worlds, shared: Shared, model: ModelServer) -> Wrongs:
    """Answers ahead of slow ones are committed, and the broker's answer does not come for longer than it waits."""
    return _overtakers_in_doubt(END_TXN_IS_ANSWERED, mutant, worlds, shared, model)


def _overtakers_in_doubt(trap: Trap, mutant: str, worlds: Worlds, shared: Shared, model: ModelServer) -> Wrongs:
    slow, line = threading.Event(), threading.Event()
    model.script = held_at(SLOW, slow)
    with proxy_before(shared.kafka) as proxy:
        world = worlds(ML_API_URL=model.url, **SETTINGS, **through(proxy))
        with worker(world, "categorizer", MUTANTS, f"{mutant}+is_soon_in_doubt"):
            proxy.set_trap(trap._replace(held=line))
            created = [*slow_ones(world), *world.publish(tickets("quick", BURST))]
            assert proxy.sprung.wait(40)
            slow.set()
            rests(world, created)
            line.set()
        return wrongs(world)


def answers_the_second_record_first(mutant: str, worlds: Worlds, _: Shared, model: ModelServer) -> Wrongs:
    """The model is slow for the first record of a ticket and quick for the second, and later tickets overtake both."""
    released = threading.Event()
    model.script = held_at(SLOW, released)
    world = worlds(ML_API_URL=model.url, **SETTINGS)
    first, second = a_ticket("both", f"{SLOW} at first"), a_ticket("both", "Quick afterwards")
    second["event_id"] = "created-both-again"
    later = tickets("later", BURST)
    with worker(world, "categorizer", MUTANTS, mutant):
        created = put(world, [first, second], 0)
        until(lambda: any(ticket["subject"] == second["subject"] for asked in model.asked for ticket in asked.tickets))
        created += put(world, later, 0)
        # Asked for after the second record, and committed: what may be committed of the second is.
        world.answers_to(ticket["ticket_id"] for ticket in later)
        released.set()
        rests(world, created)
    return wrongs(world)


def is_asked_for_more_than_it_remembers(mutant: str, worlds: Worlds, _: Shared, model: ModelServer) -> Wrongs:
    """Behind a slow ticket come more quick ones than the pages of repeats hold; then the worker is killed."""
    released = threading.Event()
    model.script = held_at(SLOW, released)
    world = worlds(ML_API_URL=model.url, **SETTINGS, **STATIC, **REMEMBERED)
    # Of one text: the model is asked once.
    quick = [a_ticket(f"quick-{number}", "Where is my invoice?") for number in range(MORE_THAN_REMEMBERED)]
    with worker(world, "categorizer", MUTANTS, mutant) as process:
        created = [*settled(world), *put(world, [a_ticket("slow", SLOW), *quick], 0)]
        world.answers_to(ticket["ticket_id"] for ticket in quick[:100])
        for turn in range(3):
            # Several transactions later what may overtake has overtaken.
            witness = a_ticket(f"witness-{'abc'[turn]}")
            created += put(world, [witness], 1)
            world.answers_to([witness["ticket_id"]])
        process.kill()
    released.set()
    with worker(world, "categorizer", MUTANTS, mutant):
        rests(world, created)
    return wrongs(world)


def dies_of_a_record_that_others_overtake(mutant: str, worlds: Worlds, _: Shared, model: ModelServer) -> Wrongs:
    """Each process dies while the model has the same ticket; the first one has committed answers ahead of it."""
    model.script = held_at(SLOW, threading.Event())
    world = worlds(ML_API_URL=model.url, **SETTINGS, **STATIC)
    created = put(world, [a_ticket("deadly", SLOW), *tickets("first", BURST)], 0)
    with worker(world, "categorizer", MUTANTS, mutant) as process:
        world.answers_to(ticket["ticket_id"] for ticket in tickets("first", BURST))
        process.kill()
    created += put(world, tickets("second", BURST), 0)
    last = tickets("second", BURST)[-1]["ticket_id"]
    for attempt in range(1, 4):
        with worker(world, "categorizer", MUTANTS, mutant) as process:
            until(lambda at=f"attempts={attempt}": at in noted(world) or is_answered(world, last))  # type: ignore[misc]
            process.kill()
        if is_answered(world, last):
            return [BESIDE]
    with worker(world, "categorizer", MUTANTS, mutant):
        rests(world, created)
    letters = [letter.key for letter in world.committed(world.topics.dead_letter)]
    return wrongs(world) if letters == [b"deadly"] else [f"set aside: {letters}"]


def noted(world: World) -> str:
    """What stands beside the offset of the first partition."""
    return group_notes(world.kafka, world.settings.kafka_group_id, world.topics.created, PARTITIONS).get(0, "")


def is_answered(world: World, ticket_id: str) -> bool:
    return any(answer["ticket_id"] == ticket_id for answer in world.answers())


def gets_its_partitions_back(mutant: str, worlds: Worlds, _: Shared, model: ModelServer) -> Wrongs:
    """Another member has some of its partitions for a while, answers ahead of slow tickets there, and is killed."""
    released = threading.Event()
    model.script = held_at(SLOW, released)
    # So that each of the two has some of the tickets.
    world = worlds(ML_API_URL=model.url, **SETTINGS, **EAGER)
    with worker(world, "categorizer", MUTANTS, mutant):
        created = settled(world)
        with worker(world, "categorizer", INSTANCE_ID="other") as other:
            until(lambda: "partitions.revoked" in logged(world))
            created += [*slow_ones(world), *answered(world, "quick")]
            other.kill()
        released.set()
        rests(world, created)
    return wrongs(world)


def finds_foreign_notes(mutant: str, worlds: Worlds, _: Shared, model: ModelServer) -> Wrongs:
    """Notes name offsets of this topic and event ids of another, as after mirroring to a cluster with other offsets."""
    model.script = answering
    world = worlds(ML_API_URL=model.url, **SETTINGS)
    entries = b"".join(digest(f"mirrored-{offset}") + offset.to_bytes(8, "big") for offset in range(BURST))
    pages = RepeatsTopic(world.settings)
    partition = (world.topics.created, 0)
    pages.load({partition})
    topic, key, value, *_more = pages.message(partition, 0, Page(0, entries))
    world.put_to(topic, [Put(value, key, None, 0)])
    created = put(world, tickets("new", BURST), 0)
    with worker(world, "categorizer", MUTANTS, mutant):
        rests(world, created)
    assert logged(world).count('"ahead": 20') == 1
    return wrongs(world)


def is_frozen_before_it_commits(mutant: str, worlds: Worlds, _: Shared, model: ModelServer) -> Wrongs:
    """Frozen when it is about to commit overtakers, until another member has its partitions and has answered them."""
    released = threading.Event()
    model.script = held_at(SLOW, released)
    world = worlds(ML_API_URL=model.url, **SETTINGS)
    with worker(world, "categorizer", MUTANTS, f"{mutant}+freezes_before_overtakers") as frozen:
        created = settled(world)
        quick = tickets(FREEZING, BURST)
        created += [*slow_ones(world), *world.publish(quick)]
        until(lambda: os.waitid(os.P_PID, frozen.pid, os.WSTOPPED | os.WNOHANG))
        with worker(world, "categorizer", INSTANCE_ID="heir"):
            world.answers_to(ticket["ticket_id"] for ticket in quick)
            os.kill(frozen.pid, signal.SIGCONT)
            # Its transaction is over when it polls again.
            until(lambda: "partitions.lost" in logged(world))
            released.set()
            rests(world, created)
    return wrongs(world)


def logged(world: World) -> str:
    return (world.folder / "worker.log").read_text(encoding="utf-8")


# For each mistake the scenario that shows it, and what it leads to.
SCENARIOS: dict[str, tuple[Scenario, str]] = {
    "notes_no_overtaker": (dies_behind_slow_answers, TWICE),
    "notes_before_the_transaction": (dies_as_overtakers_are_committed, LOST),
    "notes_after_the_transaction": (dies_as_overtakers_are_committed, TWICE),
    "writes_over_earlier_notes": (dies_behind_slow_answers, TWICE),
    "keeps_notes_of_partitions_that_go": (gets_its_partitions_back, TWICE),
    "leaves_out_offsets_that_stand": (is_frozen_before_it_commits, TWICE),
    "reads_the_notes_of_another_partition": (dies_behind_slow_answers, TWICE),
    "shifts_notes_by_one": (never_hears_of_its_commit_of_overtakers, TWICE),
    "flips_a_bit_of_notes": (dies_behind_slow_answers, TWICE),
    "believes_offsets_of_notes": (finds_foreign_notes, LOST),
    "swaps_records_of_a_ticket": (answers_the_second_record_first, OUT_OF_ORDER),
    "overtakes_without_bounds": (is_asked_for_more_than_it_remembers, TWICE),
    "reads_no_notes": (dies_behind_slow_answers, TWICE),
    "trusts_offsets_alone": (is_not_heard_when_it_commits_overtakers, LOST),
    "wipes_markers": (dies_of_a_record_that_others_overtake, BESIDE),
    "commits_the_record_that_is_waited_for": (dies_behind_slow_answers, LOST),
}
needs_fencing = pytest.mark.needs(Gap.GENERATION_FENCING)


def _marks(scenario: Callable[..., Wrongs]) -> Collection[pytest.MarkDecorator]:
    return [needs_fencing] if scenario is is_frozen_before_it_commits else []


@pytest.mark.parametrize(
    "mutant", [pytest.param(name, marks=_marks(scenario)) for name, (scenario, _) in SCENARIOS.items()]
)
def test_the_mistake_is_noticed(mutant: str, worlds: Worlds, shared: Shared, model: ModelServer) -> None:
    """The scenario that is made for it finds what the mistake leads to."""
    scenario, consequence = SCENARIOS[mutant]
    found = scenario(mutant, worlds, shared, model)

    assert any(consequence in wrong for wrong in found), found


@pytest.mark.parametrize(
    "scenario",
    [
        pytest.param(one, marks=_marks(one), id=one.__name__)
        for one in dict.fromkeys(scenario for scenario, _ in SCENARIOS.values())
    ],
)
def test_without_a_mistake_nothing_is_wrong(
    scenario: Scenario, worlds: Worlds, shared: Shared, model: ModelServer
) -> None:
    """The service as it is comes through every one of them."""
    assert scenario("healthy", worlds, shared, model) == []
