"""Texts beside a ClickHouse that goes away and a sink that dies: each once, none in a log, and no dead letter."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.support.clickhouse_process import door_process
from tests.support.ports import lasting_ports
from tests.support.service import fetched
from tests.support.topics import Put
from tests.support.waiting import until
from tests.support.world import World, a_ticket
from tests.system.conftest import Worlds

pytestmark = [pytest.mark.delivery, pytest.mark.long]

BURST = 200
SAID = "unmistakable marzipan"
BAD = Put(b"\x07 is no framing, of marzipan", b"bad")


class Settled(NamedTuple):
    """What was published, and what was there when all was done."""

    world: World
    published: Counter[tuple[int, int, str, str]]
    log: str
    metrics: str


@pytest.fixture(scope="module")
def settled(worlds: Worlds, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settled]:
    data, port = tmp_path_factory.mktemp("door"), lasting_ports(1)[0]
    world = worlds(
        CLICKHOUSE_URL=f"http://127.0.0.1:{port}",
        KAFKA_GROUP_INSTANCE_ID="sink",
        TEXTS_KEPT_DAYS="30",
        LOG_LEVEL="debug",
    )
    published: Counter[tuple[int, int, str, str]] = Counter()
    _publish(world, published)
    with world.service("--role", "sink") as service:
        with _door(data, port):
            until(lambda: _stored(world) == BURST)
            _publish(world, published)
            service.kill_worker("sink-0")
            _publish(world, published)
            until(lambda: _stored(world) > BURST)
        _publish(world, published)
        until(lambda: service.events("clickhouse.unavailable"))
        with _door(data, port):
            until(lambda: _stored(world) == sum(published.values()))
            _, metrics = fetched(service.address() + "/metrics")
            yield Settled(world, published, service.output(), metrics)


def _door(data: Path, port: int) -> Any:
    return door_process(data, "--port", str(port))


def _publish(world: World, published: Counter[tuple[int, int, str, str]]) -> None:
    """Tickets with greetings that cleaning leaves out, and a record that is none."""
    begin = sum(published.values())
    names = [f"T-{number}" for number in range(begin, begin + BURST)]
    body = f"Hello,\n\nmy {SAID} card.\n\nBest regards,\nAnn"
    positions = world.publish([a_ticket(name, f"Re: Card {name}", body) for name in names])
    world.put([BAD])
    published.update(
        (position.partition, position.offset, name, f"Card {name}")
        for name, position in zip(names, positions, strict=True)
    )


def _stored(world: World) -> int:
    return len(world.rows("ticket_texts", "ticket_id"))


def test_each_text_is_stored_once_as_it_was_answered(settled: Settled) -> None:
    """Under the position of its record, cleaned, whichever process died meanwhile."""
    rows = settled.world.rows("ticket_texts", "source_partition, source_offset, ticket_id, subject")

    assert Counter(rows) == settled.published
    assert set(settled.world.rows("ticket_texts", "description")) == {(f"my {SAID} card.",)}
    assert set(settled.world.rows("ticket_texts", "source_topic")) == {(settled.world.topics.created,)}


def test_what_is_no_ticket_is_counted_and_makes_no_letter(settled: Settled) -> None:
    """Dead letters of tickets are the categorizer's."""
    assert settled.world.committed(settled.world.topics.dead_letter) == []
    assert 'ticketstream_texts_skipped_total{reason="bad_framing"}' in settled.metrics


def test_no_text_is_in_the_log(settled: Settled) -> None:
    """Not even at its lowest level."""
    assert "sink-0" in settled.log
    assert "marzipan" not in settled.log
