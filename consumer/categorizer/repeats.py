"""Repeats on `ticket-created`: the event ids that were answered last, remembered for each partition.

A publisher that does not know whether it was heard writes its ticket again, with the same event_id. The memory is a
ring of pages in a compacted topic, written in the transactions of the answers: it survives every death, moves with
its partition, and is bounded by the number of its keys.

It also says which records beyond the committed offset were answered, ahead of slower ones. Their next owner reads them
again, and finds them here.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple, Protocol

import structlog

from consumer.categorizer.digest_ring import DIGEST_BYTES, Digests, digest
from consumer.categorizer.envelope import Done, Envelope, Repeat
from consumer.kafka.records import Message, TopicPartition

log = structlog.get_logger()

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

    def read(self) -> Iterator[tuple[bytes, int]]:
        """The digests with their offsets."""
        for begin in range(0, len(self.entries), _ENTRY_BYTES):
            middle, end = begin + DIGEST_BYTES, begin + _ENTRY_BYTES
            yield self.entries[begin:middle], int.from_bytes(self.entries[middle:end], "big")


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
        first: offset of the first record that comes.

    Attributes:
        ahead: how many records from the first on were answered before.
    """

    def __init__(self, remembered: int, pages: Iterable[Page] = (), first: int = 0) -> None:
        self._answered = Digests(remembered)
        # By offset, of records that were let through and are not committed; and the same by event id.
        self._coming: dict[int, bytes] = {}
        self._offsets: dict[bytes, int] = {}
        self._ahead: dict[bytes, int] = {}
        newest = Page(0, b"")
        for page in sorted(pages):
            newest = page
            for key, offset in page.read():
                self._answered.add(key)
                if offset >= first:
                    self._ahead[key] = offset
        self.ahead = len(self._ahead)
        self._open = newest if len(newest.entries) < _PAGE_BYTES else Page(newest.number + 1, b"")

    def judge(self, event_id: str, offset: int) -> Repeat | Done | None:
        """Whether this event_id is answered, or another record's to answer; if neither, it is this one's from now on.

        A record that is read again before its answer is committed is no repeat. Afterwards it is done: it was answered
        ahead of slower ones, or the group's offsets have gone back, and its answer is there.
        """
        key = digest(event_id)
        if not self._knows(key):
            self._note(key, offset)
            return None
        if self._offsets.get(key) == offset:
            return None
        return Done() if self._ahead.get(key) == offset else Repeat()

    def note(self, event_id: str, offset: int) -> None:
        """Remember a record that is answered in any case."""
        key = digest(event_id)
        if not self._knows(key):
            self._note(key, offset)

    def _knows(self, key: bytes) -> bool:
        # A memory smaller than what is in flight forgets what is still coming.
        return key in self._answered or key in self._offsets

    def pages(self, offsets: Iterable[int]) -> list[Page]:
        """What to write in the transaction that commits what came of the records at these offsets."""
        entries = self._open.entries + b"".join(
            [key + offset.to_bytes(_OFFSET_BYTES, "big") for offset, key in self._coming_at(offsets)]
        )
        if len(entries) == len(self._open.entries):
            return []
        return [
            Page(self._open.number + number, entries[begin : begin + _PAGE_BYTES])
            for number, begin in enumerate(range(0, len(entries), _PAGE_BYTES))
        ]

    def written(self, offsets: Sequence[int]) -> None:
        """That transaction is committed."""
        for page in self.pages(offsets):
            self._open = page if len(page.entries) < _PAGE_BYTES else Page(page.number + 1, b"")
        for offset in offsets:
            if (key := self._coming.pop(offset, None)) is not None:
                del self._offsets[key]

    def _coming_at(self, offsets: Iterable[int]) -> Iterator[tuple[int, bytes]]:
        return ((offset, key) for offset in offsets if (key := self._coming.get(offset)) is not None)

    def _note(self, key: bytes, offset: int) -> None:
        self._answered.add(key)
        self._coming[offset] = key
        self._offsets[key] = offset


class Repeats:
    """The memories of the partitions that this worker reads. Not thread-safe.

    Args:
        created: the topic whose repeats are told apart; every other topic may repeat.
        remembered: event ids per partition, rounded up to whole pages; 0 lets every repeat pass.
        store: where the pages are kept.

    Attributes:
        span: how far beyond the committed offset a record may be answered, in records. While the offset stands as many
            before it and as many behind it may be answered after that record, and it is remembered still.
    """

    def __init__(self, created: str, remembered: int, store: PageStore) -> None:
        self._created = created
        # One page more than remembered: the newest is not full.
        self._full_pages = -(-remembered // PAGE_ENTRIES)
        self.span = self._full_pages * PAGE_ENTRIES // 2
        self._store = store
        self._seen: dict[TopicPartition, Seen] = {}

    def prepare(self, first_offsets: Mapping[TopicPartition, int]) -> None:
        """Load what is committed for partitions whose first records came.

        Not when they are assigned: only a record proves that the transactions of the earlier owner are over.

        Args:
            first_offsets: per partition the offset of the first record.

        Raises:
            BrokerTrouble: it could not be read.
        """
        new = {
            partition for partition in first_offsets if partition[0] == self._created and partition not in self._seen
        }
        if new and self._full_pages:
            for partition, pages in self._store.load(new).items():
                first = first_offsets[partition]
                seen = self._seen[partition] = Seen(self._full_pages * PAGE_ENTRIES, self._kept(pages), first)
                log.info("repeats.loaded", topic=partition[0], partition=partition[1], offset=first, ahead=seen.ahead)

    def judge(self, envelope: Envelope) -> Repeat | Done | None:
        """Whether the envelope's ticket was answered before; if not, it counts as answered from now on.

        A ticket that is answered for the first time, and is known here from now on, is marked as such.
        """
        seen = self._seen.get(envelope.partition)
        if seen is None or envelope.ticket is None:
            return None
        event_id, offset = envelope.ticket["event_id"], envelope.record.position.offset
        if envelope.record.headers and envelope.record.header(_REPLAYED) is not None:
            seen.note(event_id, offset)
            return None
        outcome = seen.judge(event_id, offset)
        envelope.is_first = outcome is None
        return outcome

    def messages(self, envelopes: Iterable[Envelope]) -> list[Message]:
        """What to write in the transaction that commits what came of these."""
        return [
            self._store.message(partition, page.number % (self._full_pages + 1), page)
            for partition, offsets in _offsets(envelopes).items()
            if (seen := self._seen.get(partition)) is not None
            for page in seen.pages(offsets)
        ]

    def committed(self, envelopes: Iterable[Envelope]) -> None:
        """That transaction is committed."""
        for partition, offsets in _offsets(envelopes).items():
            if (seen := self._seen.get(partition)) is not None:
                seen.written(offsets)

    def has(self, envelope: Envelope) -> bool:
        """Whether the transaction that commits what came of this one is committed; the pages are read once more.

        Raises:
            BrokerTrouble: they could not be read.
        """
        entry = digest(envelope.decoded["event_id"]), envelope.record.position.offset
        pages = self._store.load({envelope.partition})[envelope.partition]
        return any(entry in page.read() for page in pages)

    def forget(self, partitions: Iterable[TopicPartition]) -> None:
        """These belong to another member; should they come back, they are loaded again."""
        for partition in partitions:
            self._seen.pop(partition, None)

    def _kept(self, pages: Collection[Page]) -> list[Page]:
        newest = max((page.number for page in pages), default=0)
        return [page for page in pages if page.number >= newest - self._full_pages]


def _offsets(envelopes: Iterable[Envelope]) -> Mapping[TopicPartition, list[int]]:
    found: defaultdict[TopicPartition, list[int]] = defaultdict(list)
    for envelope in envelopes:
        found[envelope.partition].append(envelope.record.position.offset)
    return found


def encoded(page: Page) -> bytes:
    """A page as a record's value."""
    return page.number.to_bytes(_NUMBER_BYTES, "big") + page.entries


def decoded(value: bytes) -> Page:
    """A page from a record's value."""
    return Page(int.from_bytes(value[:_NUMBER_BYTES], "big"), value[_NUMBER_BYTES:])
