"""The window: prefixes in order, and answers that overtake."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from typing import Literal

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
)

from consumer.answer.cache import Answer
from consumer.bad_records.dead_letter import DeadLetter
from consumer.categorizer.envelope import Done, Envelope, Repeat
from consumer.categorizer.window import FULL_RECORDS, NOTHING, Taken, Window
from consumer.kafka.records import TopicPartition
from tests.support.answerers import alive
from tests.support.consumer_parts import CREATED, FINISHED, a_record, a_ticket

PARTITION = (CREATED, 0)
WIDE = 1000
MUCH = 10**9
# Of the outcomes some are known from the beginning.
Kind = Literal["first", "replayed", "repeat", "done", "letter"]
KINDS: list[Kind] = ["first", "first", "first", "replayed", "repeat", "done", "letter"]

partitions = st.integers(0, 1)


def an_envelope(offset: int, ticket_id: str = "", kind: Kind = "first", partition: int = 0, size: int = 1) -> Envelope:
    """An envelope as intake makes it; each is of a ticket of its own unless one is named."""
    record = a_record(offset, partition=partition, key=None, value=b"x" * size)
    envelope = Envelope(record, record.position, 0, 0.0, 0)
    if kind == "letter":
        envelope.outcome = DeadLetter("bad_framing", "")
        return envelope
    envelope.ticket = a_ticket(ticket_id=ticket_id or f"T-{partition}-{offset}")
    envelope.is_first = kind == "first"
    if kind == "repeat":
        envelope.outcome = Repeat()
    elif kind == "done":
        envelope.outcome = Done()
    return envelope


def finish(window: Window, *envelopes: Envelope) -> None:
    """The answers of these are known."""
    for envelope in envelopes:
        envelope.outcome = FINISHED
    window.finished(envelopes)


def offsets(envelopes: Iterable[Envelope]) -> list[int]:
    return [envelope.record.position.offset for envelope in envelopes]


def _is_in_turn(envelope: Envelope) -> bool:
    """Whether something is written under its ticket, or will be."""
    return envelope.ticket is not None and not isinstance(envelope.outcome, Repeat | Done)


class Lane:
    """One partition in the plainest words: what no prefix has passed, and what of it was given out."""

    def __init__(self) -> None:
        self.records: list[Envelope] = []
        self.given: list[Envelope] = []

    def is_given(self, envelope: Envelope) -> bool:
        return any(envelope is one for one in self.given)

    def is_blocked(self, envelope: Envelope) -> bool:
        """Whether an earlier record of its ticket is still to be answered."""
        earlier = self.records[: self.records.index(envelope)]
        return any(
            _is_in_turn(one) and one.decoded["ticket_id"] == envelope.decoded["ticket_id"] and not self.is_given(one)
            for one in earlier
        )

    def give(self, envelope: Envelope) -> None:
        assert not self.is_given(envelope), "given out twice"
        assert not (_is_in_turn(envelope) and self.is_blocked(envelope)), "before an earlier record of its ticket"
        self.given.append(envelope)

    def passes(self, envelope: Envelope) -> None:
        assert self.records[0] is envelope, "not the next record"
        assert self.is_given(envelope), "passed and not given out"
        del self.records[0]

    def left_over(self, span: int) -> Iterator[Envelope]:
        """What may go, although it has not gone."""
        first = self.records[:1]
        yield from (envelope for envelope in first if envelope.outcome is not None or self.is_given(envelope))
        yield from (
            envelope for place, envelope in enumerate(self.records) if self._may_overtake(envelope, place, span)
        )

    def _may_overtake(self, envelope: Envelope, place: int, span: int) -> bool:
        return (
            place < span
            and envelope.is_first
            and isinstance(envelope.outcome, Answer)
            and not self.is_given(envelope)
            and not self.is_blocked(envelope)
        )


class WindowMachine(RuleBasedStateMachine):
    """A window beside plain lists that say what it should hold."""

    envelopes = Bundle("slots")

    def __init__(self) -> None:
        super().__init__()
        self.lanes: defaultdict[TopicPartition, Lane] = defaultdict(Lane)
        self.offset = 0

    @initialize(span=st.sampled_from([WIDE, 4, 2, 0]))
    def begin(self, span: int) -> None:
        self.span = span
        self.window = Window(span)

    @rule(
        target=envelopes,
        polled=st.lists(
            st.tuples(partitions, st.integers(0, 4), st.sampled_from(KINDS), st.integers(1, 9)), max_size=6
        ),
        places=st.lists(st.integers(0, 99), max_size=4),
        most=st.just(MUCH) | st.integers(1, 5),
        max_bytes=st.just(MUCH) | st.integers(1, 30),
        only=st.none() | st.sets(partitions, min_size=1),
    )
    def turn(
        self,
        polled: list[tuple[int, int, Kind, int]],
        places: list[int],
        most: int,
        max_bytes: int,
        only: set[int] | None,
    ) -> MultipleResults[Envelope]:
        """Once around, as the categorizer's loop; all in one rule, as most draws of single ones come to nothing."""
        envelopes = [
            an_envelope(offset, f"T-{ticket}", kind, partition, size)
            for offset, (partition, ticket, kind, size) in enumerate(polled, self.offset)
        ]
        self.offset += len(envelopes)
        for envelope in envelopes:
            self.window.add(envelope)
            self.lanes[envelope.partition].records.append(envelope)
        self._finish(places)
        self._take_and_look(most, max_bytes, None if only is None else {(CREATED, partition) for partition in only})
        return multiple(*envelopes)

    def _finish(self, places: list[int]) -> None:
        """Some of those that wait, in any order."""
        held = [envelope for lane in self.lanes.values() for envelope in lane.records]
        waiting = [envelope for envelope in held if envelope.outcome is None]
        for place in places[: len(waiting)]:
            finish(self.window, waiting.pop(place % len(waiting)))

    def _take_and_look(self, most: int, max_bytes: int, wanted: Collection[TopicPartition] | None) -> None:
        left_before = list(self._left_over(wanted))

        taken = self._take(most, max_bytes, wanted)

        sizes = [envelope.size for envelope in taken.finished]
        assert len(sizes) <= most
        assert sum(sizes) <= max_bytes or len(sizes) == 1
        assert taken.finished or not left_before
        assert len(sizes) == most or max_bytes < MUCH or not list(self._left_over(wanted))

    @rule(envelope=envelopes)
    def tell(self, envelope: Envelope) -> None:
        """Most are told a second time, or when they are not there any more."""
        if envelope.outcome is None:
            envelope.outcome = FINISHED
        self.window.finished([envelope])

    def _take(self, most: int, max_bytes: int, wanted: Collection[TopicPartition] | None) -> Taken:
        taken = self.window.take(most, max_bytes, wanted)

        overtakers = [envelope for envelope in taken.finished if not any(envelope is one for one in taken.passed)]
        for envelope in taken.finished:
            self.lanes[envelope.partition].give(envelope)
        for envelope in taken.passed:
            self.lanes[envelope.partition].passes(envelope)
        for envelope in overtakers:
            assert envelope.is_first
            assert isinstance(envelope.outcome, Answer)
            assert self.lanes[envelope.partition].records.index(envelope) < self.span
        assert taken.first_offsets == {
            envelope.partition: self.lanes[envelope.partition].records[0].record.position.offset
            for envelope in overtakers
        }
        for partition, lane in self.lanes.items():
            if wanted is None or partition in wanted:
                assert not any(lane.is_given(envelope) for envelope in lane.records[:1]), "not passed"
        assert wanted is None or {envelope.partition for envelope in taken.finished + taken.passed} <= set(wanted)
        return taken

    def _left_over(self, wanted: Collection[TopicPartition] | None) -> Iterator[Envelope]:
        for partition, lane in self.lanes.items():
            if wanted is None or partition in wanted:
                yield from lane.left_over(self.span)

    # Seldom: otherwise little would come to be taken.
    @rule(gone=st.sampled_from([set(), set(), set(), {0}, {1}, {0, 1}]))
    def drop(self, gone: set[int]) -> None:
        wanted = [(CREATED, partition) for partition in sorted(gone)]
        expected = [envelope for partition in wanted for envelope in self.lanes.pop(partition, Lane()).records]

        dropped = self.window.drop(wanted)

        assert expected == dropped
        assert all(envelope.dropped for envelope in dropped)

    @invariant()
    def counts_are_those_of_what_it_holds(self) -> None:
        held = [(lane, envelope) for lane in self.lanes.values() for envelope in lane.records]

        assert len(held) == self.window.records
        assert sum(envelope.record.size for _, envelope in held) == self.window.bytes
        assert sum(not lane.is_given(envelope) for lane, envelope in held) == self.window.waiting

    @invariant()
    def it_knows_which_partitions_it_holds(self) -> None:
        for number in range(2):
            assert self.window.holds((CREATED, number)) == bool(self.lanes[CREATED, number].records)


TestPrefixesInOrderAndWhatOvertakesThem = WindowMachine.TestCase
TestPrefixesInOrderAndWhatOvertakesThem.settings = settings(max_examples=200, stateful_step_count=30)


def _filled(window: Window, *sizes: int) -> list[Envelope]:
    envelopes = [an_envelope(offset, size=size) for offset, size in enumerate(sizes)]
    for envelope in envelopes:
        window.add(envelope)
    return envelopes


def test_one_record_is_given_back_however_large() -> None:
    """A record larger than the bound of a transaction goes alone and does not block its partition for ever."""
    window = Window()
    finish(window, *_filled(window, 500, 10))

    assert offsets(window.take(10, 100).finished) == [0]
    assert offsets(window.take(10, 100).finished) == [1]


def test_a_transaction_stays_within_its_bytes() -> None:
    """Records are taken while they fit."""
    window = Window()
    finish(window, *_filled(window, 40, 40, 40))

    assert len(window.take(10, 100).finished) == 2
    assert (window.records, window.bytes, window.waiting) == (1, 40, 1)


def test_overtakers_keep_to_the_bounds_too() -> None:
    """Prefixes come first, of all partitions; one overtaker goes however large it is."""
    window = Window(WIDE)
    _, second, large = _filled(window, 1, 40, 500)
    other = an_envelope(0, partition=1, size=40)
    window.add(other)
    finish(window, large, second, other)
    takes = [window.take(1, 50) for _ in range(4)]

    assert [taken.finished for taken in takes] == [[other], [large], [second], []]
    assert [taken.first_offsets for taken in takes] == [{}, {PARTITION: 0}, {PARTITION: 0}, {}]
    assert takes[-1] == NOTHING


def test_an_answer_overtakes_once_and_is_passed_later() -> None:
    """Until the record before it is answered the window holds it, and gives it out no more."""
    window = Window(WIDE)
    slow, fast = _filled(window, 3, 5)
    finish(window, fast)
    first = window.take(MUCH, MUCH)
    held = (window.records, window.bytes, window.waiting, window.holds(PARTITION))
    finish(window, fast, slow)

    assert first == ([fast], [], {PARTITION: 0})
    assert held == (2, 8, 1, True)
    assert window.take(MUCH, MUCH) == ([slow], [slow, fast], {})
    assert (window.records, window.bytes, window.waiting, window.holds(PARTITION)) == (0, 0, 0, False)


def test_what_has_overtaken_is_passed_although_there_is_no_more_room() -> None:
    """Nothing is written for it."""
    window = Window(WIDE)
    slow, *fast, last = _filled(window, 1, 1, 1, 1)
    finish(window, *fast)
    window.take(MUCH, MUCH)
    finish(window, slow, last)

    assert window.take(1, MUCH) == ([slow], [slow, *fast], {})


def test_counts_are_right_when_overtakers_are_dropped() -> None:
    """What was given out counts as held until then, and no longer as waiting."""
    window = Window(WIDE)
    envelopes = _filled(window, 3, 5)
    finish(window, envelopes[1])
    window.take(MUCH, MUCH)

    assert window.drop([PARTITION]) == envelopes
    assert (window.records, window.bytes, window.waiting) == (0, 0, 0)


def test_the_span_counts_from_the_prefix_wherever_it_is() -> None:
    """Records that came after others were passed are as near to it as any."""
    window = Window(2)
    finish(window, *_filled(window, 1, 1, 1))
    window.take(MUCH, MUCH)
    slow, near, far = (an_envelope(offset) for offset in (3, 4, 5))
    for envelope in (slow, near, far):
        window.add(envelope)
    finish(window, far, near)

    assert window.take(MUCH, MUCH).finished == [near]


def test_a_record_that_is_too_far_goes_when_the_prefix_moves() -> None:
    """With a span of 2 only the neighbour of the prefix may overtake it."""
    window = Window(2)
    first, second, third = _filled(window, 1, 1, 1)
    finish(window, third)
    too_far = window.take(MUCH, MUCH)
    finish(window, first)

    assert too_far == NOTHING
    assert window.take(MUCH, MUCH) == ([first, third], [first], {PARTITION: second.record.position.offset})


def test_what_is_too_far_keeps_nothing_nearer_back() -> None:
    """Whatever was answered first."""
    window = Window(2)
    _, near, far = _filled(window, 1, 1, 1)
    finish(window, far)
    finish(window, near)

    assert window.take(MUCH, MUCH).finished == [near]


def test_the_second_record_of_a_ticket_goes_right_after_the_first() -> None:
    """It waits for it, however early its own answer is there, and then for nothing else."""
    window = Window(WIDE)
    envelopes = [an_envelope(offset, ticket_id) for offset, ticket_id in enumerate(["T-0", "T-1", "T-1", "T-1"])]
    _, first, second, third = envelopes
    for envelope in envelopes:
        window.add(envelope)
    finish(window, third, second)
    before = window.take(MUCH, MUCH)
    finish(window, first)

    assert before == NOTHING
    assert window.take(MUCH, MUCH) == ([first, second, third], [], {PARTITION: 0})


def test_a_replayed_record_overtakes_nothing_and_is_overtaken_by_nothing_of_its_ticket() -> None:
    """The memory of repeats would not know of it; once the prefix has passed it, the next of its ticket may go."""
    window = Window(WIDE)
    slow, replayed, behind = an_envelope(0), an_envelope(1, "T-1", "replayed"), an_envelope(2, "T-1")
    also_slow, last = an_envelope(3), an_envelope(4, "T-1")
    for envelope in (slow, replayed, also_slow, behind, last):
        window.add(envelope)
    finish(window, replayed, behind, last)
    before = window.take(MUCH, MUCH)
    finish(window, slow)

    assert before == NOTHING
    assert window.take(MUCH, MUCH) == ([slow, replayed, behind, last], [slow, replayed], {PARTITION: 3})


def test_a_repeat_between_two_records_of_a_ticket_blocks_neither() -> None:
    """Nothing is written for it."""
    window = Window(WIDE)
    slow, repeat, ticket = an_envelope(0), an_envelope(1, "T-1", "repeat"), an_envelope(2, "T-1")
    for envelope in (slow, repeat, ticket):
        window.add(envelope)
    finish(window, ticket)

    assert window.take(MUCH, MUCH) == ([ticket], [], {PARTITION: 0})


def test_equal_tickets_of_two_partitions_do_not_wait_for_each_other() -> None:
    """The order of a ticket is that of its partition."""
    window = Window(WIDE)
    slow, fast = an_envelope(0, "T-1"), an_envelope(1, "T-1", partition=1)
    window.add(slow)
    window.add(fast)
    finish(window, fast)

    assert window.take(MUCH, MUCH) == ([fast], [fast], {})


def test_what_was_dropped_comes_to_nothing() -> None:
    """Its partition came back meanwhile, and its ticket with it: the answer to the earlier envelope is not wanted."""
    window = Window(WIDE)
    _, dropped = _filled(window, 1, 1)
    gone = window.drop([PARTITION])
    _filled(window, 1, 1)
    finish(window, dropped)

    assert dropped in gone
    assert window.take(MUCH, MUCH) == NOTHING
    assert (window.records, window.waiting) == (2, 2)


def test_a_partition_is_full_until_a_quarter_of_it_is_gone() -> None:
    """So that it does not flutter. What has overtaken makes no room: only the prefix does."""
    window = Window(WIDE)
    slow, *rest = _filled(window, *[1] * (FULL_RECORDS - 1))
    window.add(an_envelope(0, partition=1))
    seen = [set(window.full())]
    window.add(an_envelope(FULL_RECORDS))
    seen.append(set(window.full()))
    finish(window, *rest)
    overtaken = len(window.take(MUCH, MUCH).finished)
    seen.append(set(window.full()))
    finish(window, slow)
    passed = []
    for most in (FULL_RECORDS // 4 - overtaken, 1):
        passed.append(len(window.take(most, MUCH, {PARTITION}).passed))
        seen.append(set(window.full()))

    assert overtaken == WIDE - 1
    assert passed == [FULL_RECORDS // 4, 1]
    assert seen == [set(), {PARTITION}, {PARTITION}, {PARTITION}, set()]


def test_a_partition_that_went_is_full_no_longer() -> None:
    """Should it come back, it is read from the beginning."""
    window = Window(WIDE)
    _filled(window, *[1] * FULL_RECORDS)
    before = set(window.full())
    window.drop([PARTITION])

    assert (before, set(window.full())) == ({PARTITION}, set())


def test_where_nothing_overtakes_no_partition_is_full() -> None:
    """The bounds of the whole window are enough."""
    window = Window()
    _filled(window, *[1] * FULL_RECORDS)

    assert not window.full()


@pytest.mark.parametrize("span", [0, WIDE])
def test_what_the_prefix_passed_is_kept_no_longer(span: int) -> None:
    """Also while prefixes alone fill every transaction, as in a backlog that the cache answers."""
    window = Window(span)
    before = alive(Envelope)
    _add_answered(window, 0, 20)
    for turn in range(1, 50):
        _add_answered(window, 20 * turn, 20)
        assert len(window.take(20, MUCH).passed) == 20

    assert window.records == 20
    assert alive(Envelope) - before <= 40


def _add_answered(window: Window, first: int, number: int) -> None:
    envelopes = [an_envelope(offset, f"T-{offset % 3}") for offset in range(first, first + number)]
    for envelope in envelopes:
        window.add(envelope)
    finish(window, *envelopes)
