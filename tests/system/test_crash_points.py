"""A worker that dies at one exact request of its transaction, at the worst of moments."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from schemas.codec import Encoder
from tests.support.model_server import ModelServer
from tests.support.oracle import wrongs
from tests.support.stored_events import NOON_MS
from tests.support.topics import Put, put
from tests.support.waiting import until
from tests.support.world import Shared, World, place, tickets
from tests.system.conftest import Worlds
from tests.system.proxy import Api, Proxy, Trap, proxy_before
from tests.system.worker import worker

if TYPE_CHECKING:
    from schemas.events import TicketCorrected
    from schemas.position import Position

pytestmark = [pytest.mark.delivery, pytest.mark.long]

BURST = 40
BEFORE, AFTER = False, True
STEPS = (
    (Api.ADD_PARTITIONS_TO_TXN, BEFORE),
    (Api.TXN_OFFSET_COMMIT, BEFORE),
    (Api.TXN_OFFSET_COMMIT, AFTER),
    (Api.END_TXN, BEFORE),
    (Api.END_TXN, AFTER),
)
BAD = Put(b"\x07 is no framing", b"bad")
ENCODER = Encoder("TicketCorrected", "single-object", "ticket-corrected")


@contextmanager
def death_at(world: World, proxy: Proxy, role: str, step: tuple[Api, bool]) -> Iterator[None]:
    """A worker that dies of what is put within the block, at this request."""
    with worker(world, role) as process:
        proxy.set_trap(Trap(*step, process.pid))
        yield
        assert proxy.sprung.wait(40)
        assert process.wait(10) < 0


def test_a_categorizers_death_at_any_step_changes_nothing(worlds: Worlds, shared: Shared, model: ModelServer) -> None:
    """Killed before or after any request of its transactions, a categorizer loses no ticket and doubles none."""
    created: list[Position] = []
    with proxy_before(shared.kafka) as proxy:
        world = worlds(ML_API_URL=model.url, AUDIT_SHARE="0.5", **through(proxy))
        for step in STEPS:
            burst = tickets(f"burst-{len(created)}", BURST)
            with death_at(world, proxy, "categorizer", step):
                created += world.publish(burst)
            # Each death by itself: several without any progress between are the record's own fault.
            with worker(world, "categorizer"):
                world.answers_to((ticket["ticket_id"] for ticket in burst), timeout_s=60)
    answers = world.answers()
    copies = [answer["event_id"] for answer in world.decoded(world.committed(world.topics.audit))]

    assert Counter(place(answer) for answer in answers) == Counter((at.partition, at.offset, 0) for at in created)
    assert sorted(copies) == sorted(answer["event_id"] for answer in answers if answer["audit_probability"])
    assert wrongs(world) == []


def test_a_lost_connection_at_any_step_changes_nothing(worlds: Worlds, shared: Shared, model: ModelServer) -> None:
    """When the line to the broker is lost in a transaction, the categorizer finds out what became of it and goes on.

    It does so with a new producer, since the old one may have sent the lost request once more.
    """
    created: list[Position] = []
    with proxy_before(shared.kafka) as proxy:
        world = worlds(ML_API_URL=model.url, **through(proxy))
        with worker(world, "categorizer") as process:
            for step in STEPS:
                proxy.set_trap(Trap(*step))
                burst = tickets(f"burst-{len(created)}", BURST)
                created += world.publish(burst)
                assert proxy.sprung.wait(40)
                world.answers_to(ticket["ticket_id"] for ticket in burst)
            answers, alive = world.answers(), process.poll() is None
    said = (world.folder / "worker.log").read_text(encoding="utf-8")
    new_producers = sum(said.count(event) for event in ("producer.recycled", "transaction.failed", "transaction.stuck"))

    assert Counter(place(answer) for answer in answers) == Counter((at.partition, at.offset, 0) for at in created)
    assert alive
    assert new_producers >= len(STEPS)


def test_a_sinks_death_at_any_step_changes_nothing(worlds: Worlds, shared: Shared) -> None:
    """Killed before or after it commits, a sink stores each correction once and sets each bad record aside once."""
    numbers = range(4 * BURST)
    with proxy_before(shared.kafka) as proxy:
        world = worlds(**through(proxy))
        for burst, (step, bad) in enumerate(
            (
                ((Api.TXN_OFFSET_COMMIT, BEFORE), []),
                ((Api.TXN_OFFSET_COMMIT, AFTER), []),
                ((Api.END_TXN, BEFORE), [BAD]),
                ((Api.END_TXN, AFTER), [BAD]),
            )
        ):
            records = [correction(number) for number in numbers[burst * BURST :][:BURST]]
            with death_at(world, proxy, "sink", step):
                put(world.kafka, world.topics.corrected, records + bad)
        with worker(world, "sink"):
            until(lambda: len(world.rows("corrections", "event_id")) >= len(numbers))
            until(lambda: len(world.committed(world.topics.dead_letter)) >= 2)
            letters = world.committed(world.topics.dead_letter)
            stored = world.rows("corrections", "event_id")

    assert sorted(stored) == sorted((f"correction-{number}",) for number in numbers)
    assert [record.value for record in letters] == 2 * [BAD.value]
    assert len({(record.header("ts-partition"), record.header("ts-offset")) for record in letters}) == 2


def through(proxy: Proxy) -> dict[str, str]:
    """Settings of a service behind the proxy, whose members take their places back at once."""
    return {"KAFKA_BOOTSTRAP_SERVERS": proxy.address, "KAFKA_GROUP_INSTANCE_ID": "mortal"}


def correction(number: int) -> Put:
    event: TicketCorrected = {
        "event_id": f"correction-{number}",
        "ticket_id": f"T-{number}",
        "category": "billing",
        "subcategory": None,
        "judged_event_id": None,
        "origin": "AGENT",
        "corrected_by": None,
        "reason": None,
        "corrected_at": NOON_MS,
    }
    return Put(ENCODER.encode(event), f"T-{number}".encode())
