"""What the sink does when it must not go on as if nothing were: rows that are refused, topics that are others."""

import pytest
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from consumer.kafka import admin
from schemas.codec import Encoder
from tests.support.topics import put
from tests.support.waiting import until
from tests.support.world import PARTITIONS, World
from tests.system.clickhouse_oracle import ANSWER, differences
from tests.system.conftest import Worlds
from tests.system.stream import BURST, Stream
from tests.system.test_sink_faults import PATIENCE_S, at_rest, set_to, sink, store
from tests.system.worker import worker

pytestmark = [pytest.mark.delivery, pytest.mark.long]


def forbid(world: World, table: str, condition: str) -> None:
    """Make a table refuse rows for what they hold; events of the schema alone are all taken."""
    with world.clickhouse() as client:
        client.command(f"ALTER TABLE {table} ADD CONSTRAINT only CHECK {condition}")


def log_of(world: World) -> str:
    return (world.folder / "worker.log").read_text(encoding="utf-8")


def test_a_row_that_clickhouse_refuses_is_set_aside_and_the_rest_goes_in(worlds: Worlds) -> None:
    """Each refused record is one dead letter with its own bytes; a rebuild passes over it too."""
    world = worlds()
    assert world.command("migrate").returncode == 0
    forbid(world, "_categorizations", "category != 'forbidden'")
    forbid(world, "_corrections", "category != 'forbidden'")
    stream = Stream(world)
    good = [stream.answer() for _ in range(40)]
    bad = [stream.answer(category="forbidden") for _ in range(2)]
    put(world.kafka, world.topics.categorized, good)
    put(world.kafka, world.topics.categorized, bad)
    correction = Encoder("TicketCorrected", "single-object", "").encode(
        {**stream.correction(stream.events), "category": "forbidden"}
    )
    put(world.kafka, world.topics.corrected, [bad[0]._replace(value=correction, partition=-1)])
    stream.flow()
    with sink(world):
        at_rest(world)
    letters = [
        letter for letter in world.committed(world.topics.dead_letter) if letter.header("ts-reason") == "sink_rejected"
    ]
    rebuilt = world.command("rebuild")

    assert differences(world) == []
    assert world.stored() == BURST + len(good)
    assert sorted((letter.key, letter.value) for letter in letters) == sorted(
        [*((record.key, record.value) for record in bad), (bad[0].key, correction)]
    )
    assert {letter.header("from") for letter in letters} == {"upstream"}
    assert {letter.header("ts-topic") for letter in letters} == {world.topics.categorized, world.topics.corrected}
    assert "VIOLATED_CONSTRAINT" in str(letters[0].header("ts-detail"))
    assert "3 records make no row (sink_rejected)" in rebuilt.stdout


def test_a_table_that_refuses_everything_costs_no_row(worlds: Worlds) -> None:
    """Nothing is set aside and nothing committed; once the table is mended the sink goes on where it was."""
    world = worlds()
    assert world.command("migrate").returncode == 0
    forbid(world, "_categorizations", "ticket_id = ''")
    stream = Stream(world)
    put(world.kafka, world.topics.categorized, [stream.answer() for _ in range(4)])
    with worker(world, "sink") as process:
        code = process.wait(PATIENCE_S)
    stored = world.stored()
    with world.clickhouse() as client:
        client.command("ALTER TABLE _categorizations DROP CONSTRAINT only")
    with sink(world):
        at_rest(world)

    assert (code, stored) == (1, 0)
    assert "whether this row or the table is to blame" in log_of(world)
    assert differences(world) == []
    assert world.stored() == 4


def made_again(world: World, topic: str) -> None:
    """Delete a topic and make it once more, empty."""
    client = AdminClient({"bootstrap.servers": world.kafka})
    client.delete_topics([topic])[topic].result(20)

    def is_made() -> bool:
        try:
            return any(made.name == topic and not made.existed for made in admin.create(world.settings, PARTITIONS, 1))
        except KafkaException:
            return False

    until(is_made)


def test_a_topic_that_was_made_again_ends_the_sink_with_the_mend(worlds: Worlds) -> None:
    """Nothing is mixed with the rows of before; with an emptied database the sink goes on, from the beginning."""
    world = worlds()
    topic = world.topics.categorized
    old = Stream(world)
    put(world.kafka, topic, [old.answer() for _ in range(30)])
    store(world, lambda _: True)
    set_to(world, topic, dict.fromkeys(range(PARTITIONS), 10))
    made_again(world, topic)
    new = Stream(world)
    put(world.kafka, topic, [new.answer(category="cards") for _ in range(9)])
    stored = world.rows("categorizations", ANSWER)
    with world.service("--role", "sink") as service:
        code = service.wait(PATIENCE_S)
    untouched = world.rows("categorizations", ANSWER)
    with world.clickhouse() as client:
        client.outside(f"DROP DATABASE {client.database}")
    with sink(world):
        until(lambda: world.stored() == 9, PATIENCE_S)

    assert code == 2
    assert "the topic was deleted and made again" in service.output()
    assert len(stored) == 30
    assert sorted(untouched) == sorted(stored)
    assert differences(world) == []
