"""What one transaction commits, where answers overtake."""

from collections.abc import Callable, Collection, Mapping, Sequence
from enum import Enum, auto
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import pytest

from consumer.answer.cache import finished_answer
from consumer.bad_records.dead_letter import DeadLetter, DeadLetterWriter
from consumer.bad_records.flood import Flood, Limits
from consumer.bad_records.markers import Markers
from consumer.bad_records.offset_metadata import OffsetMetadata, parse
from consumer.bad_records.quarantine import Quarantine
from consumer.categorizer.envelope import Envelope
from consumer.categorizer.outbox import Committed, Flooded, Guard, Kept, Outbox, Room
from consumer.categorizer.output import AuditSample, Output
from consumer.categorizer.repeats import PAGE_ENTRIES, Page, Repeats, decoded, encoded
from consumer.categorizer.window import Window
from consumer.kafka.committer import Committer
from consumer.kafka.offsets import NO_METADATA, CommittedOffset
from consumer.kafka.records import Message, TopicPartition
from consumer.kafka.transactions import Outcome
from schemas.categorized import CategorizedEncoder
from tests.support.consumer_parts import CREATED, OUTPUTS, a_record, a_ticket
from tests.support.event_examples import ANSWER

if TYPE_CHECKING:
    from consumer.kafka.transactions import Transactions

ONE, OTHER = (CREATED, 0), (CREATED, 1)
PAGES = "ticket-repeats"
ENCODER = CategorizedEncoder("json", "ticket-categorized")
MUCH = 10**9
NO_LIMITS = Limits(run=0, share=0)
# Longer than any pause of the outbox.
LATER_S = 100.0


class Fate(Enum):
    """Of a transaction."""

    COMMITTED = auto()
    ABORTED = auto()
    COMMITTED_IN_DOUBT = auto()
    ABORTED_IN_DOUBT = auto()


class Transaction(NamedTuple):
    """What was to be committed."""

    messages: list[Message]
    offsets: dict[TopicPartition, int]
    metadata: dict[TopicPartition, str]

    @property
    def tickets(self) -> list[str]:
        """The keys of answers and letters."""
        return [(message.key or b"").decode() for message in self.messages if message.topic != PAGES]


class Broker:
    """Stands where transactions and the group member would; keeps what the committed transactions hold."""

    def __init__(self) -> None:
        self.fates: list[Fate] = []
        self.tried: list[Transaction] = []
        self.pages: dict[bytes | None, Page] = {}
        self.offsets: dict[TopicPartition, int] = {}
        self.asked: list[str] = []

    def open(self) -> None:
        self.asked.append("open")

    def group_metadata(self) -> None:
        return None

    def commit(
        self,
        messages: Sequence[Message],
        offsets: Mapping[TopicPartition, int],
        _: Any,
        metadata: Mapping[TopicPartition, str] = NO_METADATA,
    ) -> Outcome:
        self.tried.append(Transaction(list(messages), dict(offsets), dict(metadata)))
        fate = self.fates.pop(0) if self.fates else Fate.COMMITTED
        if fate in {Fate.COMMITTED, Fate.COMMITTED_IN_DOUBT}:
            self.offsets.update(offsets)
            self.pages.update((one.key, decoded(one.value)) for one in messages if one.topic == PAGES and one.value)
        if fate in {Fate.COMMITTED_IN_DOUBT, Fate.ABORTED_IN_DOUBT}:
            return Outcome.IN_DOUBT
        return Outcome.COMMITTED if fate is Fate.COMMITTED else Outcome.ABORTED

    def has_committed(self, offsets: Mapping[TopicPartition, int]) -> bool:
        self.asked.append("offsets")
        return all(self.offsets.get(partition, 0) >= offset for partition, offset in offsets.items())


class Pages:
    """The pages that the broker keeps."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker

    def load(self, partitions: Collection[TopicPartition]) -> Mapping[TopicPartition, list[Page]]:
        self._broker.asked.append("pages")
        return {
            partition: [page for key, page in self._broker.pages.items() if (key or b"").startswith(_key(partition))]
            for partition in partitions
        }

    def message(self, partition: TopicPartition, place: int, page: Page) -> Message:
        return Message(PAGES, _key(partition) + str(place).encode(), encoded(page))


def _key(partition: TopicPartition) -> bytes:
    return f"{partition[1]}|".encode()


class Told:
    """A guard that remembers what it was told and asked."""

    def __init__(self) -> None:
        self.handed: list[set[TopicPartition]] = []
        self.asked: list[set[TopicPartition]] = []

    def handled(self, partitions: Collection[TopicPartition]) -> None:
        self.handed.append(set(partitions))

    def standing(self, offsets: Mapping[TopicPartition, int]) -> Mapping[TopicPartition, str]:
        self.asked.append(set(offsets))
        return {partition: f"until={partition[1] + 70}" for partition in offsets}


class Worker:
    """A window and an outbox, as the categorizer's loop has them."""

    def __init__(self, limits: Limits = NO_LIMITS, guard: Callable[[Flood], Guard] | None = None) -> None:
        self.broker = Broker()
        self.told = Told()
        self.flood = Flood(limits, lambda _: 0)
        self.repeats = Repeats(CREATED, PAGE_ENTRIES, Pages(self.broker))
        self.window = Window(self.repeats.span)
        output = Output(OUTPUTS, ENCODER, AuditSample(0.0, ""), DeadLetterWriter("ticket-dead-letter", "group", "1"))
        committer = Committer(self.broker, cast("Transactions", self.broker), 5)
        self.outbox = Outbox(committer, output, self.repeats, self.flood, guard(self.flood) if guard else self.told)
        self._now = 0.0

    def read(self, partition: TopicPartition, offset: int, *, bad: bool = False) -> Envelope:
        """Take a record in."""
        ticket_id = f"T-{partition[1]}-{offset}"
        record = a_record(offset, partition=partition[1], key=ticket_id.encode())
        envelope = Envelope(record, record.position, 0, 0.0, 0)
        self.repeats.prepare({partition: offset})
        if bad:
            envelope.outcome = DeadLetter("bad_framing", "")
        else:
            envelope.ticket = a_ticket(ticket_id=ticket_id, event_id=f"e-{partition[1]}-{offset}")
            assert self.repeats.judge(envelope) is None
        self.window.add(envelope)
        return envelope

    def answer(self, *envelopes: Envelope) -> None:
        """These are answered; what may go is in the outbox afterwards."""
        for envelope in envelopes:
            envelope.outcome = finished_answer(ANSWER, ENCODER.answer)
        self.window.finished(envelopes)
        self.outbox.add(self.window.take(MUCH, MUCH), self._now)

    def commit(self) -> Committed | Kept | Flooded:
        self._now += LATER_S
        self.broker.asked.clear()
        return self.outbox.commit(self._now, 0, self.window.holds)

    @property
    def last(self) -> Transaction:
        return self.broker.tried[-1]


@pytest.fixture
def worker() -> Worker:
    return Worker()


def _remembered(worker: Worker) -> list[int]:
    return [offset for page in worker.broker.pages.values() for _, offset in page.read()]


def test_overtakers_alone_commit_the_offset_where_it_stands(worker: Worker) -> None:
    """What stands beside it stays; nothing is handled, and no offset has moved."""
    worker.read(ONE, 5)
    fast = worker.read(ONE, 8)
    worker.answer(fast)

    assert worker.commit() == Committed([fast], {})
    assert (worker.last.offsets, worker.last.metadata) == ({ONE: 5}, {ONE: "until=70"})
    assert (worker.told.handed, worker.told.asked) == ([set()], [{ONE}])
    assert (worker.last.tickets, _remembered(worker)) == (["T-0-8"], [8])
    assert not worker.outbox


def test_the_prefix_passes_what_was_committed_and_writes_it_no_more(worker: Worker) -> None:
    """The offset goes behind it, and nothing stands beside it any more."""
    slow, fast = worker.read(ONE, 5), worker.read(ONE, 8)
    worker.answer(fast)
    worker.commit()
    worker.answer(slow)

    assert worker.commit() == Committed([slow], {ONE: 9})
    assert (worker.last.offsets, worker.last.metadata) == ({ONE: 9}, {})
    assert (worker.told.handed[-1], worker.told.asked[-1]) == ({ONE}, set())
    assert (worker.last.tickets, _remembered(worker)) == (["T-0-5"], [8, 5])


def test_a_partition_moves_beside_one_that_stands(worker: Worker) -> None:
    """Each has its offset in the transaction; the guard is told of the one and asked about the other."""
    worker.read(ONE, 5)
    fast, only = worker.read(ONE, 6), worker.read(OTHER, 3)
    worker.answer(fast, only)

    assert worker.commit() == Committed([only, fast], {OTHER: 4})
    assert (worker.last.offsets, worker.last.metadata) == ({ONE: 5, OTHER: 4}, {ONE: "until=70"})
    assert (worker.told.handed, worker.told.asked) == ([{OTHER}], [{ONE}])


def test_an_offset_that_moves_before_the_commit_is_not_committed_where_it_stood(worker: Worker) -> None:
    """The overtaker waited in the outbox, and what it had overtaken came after it."""
    slow, fast = worker.read(ONE, 5), worker.read(ONE, 6)
    worker.answer(fast)
    worker.broker.fates = [Fate.ABORTED]
    kept = worker.commit()
    worker.answer(slow)

    assert kept == Kept()
    assert worker.commit() == Committed([fast, slow], {ONE: 7})
    assert [(one.offsets, one.tickets) for one in worker.broker.tried] == [
        ({ONE: 5}, ["T-0-6"]),
        ({ONE: 7}, ["T-0-6", "T-0-5"]),
    ]
    assert _remembered(worker) == [6, 5]


@pytest.mark.parametrize("fate", [Fate.COMMITTED_IN_DOUBT, Fate.ABORTED_IN_DOUBT])
def test_where_no_offset_moves_the_pages_end_a_doubt(worker: Worker, fate: Fate) -> None:
    """The offset was committed before, whatever became of the transaction. What was aborted is written again."""
    worker.read(ONE, 5)
    fast, more = worker.read(ONE, 6), worker.read(ONE, 7)
    worker.answer(fast)
    worker.commit()
    worker.answer(more)
    worker.broker.fates = [fate]
    doubtful = worker.commit()
    asked = list(worker.broker.asked)
    if isinstance(doubtful, Kept):
        doubtful = worker.commit()

    assert asked == ["open", "pages"]
    assert doubtful == Committed([more], {})
    assert [one.tickets for one in worker.broker.tried] == [
        ["T-0-6"],
        *[["T-0-7"]] * (1 if fate is Fate.COMMITTED_IN_DOUBT else 2),
    ]
    assert _remembered(worker) == [6, 7]


@pytest.mark.parametrize("fate", [Fate.COMMITTED_IN_DOUBT, Fate.ABORTED_IN_DOUBT])
def test_where_an_offset_moves_it_ends_a_doubt(worker: Worker, fate: Fate) -> None:
    """One is enough: it is in the same transaction as the overtakers of other partitions."""
    worker.read(ONE, 5)
    fast, only = worker.read(ONE, 6), worker.read(OTHER, 3)
    worker.answer(fast, only)
    worker.broker.fates = [fate]
    outcome = worker.commit()

    assert worker.broker.asked == ["open", "offsets"]
    assert isinstance(outcome, Committed) == (fate is Fate.COMMITTED_IN_DOUBT)
    assert _remembered(worker) == ([3, 6] if isinstance(outcome, Committed) else [])


def test_without_a_doubt_nothing_is_asked(worker: Worker) -> None:
    """Neither the pages nor the offsets."""
    worker.read(ONE, 5)
    worker.answer(worker.read(ONE, 6))
    worker.broker.fates = [Fate.ABORTED]

    assert (worker.commit(), worker.broker.asked) == (Kept(), [])
    assert (isinstance(worker.commit(), Committed), worker.broker.asked) == (True, [])


def test_the_takeover_marker_stands_while_nothing_but_overtakers_is_committed() -> None:
    """Should the process crash on what it holds, the next owner knows; the first offset that moves takes it back."""
    store = _Offsets()
    made: list[Quarantine] = []

    def guard(flood: Flood) -> Quarantine:
        made.append(Quarantine(Markers(store, flood, store)))
        return made[0]

    worker = Worker(guard=guard)
    (quarantine,) = made
    slow, fast, last = (worker.read(ONE, offset) for offset in (5, 6, 7))
    quarantine.let_in([envelope.record for envelope in (slow, fast, last)], {ONE}, 0.0, busy=False)
    written = store.metadata[ONE]
    worker.answer(fast)
    worker.commit()
    standing = worker.last.metadata
    worker.answer(slow)
    worker.commit()

    assert parse(written) == OffsetMetadata(until=8)
    assert standing == {ONE: written}
    assert (worker.last.offsets, worker.last.metadata) == ({ONE: 7}, {})


class _Offsets:
    """Offsets of a group, outside transactions: 5 is committed."""

    def __init__(self) -> None:
        self.metadata: dict[TopicPartition, str] = {}

    def read(self, partitions: Collection[TopicPartition], _: float) -> Mapping[TopicPartition, CommittedOffset]:
        return dict.fromkeys(partitions, CommittedOffset(5, ""))

    def commit(self, offsets: Mapping[TopicPartition, int], metadata: Mapping[TopicPartition, str]) -> bool:
        assert offsets.keys() == metadata.keys()
        self.metadata.update(metadata)
        return True

    def replace(
        self, expected: Mapping[TopicPartition, CommittedOffset], metadata: Mapping[TopicPartition, str]
    ) -> Collection[TopicPartition]:
        self.metadata.update(metadata)
        return expected.keys()


def test_a_good_answer_that_overtook_ends_a_run_of_letters_at_its_place() -> None:
    """Two letters before it and two behind it are no three in a row, although it was committed before them all."""
    worker = Worker(Limits(run=2, share=0))
    slow = worker.read(ONE, 0)
    for offset in (1, 2):
        worker.read(ONE, offset, bad=True)
    fast = worker.read(ONE, 3)
    for offset in (4, 5):
        worker.read(ONE, offset, bad=True)
    worker.answer(fast)
    worker.commit()
    worker.answer(slow)
    outcome = worker.commit()

    assert isinstance(outcome, Committed)
    assert outcome.offsets == {ONE: 6}
    assert parse(worker.last.metadata[ONE]) == OffsetMetadata(run=2, letters=4)


def test_a_good_answer_that_overtook_ends_no_run_before_its_place() -> None:
    """Three letters in a row are one too many, whatever behind them is committed already."""
    worker = Worker(Limits(run=2, share=0))
    slow = worker.read(ONE, 0)
    for offset in (1, 2, 3):
        worker.read(ONE, offset, bad=True)
    fast = worker.read(ONE, 4)
    worker.answer(fast)
    worker.commit()
    worker.answer(slow)
    outcome = worker.commit()

    assert isinstance(outcome, Flooded)
    assert {partition: offset for partition, (offset, _) in outcome.over.items()} == {ONE: 3}
    assert len(worker.broker.tried) == 1


def test_overtakers_leave_the_counts_of_letters_as_they_are() -> None:
    """A run goes on where it was before they were committed."""
    worker = Worker(Limits(run=2, share=0))
    for offset in (0, 1):
        worker.read(ONE, offset, bad=True)
    worker.answer()
    worker.commit()
    worker.read(ONE, 2)
    fast = worker.read(ONE, 3)
    worker.answer(fast)
    worker.commit()
    slow = worker.window.drop([ONE])
    worker.read(ONE, 2, bad=True)
    worker.answer()

    assert len(slow) == 2
    assert worker.flood.with_counts(ONE, OffsetMetadata()) == "run=2 letters=2"
    assert isinstance(worker.commit(), Flooded)


def test_before_a_flood_only_what_stands_before_it_is_committed() -> None:
    """What overtook it and is not committed goes; another partition's overtakers stay, with its offset."""
    worker = Worker(Limits(run=1, share=0))
    slow = worker.read(ONE, 0)
    for offset in (1, 2):
        worker.read(ONE, offset, bad=True)
    beyond = worker.read(ONE, 3)
    worker.read(OTHER, 5)
    other = worker.read(OTHER, 6)
    worker.answer(beyond, other)
    worker.answer(slow)
    flooded = worker.commit()
    assert isinstance(flooded, Flooded)
    worker.window.drop(flooded.over)
    worker.outbox.end_before(flooded.over)
    outcome = worker.commit()

    assert isinstance(outcome, Committed)
    assert outcome.offsets == {ONE: 2}
    assert worker.last.tickets == ["T-1-6", "T-0-0", "T-0-1"]
    assert worker.last.offsets == {ONE: 2, OTHER: 5}
    assert worker.last.metadata == {ONE: "run=1 letters=1", OTHER: "until=71"}
    assert _remembered(worker) == [6, 0]


def test_nothing_behind_the_first_letter_that_is_too_many_is_committed() -> None:
    """Neither an answer that has overtaken, nor the offset of what it has overtaken: the letter stands before both."""
    worker = Worker(Limits(run=1, share=0))
    for offset in (0, 1):
        worker.read(ONE, offset, bad=True)
    worker.read(ONE, 2)
    worker.answer(worker.read(ONE, 3))
    flooded = worker.commit()
    assert isinstance(flooded, Flooded)
    worker.outbox.end_before(flooded.over)
    worker.commit()

    assert worker.outbox.room == Room()
    assert (worker.last.tickets, worker.last.offsets) == (["T-0-0"], {ONE: 1})


def test_what_goes_to_another_member_is_forgotten_with_its_overtakers(worker: Worker) -> None:
    """Nothing of it is in the next transaction: neither an answer, nor its offset, nor its page."""
    worker.read(ONE, 5)
    fast = worker.read(ONE, 6)
    worker.read(OTHER, 3)
    other = worker.read(OTHER, 4)
    worker.answer(fast, other)
    held = worker.outbox.holds([ONE]), worker.outbox.holds([OTHER])
    worker.window.drop([ONE])
    worker.outbox.forget([ONE])
    after = worker.outbox.holds([ONE]), worker.outbox.holds([OTHER])

    assert (held, after) == ((True, True), (False, True))
    assert worker.commit() == Committed([other], {})
    assert (worker.last.offsets, worker.last.metadata) == ({OTHER: 3}, {OTHER: "until=71"})
    assert _remembered(worker) == [4]


def test_what_a_prefix_passed_is_forgotten_too(worker: Worker) -> None:
    """Otherwise an offset would be committed for another member's partition."""
    slow, fast = worker.read(ONE, 5), worker.read(ONE, 6)
    worker.answer(fast)
    worker.commit()
    worker.answer(slow)
    worker.outbox.forget([ONE])

    assert not worker.outbox
    assert not worker.outbox.holds([ONE])
    assert worker.outbox.room == Room()
