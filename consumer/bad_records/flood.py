"""A flood of dead letters: how many a partition has had lately, and whether one more is too many.

The counts are kept beside the committed offset, in the transaction that writes the letters. So the next owner
stops at the same record, whatever this process dies of.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol, TypeVar

from consumer.bad_records.offset_metadata import OffsetMetadata
from consumer.kafka.records import Record, TopicPartition

# Offsets among which the share of dead letters is taken.
BLOCK_OFFSETS = 1000


class Settled(Protocol):
    """A record whose outcome is known: an envelope of the categorizer, or a record of the sink's batch."""

    @property
    def record(self) -> Record: ...

    @property
    def partition(self) -> TopicPartition: ...

    @property
    def is_dead(self) -> bool:
        """Whether it becomes a dead letter."""


S = TypeVar("S", bound=Settled)


class Limits(NamedTuple):
    """How many dead letters a partition may have; 0 is no limit.

    Attributes:
        run: in a row.
        share: of each block of offsets.
    """

    run: int
    share: float

    def why_too_many(self, count: "Count") -> str | None:
        """The limit that these letters are over, in words."""
        if self.run and count.run > self.run:
            return f"{self.run} dead letters in a row (DLQ_FLOOD_RUN)"
        if self.share and count.letters > self.share * BLOCK_OFFSETS:
            return f"{count.letters - 1} dead letters among at most {BLOCK_OFFSETS} records (DLQ_FLOOD_SHARE)"
        return None


class Count(NamedTuple):
    """Dead letters of one partition before an offset.

    Attributes:
        run: how many were the last records.
        block: number of a block of offsets.
        letters: how many are in that block.
    """

    run: int = 0
    block: int = 0
    letters: int = 0

    def letter(self, offset: int) -> "Count":
        """One more, at this offset."""
        moved = self.at(offset)
        return Count(moved.run + 1, moved.block, moved.letters + 1)

    def since(self, acknowledged: int, offset: int) -> "Count":
        """Without those before an offset that was acknowledged; the last of them is at `offset`."""
        most = max(0, offset + 1 - acknowledged)
        return Count(min(self.run, most), self.block, min(self.letters, most))

    def at(self, offset: int) -> "Count":
        """The same when the next record is at this offset."""
        block = offset // BLOCK_OFFSETS
        return self if block == self.block else Count(self.run, block, 0)


class Flood:
    """The counts of the partitions that this worker reads. Not thread-safe.

    Args:
        limits: for each partition.
        acknowledged: the offset before which a person lets every letter of a partition pass; asked only when a limit
            is reached.
    """

    def __init__(self, limits: Limits, acknowledged: Callable[[TopicPartition], int]) -> None:
        self._limits = limits
        self._ask = acknowledged
        self._acknowledged: dict[TopicPartition, int] = {}
        self._counts: defaultdict[TopicPartition, Count] = defaultdict(Count)
        self._coming: dict[TopicPartition, Count] = {}

    def restore(self, partition: TopicPartition, found: OffsetMetadata, committed: int, first: int) -> None:
        """Go on with what is kept beside the committed offset; `first` is that of the first record that came."""
        self._counts[partition] = Count(found.run, max(0, committed) // BLOCK_OFFSETS, found.letters).at(first)

    def with_counts(self, partition: TopicPartition, metadata: OffsetMetadata) -> str:
        """Metadata for the committed offset, the counts included."""
        count = self._counts[partition]
        return metadata._replace(run=count.run, letters=count.letters).text

    def standing(self, partition: TopicPartition, offset: int, metadata: OffsetMetadata) -> str:
        """Metadata for an offset before which nothing more is committed; gaps may lie before the offset."""
        count = self._counts[partition].at(offset)
        return metadata._replace(run=count.run, letters=count.letters).text

    def over(self, settled: Sequence[Settled]) -> dict[TopicPartition, tuple[int, str]]:
        """Count what one transaction is to commit, in the order of offsets within each partition.

        Returns:
            The partitions that have too many letters: the offset of the first over a limit, and which limit.
        """
        over: dict[TopicPartition, tuple[int, str]] = {}
        self._coming = {}
        if not any(one.is_dead for one in settled):
            return over
        for one in settled:
            partition, offset = one.partition, one.record.position.offset
            count = self._coming.setdefault(partition, self._counts[partition])
            if not one.is_dead:
                self._coming[partition] = count._replace(run=0)
            elif self._counts_here(one, over):
                counted, why = self._with_letter(count, partition, offset)
                if why is None:
                    self._coming[partition] = counted
                else:
                    over[partition] = offset, why
        return over

    def metadata(self, offsets: Mapping[TopicPartition, int]) -> dict[TopicPartition, str]:
        """What to keep beside these offsets in the transaction that was counted last; nothing for most."""
        found = {}
        for partition, offset in offsets.items():
            count = self._after(partition, offset)
            if count.run or count.letters:
                found[partition] = OffsetMetadata(run=count.run, letters=count.letters).text
        return found

    def committed(self, offsets: Mapping[TopicPartition, int]) -> None:
        """That transaction is committed."""
        for partition, offset in offsets.items():
            self._counts[partition] = self._after(partition, offset)

    def forget(self, partitions: Iterable[TopicPartition]) -> None:
        """These belong to another member."""
        for partition in partitions:
            self._counts.pop(partition, None)
            self._acknowledged.pop(partition, None)

    def _after(self, partition: TopicPartition, offset: int) -> Count:
        count = self._coming.get(partition) or self._counts[partition]._replace(run=0)
        return count.at(offset)

    def _counts_here(self, letter: Settled, over: Mapping[TopicPartition, tuple[int, str]]) -> bool:
        return (
            letter.partition not in over
            and letter.record.position.offset >= self._acknowledged.get(letter.partition, 0)
            and not _is_replayed(letter.record)
        )

    def _with_letter(self, count: Count, partition: TopicPartition, offset: int) -> tuple[Count, str | None]:
        counted = count.letter(offset)
        why = self._limits.why_too_many(counted)
        if why is not None:
            counted = counted.since(self._may_pass(partition), offset)
            why = self._limits.why_too_many(counted)
        return counted, why

    def _may_pass(self, partition: TopicPartition) -> int:
        found = self._acknowledged[partition] = self._ask(partition)
        return found


def before(settled: Iterable[S], over: Mapping[TopicPartition, tuple[int, str]]) -> list[S]:
    """Those that may still be committed when these are not."""
    return [one for one in settled if one.partition not in over or one.record.position.offset < over[one.partition][0]]


def in_words(over: Mapping[TopicPartition, tuple[int, str]]) -> str:
    """What is wrong, and what a person may do about it."""
    stops = "; ".join(
        f"{topic}-{partition} stopped before offset {offset} after {why}"
        for (topic, partition), (offset, why) in sorted(over.items())
    )
    return (
        f"a flood of dead letters: {stops}. Nothing more is set aside, also not after a restart. Look at "
        "`ticketstream dlq list`; if the records are bad indeed, run `ticketstream dlq acknowledge` and start again"
    )


def _is_replayed(record: Record) -> bool:
    """A person put the record back, and sees to its limits: it neither counts nor ends a run."""
    return (record.header("ts-replays") or "0") != "0"
