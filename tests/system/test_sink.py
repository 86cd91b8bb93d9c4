"""The sink against a ClickHouse that goes away, and against its own deaths: nothing missing, nothing twice."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from consumer.kafka.records import Record
from tests.support.clickhouse_process import door_process
from tests.support.ports import lasting_ports
from tests.support.waiting import until
from tests.support.world import World
from tests.system.clickhouse_oracle import differences
from tests.system.conftest import Worlds
from tests.system.stream import BAD, BURST, Stream

pytestmark = [pytest.mark.delivery, pytest.mark.long]


class Settled(NamedTuple):
    """What the committed view and ClickHouse held when all was done."""

    world: World
    committed: list[Record]
    rows: list[tuple[Any, ...]]
    corrections: list[tuple[Any, ...]]


@pytest.fixture(scope="module")
def settled(worlds: Worlds, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settled]:
    data, port = tmp_path_factory.mktemp("door"), lasting_ports(1)[0]
    world = worlds(CLICKHOUSE_URL=f"http://127.0.0.1:{port}", KAFKA_GROUP_INSTANCE_ID="sink")
    stream = Stream(world)
    with world.service("--role", "sink") as service:
        with _door(data, port):
            stream.flow()
            until(lambda: world.stored() == stream.events)
            stream.abort()
            stream.flow()
            service.kill_worker("sink-0")
            stream.flow()
            until(lambda: world.stored() > BURST)
        stream.flow()
        until(lambda: service.events("clickhouse.unavailable"))
        with _door(data, port):
            until(lambda: world.stored() == stream.events)
            until(lambda: len(world.committed(world.topics.dead_letter)) >= stream.events // BURST)
            until(lambda: len(_corrections(world)) >= stream.events // BURST)
            yield Settled(
                world,
                world.committed(world.topics.categorized),
                world.rows("categorizations", "event_id, ticket_id, source_partition, source_offset"),
                _corrections(world),
            )


def _door(data: Path, port: int) -> Any:
    return door_process(data, "--port", str(port))


def _corrections(world: World) -> list[tuple[Any, ...]]:
    return sorted(world.rows("corrections", "event_id, ticket_id, category, label_state"))


def test_rows_equal_the_committed_topic(settled: Settled) -> None:
    """After deaths of ClickHouse and of the sink, the view holds each committed event once and no aborted one."""
    committed = [
        (answer["event_id"], answer["ticket_id"], answer["source"]["partition"], answer["source"]["offset"])
        for answer in settled.world.decoded(settled.committed)
    ]

    assert sorted(committed) == sorted(settled.rows)
    assert len(committed) == 4 * BURST
    assert differences(settled.world) == []


def test_a_correction_counts_once(settled: Settled) -> None:
    """A correction that was published three times is one row, and it names the answer that it judged."""
    expected = [(f"correction-{n * BURST}", f"T-{n * BURST - 1}", "security", "corrected") for n in range(1, 5)]

    assert sorted(expected) == settled.corrections


def test_what_is_no_correction_is_set_aside_once(settled: Settled) -> None:
    """Every record that cannot be read is one dead letter of the sink's group, also after deaths."""
    world = settled.world
    letters = world.committed(world.topics.dead_letter)
    bad = [record for record in world.committed(world.topics.corrected) if record.value == BAD]

    assert sorted((r.position.partition, r.position.offset) for r in bad) == sorted(
        (int(r.header("ts-partition") or -1), int(r.header("ts-offset") or -1)) for r in letters
    )
    assert {(BAD, b"bad", "bad_framing", f"{world.settings.kafka_group_id}-sink")} == {
        (r.value, r.key, r.header("ts-reason"), r.header("ts-group")) for r in letters
    }
