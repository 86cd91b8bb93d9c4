"""kill -9 in mid-stream, again and again: what is committed afterwards is what would have been without."""

from collections import Counter, defaultdict
from typing import NamedTuple

import pytest

from schemas.events import TicketCategorized
from schemas.position import Position
from tests.support.model_behaviour import slow
from tests.support.model_server import ModelServer
from tests.support.oracle import wrongs
from tests.support.topics import Reader
from tests.support.waiting import until
from tests.support.world import World, place, tickets
from tests.system.conftest import Worlds

pytestmark = pytest.mark.delivery

BURST = 90


class Survived(NamedTuple):
    """What was put before the deaths, and what was committed when all was answered."""

    created: list[Position]
    answers: list[TicketCategorized]


class Stream:
    """Tickets on their way through the service, a burst before each death."""

    def __init__(self, world: World, reader: Reader) -> None:
        self.created: list[Position] = []
        self._world = world
        self._reader = reader

    def flows(self) -> None:
        """Put a burst and wait until some of it is answered: most of it is under way then."""
        self.created += self._world.publish(tickets(f"burst-{len(self.created)}", BURST))
        behind = len(self.created) - BURST // 10 * 9
        self._reader.until(lambda records: len(records) > behind)


@pytest.fixture(scope="module")
def world(worlds: Worlds, model: ModelServer) -> World:
    # About a second for a burst.
    model.script = slow(0.05)
    return worlds(
        ML_API_URL=model.url,
        ML_BATCH_SIZE="2",
        ML_MAX_CONCURRENCY="2",
        ML_DEADLINE="20",
        AUDIT_SHARE="0.3",
        # Static members take their old place at once; others would wait for the end of a dead one's session.
        KAFKA_GROUP_INSTANCE_ID="first",
    )


@pytest.fixture(scope="module")
def survived(world: World) -> Survived:
    with world.reader(world.topics.categorized) as reader:
        stream = Stream(world, reader)
        with world.service() as service:
            stream.flows()
            service.kill_worker("categorizer-0")
            stream.flows()
            service.kill()
        with world.service() as service:
            stream.flows()
            service.kill_supervisor()
        with world.service():
            stream.flows()
            reader.until(
                lambda records: len({place(answer) for answer in world.decoded(records)}) >= len(stream.created)
            )
            until(lambda: world.stored() >= len(stream.created))
    return Survived(stream.created, world.answers())


def test_no_ticket_is_lost_or_doubled_by_deaths(survived: Survived) -> None:
    """Whatever died and when, every ticket has exactly one answer in the committed view."""
    found = Counter(place(answer) for answer in survived.answers)

    assert Counter((at.partition, at.offset, 0) for at in survived.created) == found


def test_nothing_breaks_the_promise(world: World, survived: Survived) -> None:
    """The logs themselves, read without any client, hold what the contract says."""
    assert survived.answers
    assert wrongs(world) == []


def test_answers_to_one_ticket_come_in_the_order_of_its_records(survived: Survived) -> None:
    """Within a partition the first answers to a ticket stand in the order of the input, whatever died in between."""
    order: dict[tuple[int, str], list[int]] = defaultdict(list)
    for answer in survived.answers:
        order[answer["source"]["partition"], answer["ticket_id"]].append(answer["source"]["offset"])

    assert {partition for partition, _ in order} == {0, 1, 2}
    for offsets in order.values():
        assert sorted(offsets) == offsets


def test_the_audit_sample_survives_with_the_answers(world: World, survived: Survived) -> None:
    """Audit copies are in the answers' transactions: after the deaths there is one for each sampled answer."""
    sampled = [answer["event_id"] for answer in survived.answers if answer["audit_probability"]]
    copies = [answer["event_id"] for answer in world.decoded(world.committed(world.topics.audit))]

    assert sorted(sampled) == sorted(copies)
    assert 0 < len(sampled) < len(survived.answers)


def test_clickhouse_holds_exactly_the_committed_answers(world: World, survived: Survived) -> None:
    """The view of answers has one row for each committed event, with its fields."""
    stored = world.rows("categorizations", "event_id, category, source_partition, source_offset, revision")

    assert sorted((a["event_id"], a["category"], *place(a)) for a in survived.answers) == sorted(stored)
