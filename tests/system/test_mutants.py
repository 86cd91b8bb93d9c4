"""Classic mistakes, made on purpose: the tests of delivery would be worth nothing if they did not notice them."""

import threading
import time
from collections.abc import Callable, Iterable

import pytest

from analytics.store.row_writer import RowWriter
from analytics.store.rows import Row
from schemas.codec import Decoder
from schemas.position import Position
from tests.support.broker_differences import Gap
from tests.support.model_behaviour import slow
from tests.support.model_server import ModelServer
from tests.support.oracle import wrongs
from tests.support.topics import group_offsets, put
from tests.support.waiting import until
from tests.support.world import EAGER, PARTITIONS, Shared, World, tickets
from tests.system.clickhouse_door import Answer, Pass, door_before
from tests.system.conftest import Worlds
from tests.system.proxy import Api, Trap, proxy_before
from tests.system.test_crash_points import correction, through
from tests.system.worker import worker

pytestmark = [pytest.mark.delivery, pytest.mark.long]

MUTANTS = "tests.system.mutants"
BURST = 40
BEFORE, AFTER = False, True

Wrongs = list[str]


def at_rest(world: World, group: str, topic: str, put_there: Iterable[Position]) -> None:
    """Wait until the group has committed everything, so that nobody will ever look at it again."""
    ends: dict[int, int] = {}
    for position in put_there:
        ends[position.partition] = max(ends.get(position.partition, 0), position.offset + 1)
    until(lambda: ends.items() <= group_offsets(world.kafka, group, topic, PARTITIONS).items(), 40)


def rest(world: World, created: Iterable[Position]) -> Wrongs:
    with worker(world, "categorizer"):
        at_rest(world, world.settings.kafka_group_id, world.topics.created, created)
    return wrongs(world)


def dies_after_its_first_commit(mutant: str, worlds: Worlds, shared: Shared, model: ModelServer) -> Wrongs:
    """Killed as its first transaction is committed; what it had not finished belongs to another worker now."""
    model.script = slow(0.05)
    with proxy_before(shared.kafka) as proxy:
        # So that each transaction moves an offset.
        settings = {"ML_BATCH_SIZE": "2", "ML_MAX_CONCURRENCY": "2", "ORDER": "partition"}
        world = worlds(ML_API_URL=model.url, **settings, **through(proxy))
        with worker(world, "categorizer", MUTANTS, mutant) as process:
            proxy.set_trap(Trap(Api.END_TXN, AFTER, process.pid))
            created = world.publish(tickets("burst", BURST))
            assert proxy.sprung.wait(40)
            assert process.wait(10) < 0
        return rest(world, created)


def never_hears_of_its_commit(mutant: str, worlds: Worlds, shared: Shared, model: ModelServer) -> Wrongs:
    """Its transaction is committed, and the broker's answer does not come for longer than it waits."""
    released = threading.Event()
    with proxy_before(shared.kafka) as proxy:
        world = worlds(ML_API_URL=model.url, **through(proxy))
        with worker(world, "categorizer", MUTANTS, mutant):
            proxy.set_trap(Trap(Api.END_TXN, AFTER, held=released))
            created = world.publish(tickets("burst", BURST))
            assert proxy.sprung.wait(40)
            at_rest(world, world.settings.kafka_group_id, world.topics.created, created)
            # Time to do it once more.
            later = world.publish(tickets("later", BURST))
            at_rest(world, world.settings.kafka_group_id, world.topics.created, later)
            released.set()
        return wrongs(world)


def is_not_heard_when_it_commits(mutant: str, worlds: Worlds, shared: Shared, model: ModelServer) -> Wrongs:
    """Its request to commit is held up for longer than it waits, and comes after all when all is done."""
    released = threading.Event()
    with proxy_before(shared.kafka) as proxy:
        world = worlds(ML_API_URL=model.url, **through(proxy))
        with worker(world, "categorizer", MUTANTS, mutant):
            proxy.set_trap(Trap(Api.END_TXN, BEFORE, held=released))
            created = world.publish(tickets("burst", BURST))
            assert proxy.sprung.wait(40)
            at_rest(world, world.settings.kafka_group_id, world.topics.created, created)
            released.set()
            later = world.publish(tickets("later", BURST))
            at_rest(world, world.settings.kafka_group_id, world.topics.created, later)
        return wrongs(world)


def shares_with_another(mutant: str, worlds: Worlds, _: Shared, model: ModelServer) -> Wrongs:
    """Another member joins, so that its generation is over; it must go on with the new one."""
    # So that each of the two has some of the tickets.
    world = worlds(ML_API_URL=model.url, **EAGER)
    with worker(world, "categorizer", MUTANTS, mutant) as process:
        world.answers_to(ticket["ticket_id"] for ticket in _published(world, "before"))
        with worker(world, "categorizer", INSTANCE_ID="other"):
            until(lambda: "partitions.revoked" in (world.folder / "worker.log").read_text(encoding="utf-8"))
            world.publish(tickets("after", BURST))
            # One whose generation is refused gives up after a few attempts.
            give_up_s = time.monotonic() + 15
            while process.poll() is None and time.monotonic() < give_up_s and wrongs(world):
                time.sleep(0.2)
            return [] if process.poll() is None else ["it gave up"]


def _published(world: World, prefix: str) -> list[dict[str, str]]:
    created = tickets(prefix, BURST)
    world.publish(created)
    return [{"ticket_id": ticket["ticket_id"]} for ticket in created]


def sink_dies_as_it_inserts(mutant: str, worlds: Worlds, shared: Shared, _: ModelServer) -> Wrongs:
    """The sink is killed when its rows come to ClickHouse, which does not take them."""
    with door_before(shared.clickhouse) as door:
        # The next worker takes the place of the dead one at once.
        world = worlds(CLICKHOUSE_URL=door.url, KAFKA_GROUP_INSTANCE_ID="mortal")
        with worker(world, "sink", MUTANTS, mutant) as process:

            def kill(_: Pass) -> Answer | None:
                process.kill()
                return None

            door.set_faults(kill)
            corrected = put(world.kafka, world.topics.corrected, [correction(number) for number in range(BURST)])
            assert process.wait(40) < 0
        return _stored(world, corrected)


def half_an_insert_was_applied(mutant: str, worlds: Worlds, _: Shared, __: ModelServer) -> Wrongs:
    """ClickHouse holds the newest rows of an insert whose older ones it never got, and nothing was committed."""
    world = worlds()
    assert world.command("migrate").returncode == 0
    records = [correction(number) for number in range(BURST)]
    corrected = put(world.kafka, world.topics.corrected, records)
    newest = {position.partition: place for place, position in enumerate(corrected)}
    decoder = Decoder("TicketCorrected")
    with world.clickhouse() as client:
        RowWriter(client).write(
            [
                Row("TicketCorrected", decoder.decode(records[place].value, corrected[place]), corrected[place])
                for place in newest.values()
            ]
        )
    with worker(world, "sink", MUTANTS, mutant):
        at_rest(world, f"{world.settings.kafka_group_id}-sink", world.topics.corrected, corrected)
    return _missing(world)


def _stored(world: World, corrected: Iterable[Position]) -> Wrongs:
    with worker(world, "sink"):
        at_rest(world, f"{world.settings.kafka_group_id}-sink", world.topics.corrected, corrected)
    return _missing(world)


def _missing(world: World) -> Wrongs:
    stored = {event_id for (event_id,) in world.rows("corrections", "event_id")}
    return [f"correction-{n} is not in ClickHouse" for n in range(BURST) if f"correction-{n}" not in stored]


Scenario = Callable[[str, Worlds, Shared, ModelServer], Wrongs]
SCENARIOS: dict[str, Scenario] = {
    "commits_before_producing": dies_after_its_first_commit,
    "commits_the_consumers_position": dies_after_its_first_commit,
    "takes_doubt_for_failure": never_hears_of_its_commit,
    "remembers_its_generation": shares_with_another,
    "sink_commits_before_inserting": sink_dies_as_it_inserts,
    "sink_resumes_from_clickhouse": half_an_insert_was_applied,
}
needs_fencing = pytest.mark.needs(Gap.GENERATION_FENCING)


@pytest.mark.parametrize(
    "mutant",
    [pytest.param(name, marks=needs_fencing if name == "remembers_its_generation" else ()) for name in SCENARIOS],
)
def test_the_mistake_is_noticed(mutant: str, worlds: Worlds, shared: Shared, model: ModelServer) -> None:
    """The scenario that is made for it finds something wrong."""
    assert SCENARIOS[mutant](mutant, worlds, shared, model)


@pytest.mark.parametrize(
    "scenario",
    [*dict.fromkeys(SCENARIOS.values()), is_not_heard_when_it_commits],
    ids=lambda scenario: scenario.__name__,
)
def test_without_a_mistake_nothing_is_wrong(
    scenario: Scenario, worlds: Worlds, shared: Shared, model: ModelServer
) -> None:
    """The service as it is comes through every one of them."""
    assert scenario("healthy", worlds, shared, model) == []
