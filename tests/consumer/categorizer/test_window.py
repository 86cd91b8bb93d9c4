"""The ordered window."""

from collections import defaultdict
from typing import TYPE_CHECKING

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from consumer.categorizer.envelope import Envelope
from consumer.categorizer.window import Window
from tests.support.consumer_parts import CREATED, FINISHED, a_record, an_envelope

if TYPE_CHECKING:
    from consumer.kafka.records import TopicPartition

partitions = st.integers(0, 2)


class WindowMachine(RuleBasedStateMachine):
    """A window beside plain lists that say what it should hold."""

    envelopes = Bundle("slots")

    def __init__(self) -> None:
        super().__init__()
        self.window = Window()
        self.held: defaultdict[TopicPartition, list[Envelope]] = defaultdict(list)
        self.offset = 0

    @rule(target=envelopes, partition=partitions, done=st.booleans())
    def add(self, partition: int, *, done: bool) -> Envelope:
        envelope = an_envelope(self.offset, partition=partition)
        self.offset += 1
        if done:
            envelope.outcome = FINISHED
        self.window.add(envelope)
        self.held[envelope.partition].append(envelope)
        return envelope

    @rule(envelope=envelopes)
    def finish(self, envelope: Envelope) -> None:
        envelope.outcome = FINISHED

    @rule(most=st.integers(0, 5), only=st.none() | st.sets(partitions))
    def take(self, most: int, only: set[int] | None) -> None:
        wanted = None if only is None else {(CREATED, partition) for partition in only}

        taken = self.window.take(most, 10**9, wanted)

        of_partition: defaultdict[TopicPartition, list[Envelope]] = defaultdict(list)
        for envelope in taken:
            of_partition[envelope.partition].append(envelope)
        finished = 0
        for partition, envelopes in self.held.items():
            prefix = _finished_prefix(envelopes) if wanted is None or partition in wanted else []
            finished += len(prefix)
            given = of_partition[partition]
            assert prefix[: len(given)] == given
            del envelopes[: len(given)]
        assert min(most, finished) == len(taken)

    @rule(gone=st.sets(partitions))
    def drop(self, gone: set[int]) -> None:
        wanted = [(CREATED, partition) for partition in sorted(gone)]
        expected = [envelope for partition in wanted for envelope in self.held.pop(partition, [])]

        dropped = self.window.drop(wanted)

        assert expected == dropped
        assert all(envelope.dropped for envelope in dropped)

    @invariant()
    def counts_are_those_of_what_it_holds(self) -> None:
        held = [envelope for envelopes in self.held.values() for envelope in envelopes]

        assert len(held) == self.window.records
        assert sum(envelope.record.size for envelope in held) == self.window.bytes


def _finished_prefix(envelopes: list[Envelope]) -> list[Envelope]:
    waiting = [place for place, envelope in enumerate(envelopes) if envelope.outcome is None]
    return envelopes[: waiting[0]] if waiting else envelopes[:]


TestTheFinishedPrefixOfEachPartitionInPollOrder = WindowMachine.TestCase
TestTheFinishedPrefixOfEachPartitionInPollOrder.settings = settings(max_examples=40, stateful_step_count=30)


def _filled(*sizes: int) -> Window:
    window = Window()
    for offset, size in enumerate(sizes):
        record = a_record(offset, key=None, value=b"x" * size)
        envelope = Envelope(record, record.position, 0, 0.0, 0)
        envelope.outcome = FINISHED
        window.add(envelope)
    return window


def test_one_record_is_given_back_however_large() -> None:
    """A record larger than the bound of a transaction goes alone and does not block its partition for ever."""
    window = _filled(500, 10)

    assert [envelope.record.position.offset for envelope in window.take(10, 100)] == [0]
    assert [envelope.record.position.offset for envelope in window.take(10, 100)] == [1]


def test_a_transaction_stays_within_its_bytes() -> None:
    """Records are taken while they fit."""
    window = _filled(40, 40, 40)

    assert len(window.take(10, 100)) == 2
    assert (window.records, window.bytes) == (1, 40)
