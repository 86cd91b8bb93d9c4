"""Repeats on `ticket-created`: the event ids that were answered last, remembered for each partition.

A publisher that does not know whether it was heard writes its ticket again, with the same event_id. The memory is a
ring of pages in a compacted topic, written in the transactions of the answers: it survives every death, moves with
its partition, and is bounded by the number of its keys.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import takewhile
from typing import NamedTuple, Protocol

from consumer.categorizer.digest_ring import DIGEST_BYTES, Digests, digest
from consumer.categorizer.envelope import Envelope
from consumer.kafka.records import Message, TopicPartition

PAGE_ENTRIES = 250
_OFFSET_BYTES = 8
_NUMBER_BYTES = 8
_ENTRY_BYTES = DIGEST_BYTES + _OFFSET_BYTES
_PAGE_BYTES = PAGE_ENTRIES * _ENTRY_BYTES
# On a record that was a dead letter and is tried again: nobody answered it before.
_REPLAYED = "ts-origin-topic"


class Page(NamedTuple):
    """Event ids in the order in which they were answered: 16 bytes of digest and 8 of offset for each.

    Attributes:
        number: counts the pages of a partition from 0.
        entries: at most `PAGE_ENTRIES`; only the newest page has fewer.
    """

    number: int
    entries: bytes


class PageStore(Protocol):
    """Where pages are kept: the compacted topic, or a fake in tests."""

    def load(self, partitions: Collection[TopicPartition]) -> Mapping[TopicPartition, list[Page]]:
        """All pages that are committed for these partitions, in any order."""
        ...

    def message(self, partition: TopicPartition, index: int, page: Page) -> Message:
        """The record that keeps a page; it replaces the earlier page at this index of the ring."""
        ...


class Seen:
    """The memory of one partition: what was answered, and what is on its way to be.

    Args:
        remembered: how many event ids; a multiple of `PAGE_ENTRIES`.
        pages: what is committed.
    """

    def __init__(self, remembered: int, pages: Iterable[Page] = ()) -> None:
        self._answered = Digests(remembered)
        # In the order of their offsets.
        self._coming: dict[bytes, int] = {}
        newest = Page(0, b"")
        for page in sorted(pages):
            newest = page
            for begin in range(0, len(page.entries), _ENTRY_BYTES):
                self._answered.add(page.entries[begin : begin + DIGEST_BYTES])
        self._open = newest if len(newest.entries) < _PAGE_BYTES else Page(newest.number + 1, b"")

    def is_repeat(self, event_id: str, offset: int) -> bool:
        """Whether this event_id is answered, or another record's to answer; if neither, it is this one's from now on.

        A record that is read again before its answer is committed is no repeat. Afterwards it is: the group's offsets
        have gone back, and its answer is there.
        """
        key = digest(event_id)
        if not self._knows(key):
            self._note(key, offset)
            return False
        return self._coming.get(key) != offset

    def note(self, event_id: str, offset: int) -> None:
        """Remember a record that is answered in any case."""
        key = digest(event_id)
        if not self._knows(key):
            self._note(key, offset)

    def _knows(self, key: bytes) -> bool:
        # A memory smaller than what is in flight forgets what is still coming.
        return key in self._answered or key in self._coming

    def pages(self, before: int) -> list[Page]:
        """What to write in the transaction that commits everything before this offset."""
        entries = self._open.entries + b"".join(
            [key + offset.to_bytes(_OFFSET_BYTES, "big") for key, offset in self._first(before)]
        )
        if len(entries) == len(self._open.entries):
            return []
        return [
            Page(self._open.number + number, entries[begin : begin + _PAGE_BYTES])
            for number, begin in enumerate(range(0, len(entries), _PAGE_BYTES))
        ]

    def written(self, before: int) -> None:
        """That transaction is committed."""
        for page in self.pages(before):
            self._open = page if len(page.entries) < _PAGE_BYTES else Page(page.number + 1, b"")
        for key, _ in list(self._first(before)):
            del self._coming[key]

    def _first(self, before: int) -> Iterator[tuple[bytes, int]]:
        return takewhile(lambda entry: entry[1] < before, self._coming.items())

    def _note(self, key: bytes, offset: int) -> None:
        self._answered.add(key)
        self._coming[key] = offset


class Repeats:
    """The memories of the partitions that this worker reads. Not thread-safe.

    Args:
        created: the topic whose repeats are told apart; every other topic may repeat.
        remembered: event ids per partition, rounded up to whole pages; 0 lets every repeat pass.
        store: where the pages are kept.
    """

    def __init__(self, created: str, remembered: int, store: PageStore) -> None:
        self._created = created
        # One page more than remembered: the newest is not full.
        self._full_pages = -(-remembered // PAGE_ENTRIES)
        self._store = store
        self._seen: dict[TopicPartition, Seen] = {}

    def prepare(self, partitions: Iterable[TopicPartition]) -> None:
        """Load what is committed for partitions whose first records came.

        Not when they are assigned: only a record proves that the transactions of the earlier owner are over.

        Raises:
            BrokerTrouble: it could not be read.
        """
        new = {partition for partition in partitions if partition[0] == self._created and partition not in self._seen}
        if new and self._full_pages:
            for partition, pages in self._store.load(new).items():
                newest = max((page.number for page in pages), default=0)
                kept = [page for page in pages if page.number >= newest - self._full_pages]
                self._seen[partition] = Seen(self._full_pages * PAGE_ENTRIES, kept)

    def is_repeat(self, envelope: Envelope) -> bool:
        """Whether the envelope's ticket was answered before; if not, it counts as answered from now on."""
        seen = self._seen.get(envelope.partition)
        if seen is None or envelope.ticket is None:
            return False
        event_id, offset = envelope.ticket["event_id"], envelope.record.position.offset
        if envelope.record.headers and envelope.record.header(_REPLAYED) is not None:
            seen.note(event_id, offset)
            return False
        return seen.is_repeat(event_id, offset)

    def messages(self, offsets: Mapping[TopicPartition, int]) -> list[Message]:
        """What to write in the transaction that commits these offsets."""
        return [
            self._store.message(partition, page.number % (self._full_pages + 1), page)
            for partition, before in offsets.items()
            if (seen := self._seen.get(partition)) is not None
            for page in seen.pages(before)
        ]

    def committed(self, offsets: Mapping[TopicPartition, int]) -> None:
        """That transaction is committed."""
        for partition, before in offsets.items():
            if (seen := self._seen.get(partition)) is not None:
                seen.written(before)

    def forget(self, partitions: Iterable[TopicPartition]) -> None:
        """These belong to another member; should they come back, they are loaded again."""
        for partition in partitions:
            self._seen.pop(partition, None)


def encoded(page: Page) -> bytes:
    """A page as a record's value."""
    return page.number.to_bytes(_NUMBER_BYTES, "big") + page.entries


def decoded(value: bytes) -> Page:
    """A page from a record's value."""
    return Page(int.from_bytes(value[:_NUMBER_BYTES], "big"), value[_NUMBER_BYTES:])
