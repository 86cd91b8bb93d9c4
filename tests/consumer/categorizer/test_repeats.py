"""What is remembered of the event ids on `ticket-created`."""

from collections.abc import Collection, Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumer.categorizer.envelope import Done, Envelope, Repeat
from consumer.categorizer.repeats import PAGE_ENTRIES, Page, Repeats, Seen, decoded, encoded
from consumer.kafka.records import Headers, Message, TopicPartition
from tests.support.consumer_parts import CREATED, QUEUE, a_record, a_ticket

PARTITION = (CREATED, 0)
REPLAYED: Headers = [("ts-origin-topic", b"ticket-created")]


def an_envelope(event_id: str, offset: int, topic: str = CREATED, headers: Headers | None = None) -> Envelope:
    """An envelope of a decoded ticket with this event_id."""
    record = a_record(offset, topic=topic, headers=headers)
    envelope = Envelope(record, record.position, int(topic == QUEUE), 0.0, 0)
    envelope.ticket = a_ticket(event_id=event_id)
    return envelope


class Shelf:
    """Pages in a dict; what is put there is committed at once."""

    def __init__(self) -> None:
        self.kept: dict[tuple[TopicPartition, int], Page] = {}

    def load(self, partitions: Collection[TopicPartition]) -> Mapping[TopicPartition, list[Page]]:
        return {each: [page for (of, _), page in self.kept.items() if of == each] for each in partitions}

    def message(self, partition: TopicPartition, place: int, page: Page) -> Message:
        self.kept[partition, place] = page
        return Message("ticket-repeats", str(place).encode(), encoded(page))


def memory(shelf: Shelf, remembered: int = 2 * PAGE_ENTRIES, *, first: int = 0) -> Repeats:
    """The memory of an owner whose first record is at this offset."""
    repeats = Repeats(CREATED, remembered, shelf)
    repeats.prepare({PARTITION: first})
    return repeats


def judged(repeats: Repeats, envelope: Envelope) -> type[Repeat | Done] | None:
    """What an envelope is; the kind, as two empty named tuples are equal."""
    outcome = repeats.judge(envelope)
    return None if outcome is None else type(outcome)


def judge(repeats: Repeats, event_id: str, offset: int) -> type[Repeat | Done] | None:
    return judged(repeats, an_envelope(event_id, offset))


def commit(repeats: Repeats, *envelopes: Envelope) -> list[Message]:
    """Commit what came of these; the pages."""
    messages = repeats.messages(envelopes)
    repeats.committed(envelopes)
    return messages


def answered(repeats: Repeats, event_id: str, offset: int) -> bool:
    """Whether a ticket is let through; if so it is committed."""
    envelope = an_envelope(event_id, offset)
    if repeats.judge(envelope) is not None:
        return False
    commit(repeats, envelope)
    return True


def entries(shelf: Shelf) -> list[int]:
    """The offsets on the pages."""
    return [offset for page in shelf.kept.values() for _, offset in page.read()]


def test_the_second_record_of_an_event_id_is_a_repeat() -> None:
    """The first is answered, also when it is read again before that is committed; another with its id is not."""
    repeats = memory(Shelf())
    first = an_envelope("a", 5)

    assert [judge(repeats, "a", offset) for offset in (5, 5, 6)] == [None, None, Repeat]
    commit(repeats, first)
    assert judge(repeats, "a", 8) == Repeat


def test_offsets_that_went_back_answer_nothing_again() -> None:
    """A broker may lose what a group committed, and not what the group wrote in the same transactions."""
    shelf = Shelf()
    before = memory(shelf)
    for offset in range(3):
        answered(before, f"id-{offset}", offset)
    after = memory(shelf)

    assert [judge(before, f"id-{offset}", offset) for offset in range(4)] == [Repeat, Repeat, Repeat, None]
    assert [judge(after, f"id-{offset}", offset) for offset in range(4)] == [Done, Done, Done, None]


def test_what_is_committed_survives_and_what_is_not_does_not() -> None:
    """The next owner of the partition knows what was committed with its pages, and nothing else."""
    shelf = Shelf()
    before = memory(shelf)
    answered(before, "a", 1)
    judge(before, "b", 2)
    after = memory(shelf, first=2)

    assert judge(after, "a", 3) == Repeat
    assert judge(after, "b", 2) is None


def test_what_was_answered_ahead_of_the_offset_is_done() -> None:
    """The next owner reads it again, and the slower ones before it; other records of its event id are repeats."""
    shelf = Shelf()
    before = memory(shelf)
    slow, fast, unfinished = (an_envelope(event_id, offset) for offset, event_id in enumerate("abc"))
    for envelope in (slow, fast, unfinished):
        before.judge(envelope)
    commit(before, fast)
    after = memory(shelf)

    assert entries(shelf) == [1]
    assert [judge(after, event_id, offset) for offset, event_id in enumerate("abcb")] == [None, Done, None, Repeat]
    assert judge(after, "b", 1) == Done


def test_only_what_is_ahead_of_the_offset_counts_as_ahead() -> None:
    """The pages hold much more that the offset has passed."""
    shelf = Shelf()
    before = memory(shelf)
    for offset in (0, 1, 4, 6):
        answered(before, f"id-{offset}", offset)
    pages = shelf.load([PARTITION])[PARTITION]

    assert [Seen(2 * PAGE_ENTRIES, pages, first).ahead for first in (0, 2, 4, 6, 7)] == [4, 2, 2, 1, 0]


def test_pages_are_written_of_those_only_that_are_committed() -> None:
    """Whatever else is coming, before and behind; each once, in the order in which it was answered."""
    shelf = Shelf()
    repeats = memory(shelf)
    envelopes = [an_envelope(f"id-{offset}", offset) for offset in range(4)]
    for envelope in envelopes:
        repeats.judge(envelope)
    seen = []
    for some in ([2], [0, 3], [1], [0, 1, 2, 3]):
        commit(repeats, *(envelopes[offset] for offset in some))
        seen.append(entries(shelf))

    assert seen == [[2], [2, 0, 3], [2, 0, 3, 1], [2, 0, 3, 1]]


def test_a_doubtful_transaction_is_found_by_its_pages() -> None:
    """The event id at its offset is on them when it is committed; another record of the same event id is not."""
    shelf = Shelf()
    repeats = memory(shelf)
    answered(repeats, "a", 1)
    ahead, coming, other = an_envelope("b", 5), an_envelope("c", 6), an_envelope("b", 7)
    for envelope in (ahead, coming, other):
        repeats.judge(envelope)
    before = repeats.has(ahead)
    repeats.messages([ahead])

    assert not before
    assert [repeats.has(envelope) for envelope in (ahead, coming, other)] == [True, False, False]


def test_only_first_answers_that_are_remembered_are_marked() -> None:
    """Replayed letters, repeats, what is done, and the queue are not: only what is marked may overtake."""
    shelf = Shelf()
    answered(memory(shelf), "done", 9)
    repeats = memory(shelf)
    first, again, repeat, done = (
        an_envelope(event_id, offset) for event_id, offset in (("a", 1), ("a", 1), ("a", 2), ("done", 9))
    )
    replayed, queued = an_envelope("b", 3, headers=REPLAYED), an_envelope("c", 4, topic=QUEUE)
    undecoded = an_envelope("d", 5)
    undecoded.ticket = None
    every = (first, again, repeat, done, replayed, queued, undecoded)
    outcomes = [judged(repeats, envelope) for envelope in every]

    assert outcomes == [None, None, Repeat, Done, None, None, None]
    assert [envelope.is_first for envelope in every] == [True, True, False, False, False, False, False]


@pytest.mark.parametrize(("remembered", "span"), [(0, 0), (1, 125), (250, 125), (251, 250), (50_000, 25_000)])
def test_answers_overtake_as_far_as_half_of_what_is_remembered(remembered: int, span: int) -> None:
    """Counted in whole pages; without a memory none does."""
    assert Repeats(CREATED, remembered, Shelf()).span == span


@pytest.mark.parametrize("remembered", [1, PAGE_ENTRIES, 3 * PAGE_ENTRIES])
def test_what_overtook_as_far_as_it_may_is_remembered_until_it_is_read_again(remembered: int) -> None:
    """Although everything that may go after it went: up to it, and as far behind."""
    shelf = Shelf()
    before = memory(shelf, remembered)
    ahead = before.span - 1
    slow = ahead - 1
    envelopes = [an_envelope(f"id-{offset}", offset) for offset in range(slow + before.span)]
    for envelope in envelopes:
        before.judge(envelope)
    commit(before, envelopes[ahead])
    for envelope in envelopes:
        if envelope.record.position.offset not in {ahead, slow}:
            commit(before, envelope)
    after = memory(shelf, remembered, first=slow)
    expected = [Done if offset != slow else None for offset in range(slow, len(envelopes))]

    assert [judge(after, f"id-{offset}", offset) for offset in range(slow, len(envelopes))] == expected


def test_an_aborted_transaction_is_written_again() -> None:
    """Pages whose transaction failed are in the next one, as they were."""
    repeats = memory(Shelf())
    envelope = an_envelope("a", 1)
    repeats.judge(envelope)
    first, second = repeats.messages([envelope]), repeats.messages([envelope])
    repeats.committed([envelope])

    assert len(first) == 1
    assert first == second
    assert repeats.messages([envelope]) == []


def test_a_memory_smaller_than_what_is_in_flight_still_writes_everything() -> None:
    """What is forgotten before its answer is committed, and comes again, stands where it came first."""
    shelf = Shelf()
    repeats = memory(shelf, PAGE_ENTRIES)
    in_flight = [an_envelope(f"id-{number}", number) for number in range(4 * PAGE_ENTRIES)]
    first = [judged(repeats, envelope) for envelope in in_flight]
    again = judge(repeats, "id-50", len(in_flight))
    commit(repeats, *in_flight[:100])
    after = memory(shelf, PAGE_ENTRIES, first=100)

    assert (set(first), again) == ({None}, Repeat)
    assert judge(after, "id-50", len(in_flight)) == Repeat
    assert judge(after, "id-99", len(in_flight) + 1) == Repeat
    assert judge(after, "id-100", 100) is None


def test_a_replayed_dead_letter_is_answered() -> None:
    """Nobody answered it before, whatever else has its event_id; it counts as answered from now on."""
    repeats = memory(Shelf())
    judge(repeats, "a", 1)

    assert judged(repeats, an_envelope("a", 2, headers=REPLAYED)) is None
    assert judged(repeats, an_envelope("b", 3, headers=REPLAYED)) is None
    assert judge(repeats, "b", 4) == Repeat


def test_other_topics_pass() -> None:
    """The queue's records ask for a later answer to a ticket that is known."""
    shelf = Shelf()
    repeats = Repeats(CREATED, 1000, shelf)
    queued = [an_envelope("a", offset, topic=QUEUE) for offset in (1, 2)]
    repeats.prepare({queued[0].partition: 1})

    assert [judged(repeats, envelope) for envelope in queued] == [None, None]
    assert commit(repeats, *queued) == []


def test_no_memory_lets_everything_pass() -> None:
    """With 0 nothing is remembered, nothing written, and nothing may overtake."""
    repeats = memory(Shelf(), remembered=0)
    envelopes = [an_envelope("a", offset) for offset in (1, 2)]

    assert [judged(repeats, envelope) for envelope in envelopes] == [None, None]
    assert not any(envelope.is_first for envelope in envelopes)
    assert commit(repeats, *envelopes) == []


def test_a_partition_that_went_is_loaded_again() -> None:
    """What another member has answered meanwhile is known when the partition comes back."""
    shelf = Shelf()
    ours, theirs = memory(shelf), memory(shelf)
    ours.forget([PARTITION])
    answered(theirs, "a", 1)
    answered(theirs, "b", 3)
    ours.prepare({PARTITION: 2})

    assert [judge(ours, event_id, offset) for event_id, offset in (("a", 2), ("b", 3))] == [Repeat, Done]


def test_the_memory_and_its_pages_are_bounded() -> None:
    """After many more tickets than are remembered, the newest are known, the oldest not, and keys do not grow."""
    shelf = Shelf()
    repeats = memory(shelf)
    for offset in range(10 * PAGE_ENTRIES + 1):
        assert answered(repeats, f"id-{offset}", offset)
    reborn = memory(shelf, first=10 * PAGE_ENTRIES + 1)
    newest = range(8 * PAGE_ENTRIES + 1, 10 * PAGE_ENTRIES + 1)

    assert len(shelf.kept) == 3
    for each in (repeats, reborn):
        assert {judge(each, f"id-{offset}", 99_999) for offset in newest} == {Repeat}
    assert judge(repeats, "id-0", 99_999) is None
    assert judge(reborn, "id-0", 99_999) is None


class Owners:
    """Members that own a partition one after the other, and what their group has committed."""

    def __init__(self, log: list[str], remembered: int) -> None:
        self.log, self._remembered = log, remembered
        self._shelf = Shelf()
        self.next_offset = 0
        # Offset and event id of each answer.
        self.committed: list[tuple[int, str]] = []
        self.begin()

    def begin(self) -> None:
        """The next owner reads on at the group's offset."""
        self._repeats = memory(self._shelf, self._remembered, first=self.next_offset)
        self._pending: list[Envelope] = []
        self.position = self.next_offset

    def read(self) -> None:
        envelope = an_envelope(self.log[self.position], self.position)
        known = [*self.committed, *((one.record.position.offset, one.decoded["event_id"]) for one in self._pending)]
        expected: type[Repeat | Done] | None = None
        if (self.position, self.log[self.position]) in known:
            expected = Done
        elif self.log[self.position] in {event_id for _, event_id in known}:
            expected = Repeat

        assert judged(self._repeats, envelope) == expected
        if expected is None:
            self._pending.append(envelope)
        self.position += 1

    def commit(self, *, newest_only: bool) -> None:
        """Commit everything that was read, or an overtaker alone; then the offset stays where it is."""
        some = self._pending[-1:] if newest_only else self._pending
        commit(self._repeats, *some)
        self.committed += [(one.record.position.offset, one.decoded["event_id"]) for one in some]
        self._pending = self._pending[: len(self._pending) - len(some)]
        if not newest_only:
            self.next_offset = self.position

    def abort(self) -> None:
        """The topic keeps nothing of an aborted transaction."""
        kept = dict(self._shelf.kept)
        self._repeats.messages(self._pending)
        self._shelf.kept = kept


@given(
    steps=st.lists(
        st.tuples(st.integers(0, 30), st.sampled_from(["commit", "overtake", "abort", "die", "hold"])), max_size=120
    ),
    page_limit=st.integers(1, 3),
)
def test_within_its_memory_each_event_id_is_answered_once(steps: list[tuple[int, str]], page_limit: int) -> None:
    """Whatever dies, aborts or overtakes when, what is committed holds each id once."""
    owners = Owners([f"id-{number}" for number, _ in steps], page_limit * PAGE_ENTRIES)
    for _, what in steps:
        owners.read()
        match what:
            case "commit" | "overtake":
                owners.commit(newest_only=what == "overtake")
            case "abort":
                owners.abort()
            case "die":
                owners.begin()
            case _:
                pass
        if owners.position >= len(owners.log):
            break
    answers = [event_id for _, event_id in owners.committed]

    assert len(answers) == len(set(answers))
    assert set(answers) >= set(owners.log[: owners.next_offset])


@given(st.binary(max_size=24 * PAGE_ENTRIES), st.integers(0, 2**63))
def test_a_page_comes_back_as_it_was_written(entries: bytes, number: int) -> None:
    """As the value of a record."""
    assert decoded(encoded(Page(number, entries))) == Page(number, entries)
