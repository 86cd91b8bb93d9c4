"""The sink against a ClickHouse that fails in every way it has, and against deaths at the worst of moments."""

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from confluent_kafka import Consumer, TopicPartition

from analytics.clickhouse.client import connect
from analytics.clickhouse.migrate import migrate
from analytics.store.row_writer import RowWriter
from analytics.store.rows import Row
from schemas.codec import Decoder
from tests.support.stored_events import NOON_MS
from tests.support.topics import group_offsets
from tests.support.waiting import until
from tests.support.world import EAGER, PARTITIONS, Shared, World
from tests.system.clickhouse_door import Answer, ClickHouseDoor, Pass, answer_lost, cut, door_before, failing, slow
from tests.system.clickhouse_oracle import differences
from tests.system.conftest import Worlds
from tests.system.stream import BURST, Stream
from tests.system.worker import Process, worker

pytestmark = [pytest.mark.delivery, pytest.mark.long]

MONTH_MS = 31 * 24 * 60 * 60 * 1000
# A busy machine may take its time.
PATIENCE_S = 40.0
FAULTS = {
    "the answer is lost": answer_lost,
    "the line is cut": cut,
    "out of disk": failing(243, "NOT_ENOUGH_SPACE"),
    "out of memory": failing(241, "MEMORY_LIMIT_EXCEEDED"),
    "too many parts": failing(252, "TOO_MANY_PARTS"),
    "slow": slow(1.0),
}


@pytest.fixture(scope="module")
def door(shared: Shared) -> Iterator[ClickHouseDoor]:
    with door_before(shared.clickhouse) as before:
        yield before


def two_months(number: int) -> int:
    """Neighbours are a month apart, so that every insert spans two partitions of the table."""
    return NOON_MS - (number % 2) * MONTH_MS + number


def at_rest(world: World) -> None:
    """Wait until the sink has committed everything that was put on its topics."""
    group = f"{world.settings.kafka_group_id}-sink"
    for topic in (world.topics.categorized, world.topics.corrected):
        ends: dict[int, int] = {}
        for record in world.committed(topic):
            ends[record.position.partition] = record.next_offset
        until(lambda: ends.items() <= group_offsets(world.kafka, group, topic, PARTITIONS).items(), PATIENCE_S)  # noqa: B023 - called at once


@contextmanager
def sink(world: World, **settings: str) -> Iterator[Process]:
    """A sink that leaves its group when the block ends."""
    # A static member would stay in the group after its end.
    with worker(world, "sink", KAFKA_GROUP_INSTANCE_ID="", **settings) as process:
        yield process
        process.terminate()
        assert process.wait(PATIENCE_S) == 0


def assigned(world: World) -> int:
    """How often any sink of this world was given partitions."""
    return (world.folder / "worker.log").read_text(encoding="utf-8").count("partitions.assigned")


def set_to(world: World, topic: str, offsets: dict[int, int]) -> None:
    """Make the sink's group, which has no member now, begin here."""
    consumer = Consumer({"bootstrap.servers": world.kafka, "group.id": f"{world.settings.kafka_group_id}-sink"})
    partitions = [TopicPartition(topic, number, offset) for number, offset in offsets.items()]
    consumer.commit(offsets=partitions, asynchronous=False)
    consumer.close()


def set_back(world: World, chance: random.Random) -> None:
    """To anywhere before where it is."""
    group = f"{world.settings.kafka_group_id}-sink"
    for topic in (world.topics.categorized, world.topics.corrected):
        offsets = group_offsets(world.kafka, group, topic, PARTITIONS)
        set_to(world, topic, {number: chance.randint(0, offset) for number, offset in offsets.items()})


def store(world: World, is_meant: Callable[[Row], bool]) -> None:
    """Store some of the committed answers, past the sink."""
    decoder = Decoder("TicketCategorized")
    records = world.committed(world.topics.categorized)
    rows = [
        Row("TicketCategorized", decoder.decode(record.value, record.position), record.position) for record in records
    ]
    with connect(world.settings.clickhouse_url.get_secret_value(), world.settings.clickhouse_database) as client:
        migrate(client)
        RowWriter(client).write([row for row in rows if is_meant(row)])


def test_after_every_fault_of_clickhouse_the_views_equal_the_topics(worlds: Worlds, door: ClickHouseDoor) -> None:
    """An insert whose answer is lost, that never arrives, that fails for ClickHouse's own reasons or takes long."""
    world = worlds(CLICKHOUSE_URL=door.url)
    stream = Stream(world, two_months)
    found = {}
    with worker(world, "sink") as process:
        for name, fault in FAULTS.items():
            # The client itself tries a second time when its connection is lost.
            door.set_faults(*2 * [fault])
            stream.flow()
            until(lambda: door.is_done, PATIENCE_S)
            at_rest(world)
            found[name] = differences(world)
        alive = process.poll() is None

    assert found == {name: [] for name in FAULTS}
    assert alive
    assert world.stored() == stream.events


def test_a_death_between_the_months_of_one_insert_loses_nothing(worlds: Worlds, door: ClickHouseDoor) -> None:
    """ClickHouse has stored one month of an insert and not the other when both it and the sink die."""
    # The next process takes over from the dead one at once.
    world = worlds(CLICKHOUSE_URL=door.url, KAFKA_GROUP_INSTANCE_ID="mortal")
    stream = Stream(world, two_months)
    with worker(world, "sink") as process:

        def half(_: Pass) -> Answer | None:
            process.kill()
            return None

        door.set_faults(half)
        stream.flow()
        assert process.wait(PATIENCE_S) < 0
    # What ClickHouse itself does in such a case: it keeps all rows of one month.
    store(world, lambda row: row.event["categorized_at"] >= NOON_MS)
    before = differences(world)
    with worker(world, "sink"):
        at_rest(world)
    assert world.stored() == BURST
    assert before
    assert differences(world) == []


def test_read_again_from_anywhere_nothing_changes(worlds: Worlds) -> None:
    """A group that is set back to any earlier offsets writes the same once more, in other batches."""
    world = worlds()
    stream = Stream(world, two_months)
    chance = random.Random(5)
    found = []
    for _ in range(2):
        stream.flow()
        with sink(world):
            at_rest(world)
        # Letters are written once more when their records are read once more, which resetting offsets asks for.
        found += [difference for difference in differences(world) if "set aside" not in difference]
        set_back(world, chance)
    with sink(world):
        at_rest(world)
    found += [difference for difference in differences(world) if "set aside" not in difference]

    assert found == []
    assert world.stored() == 2 * BURST


def test_an_aborted_transaction_is_tried_again(worlds: Worlds) -> None:
    """What was inserted and not committed is kept, committed by the next transaction and stored once."""
    world = worlds()
    stream = Stream(world, two_months)
    with worker(world, "sink", "tests.system.mutants", "is_refused_every_other_transaction"):
        for _ in range(2):
            stream.flow()
            at_rest(world)

    assert differences(world) == []
    assert world.stored() == stream.events


def test_two_sinks_that_take_turns_change_nothing(worlds: Worlds, door: ClickHouseDoor) -> None:
    """Members come and go while records flow and answers get lost; a batch may be written by both at once."""
    world = worlds(CLICKHOUSE_URL=door.url, **EAGER)
    stream = Stream(world, two_months)
    stop = threading.Event()

    def flow() -> None:
        # The pace of the records.
        while not stop.wait(0.5):
            stream.flow()

    flowing = threading.Thread(target=flow)
    flowing.start()
    try:
        with sink(world):
            until(lambda: assigned(world) >= 1, PATIENCE_S)
            for turn in (1, 2):
                with sink(world, INSTANCE_ID=f"other-{turn}"):
                    # Both of them get an assignment when the other comes, and the first once more when it goes.
                    until(lambda: assigned(world) >= 3 * turn, PATIENCE_S)  # noqa: B023 - called at once
                    door.set_faults(answer_lost, slow(0.5), answer_lost)
                    until(lambda: door.is_done, PATIENCE_S)
                until(lambda: assigned(world) >= 3 * turn + 1, PATIENCE_S)  # noqa: B023 - called at once
            stop.set()
            flowing.join()
            at_rest(world)
    finally:
        stop.set()
        flowing.join()

    assert differences(world) == []
    assert world.stored() == stream.events
