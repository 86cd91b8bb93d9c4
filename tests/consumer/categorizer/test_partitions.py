"""The client is told what to read when something has changed, and not otherwise."""

from collections.abc import Collection
from typing import TYPE_CHECKING, cast

import pytest

from consumer.categorizer.partitions import Partitions
from consumer.kafka.records import TopicPartition

if TYPE_CHECKING:
    from consumer.kafka.consumer import GroupConsumer

CREATED, QUEUE = ("ticket-created", 0), ("ticket-recategorize", 0)


class Told:
    """Stands where the client would, and knows what it would read."""

    def __init__(self) -> None:
        self.paused: set[TopicPartition] = set()
        self.calls: list[tuple[str, frozenset[TopicPartition]]] = []

    def pause(self, partitions: Collection[TopicPartition]) -> None:
        self.calls.append(("pause", frozenset(partitions)))
        self.paused.update(partitions)

    def resume(self, partitions: Collection[TopicPartition]) -> None:
        self.calls.append(("resume", frozenset(partitions)))
        self.paused.difference_update(partitions)


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def partitions(told: Told) -> Partitions:
    return Partitions(cast("GroupConsumer", told), QUEUE[0])


def test_the_queue_is_paused_by_itself(told: Told, partitions: Partitions) -> None:
    """Without room for the queue, tickets are read all the same; without any room, nothing is."""
    partitions.add([CREATED, QUEUE])
    seen = []
    for any_at_all, queue in ((True, False), (False, False), (False, True), (True, True)):
        partitions.read(any_at_all=any_at_all, queue=queue)
        seen.append(set(told.paused))

    assert seen == [{QUEUE}, {CREATED, QUEUE}, {CREATED, QUEUE}, set()]


def test_nothing_new_is_not_told(told: Told, partitions: Partitions) -> None:
    """The loop asks at every turn; the client hears of changes only."""
    partitions.add([CREATED, QUEUE])
    partitions.read(any_at_all=False, queue=False)
    before = len(told.calls)
    for _ in range(3):
        partitions.read(any_at_all=False, queue=False)

    assert len(told.calls) == before


def test_a_partition_that_comes_back_is_read_again(told: Told, partitions: Partitions) -> None:
    """A paused flag outlives an assignment in the client: what is assigned anew is resumed first."""
    partitions.add([CREATED])
    partitions.read(any_at_all=False, queue=False)
    partitions.remove([CREATED])
    gone = partitions.assigned
    partitions.add([CREATED])
    partitions.read(any_at_all=True, queue=True)

    assert not gone
    assert partitions.assigned == {CREATED}
    assert told.paused == set()


def test_what_was_taken_away_is_not_named_again(told: Told, partitions: Partitions) -> None:
    """The client refuses to pause or resume what it does not have."""
    partitions.add([CREATED, QUEUE])
    partitions.read(any_at_all=False, queue=False)
    partitions.remove([QUEUE])
    told.calls.clear()
    partitions.read(any_at_all=True, queue=True)

    assert [(verb, places) for verb, places in told.calls if places] == [("resume", frozenset({CREATED}))]


def test_full_partitions_are_paused_by_themselves(told: Told, partitions: Partitions) -> None:
    """The others are read on, and each again when it has room; a stop pauses all, and what is full stays so."""
    other = ("ticket-created", 1)
    partitions.add([CREATED, other, QUEUE])
    seen = []
    for any_at_all, full in ((True, {CREATED}), (True, {other}), (False, {other}), (True, {other}), (True, set())):
        partitions.read(any_at_all=any_at_all, queue=True, full=full)
        seen.append(set(told.paused))

    assert seen == [{CREATED}, {other}, {CREATED, other, QUEUE}, {other}, set()]


def test_a_full_partition_that_went_is_not_named(told: Told, partitions: Partitions) -> None:
    """The client refuses to pause what it does not have; should it come back full, it is paused again."""
    partitions.add([CREATED, QUEUE])
    partitions.remove([CREATED])
    partitions.read(any_at_all=True, queue=True, full={CREATED})
    without = set(told.paused)
    partitions.add([CREATED])
    partitions.read(any_at_all=True, queue=True, full={CREATED})

    assert (without, told.paused) == (set(), {CREATED})
