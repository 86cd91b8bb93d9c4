"""The ordered window."""

from collections import defaultdict
from typing import TYPE_CHECKING

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from consumer.categorizer.envelope import Slot
from consumer.categorizer.window import Window
from tests.support.consumer_parts import CREATED, FINISHED, a_record, a_slot

if TYPE_CHECKING:
    from consumer.kafka.records import TopicPartition

partitions = st.integers(0, 2)


class WindowMachine(RuleBasedStateMachine):
    """A window beside plain lists that say what it should hold."""

    slots = Bundle("slots")

    def __init__(self) -> None:
        super().__init__()
        self.window = Window()
        self.held: defaultdict[TopicPartition, list[Slot]] = defaultdict(list)
        self.offset = 0

    @rule(target=slots, partition=partitions, done=st.booleans())
    def add(self, partition: int, *, done: bool) -> Slot:
        slot = a_slot(self.offset, partition=partition)
        self.offset += 1
        if done:
            slot.outcome = FINISHED
        self.window.add(slot)
        self.held[slot.partition].append(slot)
        return slot

    @rule(slot=slots)
    def finish(self, slot: Slot) -> None:
        slot.outcome = FINISHED

    @rule(most=st.integers(0, 5), only=st.none() | st.sets(partitions))
    def take(self, most: int, only: set[int] | None) -> None:
        wanted = None if only is None else {(CREATED, partition) for partition in only}

        taken = self.window.take(most, 10**9, wanted)

        of_partition: defaultdict[TopicPartition, list[Slot]] = defaultdict(list)
        for slot in taken:
            of_partition[slot.partition].append(slot)
        finished = 0
        for partition, slots in self.held.items():
            prefix = _finished_prefix(slots) if wanted is None or partition in wanted else []
            finished += len(prefix)
            given = of_partition[partition]
            assert prefix[: len(given)] == given
            del slots[: len(given)]
        assert min(most, finished) == len(taken)

    @rule(gone=st.sets(partitions))
    def drop(self, gone: set[int]) -> None:
        wanted = [(CREATED, partition) for partition in sorted(gone)]
        expected = [slot for partition in wanted for slot in self.held.pop(partition, [])]

        dropped = self.window.drop(wanted)

        assert expected == dropped
        assert all(slot.dropped for slot in dropped)

    @invariant()
    def counts_are_those_of_what_it_holds(self) -> None:
        held = [slot for slots in self.held.values() for slot in slots]

        assert len(held) == self.window.records
        assert sum(slot.record.size for slot in held) == self.window.bytes


def _finished_prefix(slots: list[Slot]) -> list[Slot]:
    waiting = [place for place, slot in enumerate(slots) if slot.outcome is None]
    return slots[: waiting[0]] if waiting else slots[:]


TestTheFinishedPrefixOfEachPartitionInPollOrder = WindowMachine.TestCase
TestTheFinishedPrefixOfEachPartitionInPollOrder.settings = settings(max_examples=40, stateful_step_count=30)


def _filled(*sizes: int) -> Window:
    window = Window()
    for offset, size in enumerate(sizes):
        record = a_record(offset, key=None, value=b"x" * size)
        slot = Slot(record, record.position, 0, 0.0, 0)
        slot.outcome = FINISHED
        window.add(slot)
    return window


def test_one_record_is_given_back_however_large() -> None:
    """A record larger than the bound of a transaction goes alone and does not block its partition for ever."""
    window = _filled(500, 10)

    assert [slot.record.position.offset for slot in window.take(10, 100)] == [0]
    assert [slot.record.position.offset for slot in window.take(10, 100)] == [1]


def test_a_transaction_stays_within_its_bytes() -> None:
    """Records are taken while they fit."""
    window = _filled(40, 40, 40)

    assert len(window.take(10, 100)) == 2
    assert (window.records, window.bytes) == (1, 40)
