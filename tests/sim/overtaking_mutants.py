"""The categorizer with one mistake each in how answers overtake: what the tests here must notice."""

from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from consumer.bad_records.quarantine import Quarantine
from consumer.categorizer.envelope import Done, Envelope, Repeat
from consumer.categorizer.loop import Categorizer
from consumer.categorizer.outbox import Committed, Flooded, Kept, Outbox
from consumer.categorizer.repeats import Page, PageStore, Repeats, Seen
from consumer.categorizer.window import Taken, Window, _Lane
from consumer.kafka.committer import Committer
from consumer.kafka.records import Message, TopicPartition
from tests.sim.process import Make

Offsets = Mapping[TopicPartition, int]
Metadata = Mapping[TopicPartition, str]
IsWritten = Callable[[], bool] | None


def notes_no_overtaker() -> Make:
    """What was answered ahead of the offset is not noted with the answers."""

    class Broken(Outbox):
        def add(self, taken: Taken, now: float) -> None:
            super().add(taken, now)
            seen = self._repeats._seen
            passed = {id(envelope) for envelope in taken.passed}
            for envelope in taken.finished:
                if id(envelope) not in passed and envelope.partition in seen:
                    seen[envelope.partition]._coming.pop(envelope.record.position.offset, None)

    return Make(breaks=lambda categorizer: _becomes(categorizer._outbox, Broken))


def notes_before_the_transaction() -> Make:
    """The notes go into a transaction of their own, before that of the answers."""

    class Broken(Outbox):
        def commit(
            self, now: float, now_ms: int, holds: Callable[[TopicPartition], bool]
        ) -> Committed | Kept | Flooded:
            self._committer.commit(self._repeats.messages(self._envelopes), {})
            return super().commit(now, now_ms, holds)

    return Make(breaks=lambda categorizer: _becomes(categorizer._outbox, Broken))


def notes_after_the_transaction() -> Make:
    """The notes go into a transaction of their own, after that of the answers."""
    notes: list[Message] = []

    class Late(Repeats):
        def messages(self, envelopes: Iterable[Envelope]) -> list[Message]:
            notes[:] = super().messages(envelopes)
            return []

    class Broken(Outbox):
        def commit(
            self, now: float, now_ms: int, holds: Callable[[TopicPartition], bool]
        ) -> Committed | Kept | Flooded:
            outcome = super().commit(now, now_ms, holds)
            if isinstance(outcome, Committed):
                self._committer.commit(notes, {})
            return outcome

    def breaks(categorizer: Categorizer) -> None:
        _with_repeats(Late)(categorizer)
        _becomes(categorizer._outbox, Broken)

    return Make(breaks=breaks)


def writes_over_earlier_notes() -> Make:
    """Each transaction writes the page as it was when the partition came, with its own notes alone behind that."""

    class Broken(Seen):
        def written(self, offsets: Sequence[int]) -> None:
            opened = self._open
            super().written(offsets)
            self._open = opened

    return Make(breaks=_with_seen(Broken))


def shifts_notes_by_one() -> Make:
    """A note names the offset after that of its record."""

    class Broken(Seen):
        def _coming_at(self, offsets: Iterable[int]) -> Iterator[tuple[int, bytes]]:
            return ((offset + 1, key) for offset, key in super()._coming_at(offsets))

    return Make(breaks=_with_seen(Broken))


def flips_a_bit_of_notes() -> Make:
    """A note names an event_id that differs in one bit."""

    class Broken(Seen):
        def _coming_at(self, offsets: Iterable[int]) -> Iterator[tuple[int, bytes]]:
            return ((offset, bytes([key[0] ^ 1]) + key[1:]) for offset, key in super()._coming_at(offsets))

    return Make(breaks=_with_seen(Broken))


def keeps_notes_of_partitions_that_go() -> Make:
    """The notes of a partition that another member had meanwhile are not loaded anew."""

    class Broken(Repeats):
        def forget(self, _: Iterable[TopicPartition]) -> None:
            pass

    return Make(breaks=_with_repeats(Broken))


def leaves_out_offsets_that_stand() -> Make:
    """A transaction in which no offset moves names none: the group does not notice whom it comes from."""

    class Broken(Outbox):
        def add(self, taken: Taken, now: float) -> None:
            super().add(taken._replace(first_offsets={}), now)

    return Make(breaks=lambda categorizer: _becomes(categorizer._outbox, Broken))


def commits_the_record_that_is_waited_for() -> Make:
    """With what overtakes it, the offset moves by one."""

    class Broken(Outbox):
        def add(self, taken: Taken, now: float) -> None:
            firsts = {partition: offset + 1 for partition, offset in taken.first_offsets.items()}
            super().add(taken._replace(first_offsets=firsts), now)

    return Make(breaks=lambda categorizer: _becomes(categorizer._outbox, Broken))


def reads_the_notes_of_another_partition() -> Make:
    """The next owner of a partition loads the notes of another partition."""

    class Broken(Repeats):
        def prepare(self, first_offsets: Offsets) -> None:
            store, self._store = self._store, _Neighbour(self._store)
            super().prepare(first_offsets)
            self._store = store

    return Make(breaks=_with_repeats(Broken))


def reads_no_notes() -> Make:
    """The next owner of a partition does not know what was answered ahead of the offset."""

    class Broken(Repeats):
        def _kept(self, _: Collection[Page]) -> list[Page]:
            return []

    return Make(breaks=_with_repeats(Broken))


def believes_offsets_of_notes() -> Make:
    """A record at a noted offset counts as answered, whatever its event_id is."""

    class Broken(Seen):
        def judge(self, event_id: str, offset: int) -> Repeat | Done | None:
            return Done() if offset in self._ahead.values() else super().judge(event_id, offset)

    return Make(breaks=_with_seen(Broken))


def swaps_records_of_a_ticket() -> Make:
    """The record of a ticket that is finished first goes first."""

    class Broken(Window):
        def finished(self, envelopes: Iterable[Envelope]) -> None:
            for envelope in envelopes:
                if not envelope.dropped and not envelope.given:
                    waiting = self._lanes[envelope.partition].tickets.get(envelope.decoded["ticket_id"])
                    if isinstance(waiting, deque):
                        waiting.remove(envelope)
                        waiting.appendleft(envelope)
                super().finished([envelope])

    return Make(breaks=lambda categorizer: _becomes(categorizer._in_flight._window, Broken))


def overtakes_without_bounds() -> Make:
    """However far it is from the offset, an answer is committed."""

    class Broken(_Lane):
        __slots__ = ()

        def next_overtaker(self) -> Envelope | None:
            self._span = 10**9
            return super().next_overtaker()

    class Careless(Window):
        def add(self, envelope: Envelope) -> None:
            super().add(envelope)
            _becomes(self._lanes[envelope.partition], Broken)

    return Make(breaks=lambda categorizer: _becomes(categorizer._in_flight._window, Careless))


def trusts_offsets_alone() -> Make:
    """In doubt only the offsets are looked at, also when none moves."""

    class Broken(Committer):
        def _found_committed(self, offsets: Offsets, _: IsWritten) -> bool:
            return super()._found_committed(offsets, None)

    return Make(committer=Broken)


def wipes_markers() -> Make:
    """A commit in which the offset stands takes the marker beside it away."""

    class Broken(Quarantine):
        def standing(self, _: Offsets) -> Metadata:
            return {}

    return Make(breaks=lambda categorizer: _becomes(categorizer._quarantine, Broken))


class _Neighbour(NamedTuple):
    """Gives the pages of one partition for those of another."""

    store: PageStore

    def load(self, partitions: Collection[TopicPartition]) -> Mapping[TopicPartition, list[Page]]:
        others = {(topic, number): (topic, (number + 1) % 3) for topic, number in partitions}
        found = self.store.load(others.values())
        return {partition: found[other] for partition, other in others.items()}

    def message(self, partition: TopicPartition, index: int, page: Page) -> Message:
        return self.store.message(partition, index, page)


def _with_repeats(broken: type[Repeats]) -> Callable[[Categorizer], None]:
    return lambda categorizer: _becomes(categorizer._outbox._repeats, broken)


def _with_seen(broken: type[Seen]) -> Callable[[Categorizer], None]:
    class Broken(Repeats):
        def prepare(self, first_offsets: Offsets) -> None:
            super().prepare(first_offsets)
            for seen in self._seen.values():
                _becomes(seen, broken)

    return _with_repeats(Broken)


def _becomes(part: object, broken: type[object]) -> None:
    part.__class__ = broken
