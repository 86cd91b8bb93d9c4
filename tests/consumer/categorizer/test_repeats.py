"""What is remembered of the event ids on `ticket-created`."""

from collections.abc import Collection, Mapping

from hypothesis import given
from hypothesis import strategies as st

from consumer.categorizer.envelope import Envelope
from consumer.categorizer.repeats import PAGE_ENTRIES, Page, Repeats, decoded, encoded
from consumer.kafka.records import Headers, Message, TopicPartition
from tests.support.consumer_parts import CREATED, QUEUE, a_record, a_ticket

PARTITION = (CREATED, 0)


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


def memory(shelf: Shelf, remembered: int = 2 * PAGE_ENTRIES) -> Repeats:
    repeats = Repeats(CREATED, remembered, shelf)
    repeats.prepare([PARTITION])
    return repeats


def answered(repeats: Repeats, event_id: str, offset: int) -> bool:
    """Whether a ticket is let through; if so it is committed."""
    if repeats.is_repeat(an_envelope(event_id, offset)):
        return False
    repeats.messages({PARTITION: offset + 1})
    repeats.committed({PARTITION: offset + 1})
    return True


def test_the_second_record_of_an_event_id_is_a_repeat() -> None:
    """The first is answered, also when it is read again before that is committed; another with its id is not."""
    repeats = memory(Shelf())

    assert [repeats.is_repeat(an_envelope("a", offset)) for offset in (5, 5, 6)] == [False, False, True]
    repeats.committed({PARTITION: 7})
    assert repeats.is_repeat(an_envelope("a", 8))


def test_offsets_that_went_back_answer_nothing_again() -> None:
    """A broker may lose what a group committed, and not what the group wrote in the same transactions."""
    shelf = Shelf()
    before = memory(shelf)
    for offset in range(3):
        answered(before, f"id-{offset}", offset)
    after = memory(shelf)

    for memory_of in (before, after):
        assert all(memory_of.is_repeat(an_envelope(f"id-{offset}", offset)) for offset in range(3))
        assert not memory_of.is_repeat(an_envelope("id-3", 3))


def test_what_is_committed_survives_and_what_is_not_does_not() -> None:
    """The next owner of the partition knows what was committed with its pages, and nothing else."""
    shelf = Shelf()
    before = memory(shelf)
    before.is_repeat(an_envelope("a", 1))
    before.is_repeat(an_envelope("b", 2))
    before.messages({PARTITION: 2})
    before.committed({PARTITION: 2})
    after = memory(shelf)

    assert after.is_repeat(an_envelope("a", 3))
    assert not after.is_repeat(an_envelope("b", 2))


def test_an_aborted_transaction_is_written_again() -> None:
    """Pages whose transaction failed are in the next one, as they were."""
    repeats = memory(Shelf())
    repeats.is_repeat(an_envelope("a", 1))
    first, second = repeats.messages({PARTITION: 2}), repeats.messages({PARTITION: 2})
    repeats.committed({PARTITION: 2})

    assert first == second
    assert repeats.messages({PARTITION: 2}) == []


def test_a_memory_smaller_than_what_is_in_flight_still_writes_everything() -> None:
    """What is forgotten before its answer is committed, and comes again, stands where it came first."""
    shelf = Shelf()
    repeats = memory(shelf, PAGE_ENTRIES)
    in_flight = [f"id-{number}" for number in range(4 * PAGE_ENTRIES)]
    first = [repeats.is_repeat(an_envelope(event_id, offset)) for offset, event_id in enumerate(in_flight)]
    again = repeats.is_repeat(an_envelope("id-50", len(in_flight)))
    repeats.messages({PARTITION: 100})
    repeats.committed({PARTITION: 100})
    after = memory(shelf, PAGE_ENTRIES)

    assert (set(first), again) == ({False}, True)
    assert after.is_repeat(an_envelope("id-50", len(in_flight)))
    assert after.is_repeat(an_envelope("id-99", len(in_flight) + 1))


def test_a_replayed_dead_letter_is_answered() -> None:
    """Nobody answered it before, whatever else has its event_id; it counts as answered from now on."""
    repeats = memory(Shelf())
    replayed: Headers = [("ts-origin-topic", b"ticket-created")]
    repeats.is_repeat(an_envelope("a", 1))

    assert not repeats.is_repeat(an_envelope("a", 2, headers=replayed))
    assert not repeats.is_repeat(an_envelope("b", 3, headers=replayed))
    assert repeats.is_repeat(an_envelope("b", 4))


def test_other_topics_pass() -> None:
    """The queue's records ask for a later answer to a ticket that is known."""
    repeats = Repeats(CREATED, 1000, Shelf())
    envelope = an_envelope("a", 1, topic=QUEUE)
    repeats.prepare([envelope.partition])

    assert not repeats.is_repeat(envelope)
    assert not repeats.is_repeat(an_envelope("a", 2, topic=QUEUE))


def test_no_memory_lets_everything_pass() -> None:
    """With 0 nothing is remembered and nothing written."""
    repeats = memory(Shelf(), remembered=0)

    assert not any(repeats.is_repeat(an_envelope("a", offset)) for offset in (1, 2))
    assert repeats.messages({PARTITION: 3}) == []


def test_a_partition_that_went_is_loaded_again() -> None:
    """What another member has answered meanwhile is known when the partition comes back."""
    shelf = Shelf()
    ours, theirs = memory(shelf), memory(shelf)
    ours.forget([PARTITION])
    answered(theirs, "a", 1)
    ours.prepare([PARTITION])

    assert not answered(ours, "a", 2)


def test_the_memory_and_its_pages_are_bounded() -> None:
    """After many more tickets than are remembered, the newest are known, the oldest not, and keys do not grow."""
    shelf = Shelf()
    repeats = memory(shelf)
    for offset in range(10 * PAGE_ENTRIES):
        assert answered(repeats, f"id-{offset}", offset)
    reborn = memory(shelf)
    newest = range(8 * PAGE_ENTRIES, 10 * PAGE_ENTRIES)

    assert len(shelf.kept) == 3
    for each in (repeats, reborn):
        assert all(each.is_repeat(an_envelope(f"id-{offset}", 99_999)) for offset in newest)
    assert not repeats.is_repeat(an_envelope("id-0", 99_999))
    assert not reborn.is_repeat(an_envelope("id-0", 99_999))


@given(
    steps=st.lists(st.tuples(st.integers(0, 30), st.sampled_from(["commit", "abort", "die", "hold"])), max_size=120),
    page_limit=st.integers(1, 3),
)
def test_within_its_memory_each_event_id_is_answered_once(steps: list[tuple[int, str]], page_limit: int) -> None:
    """Whatever dies or aborts when, what is committed holds each id once."""
    shelf = Shelf()
    repeats = memory(shelf, page_limit * PAGE_ENTRIES)
    log = [f"id-{number}" for number, _ in steps]
    committed: list[str] = []
    position = next_offset = 0
    pending: list[str] = []
    for _, what in steps:
        event_id = log[position]
        if not repeats.is_repeat(an_envelope(event_id, position)):
            pending.append(event_id)
        position += 1
        match what:
            case "commit":
                repeats.messages({PARTITION: position})
                repeats.committed({PARTITION: position})
                committed += pending
                pending, next_offset = [], position
            case "abort":
                kept = dict(shelf.kept)
                repeats.messages({PARTITION: position})
                # The topic keeps nothing of an aborted transaction.
                shelf.kept = kept
            case "die":
                repeats, position, pending = memory(shelf, page_limit * PAGE_ENTRIES), next_offset, []
            case _:
                pass
        if position >= len(log):
            break

    assert len(committed) == len(set(committed))
    assert set(committed) == set(log[:next_offset])


@given(st.binary(max_size=24 * PAGE_ENTRIES), st.integers(0, 2**63))
def test_a_page_comes_back_as_it_was_written(entries: bytes, number: int) -> None:
    """As the value of a record."""
    assert decoded(encoded(Page(number, entries))) == Page(number, entries)
