"""Whether the next records of a partition may be poison pills: records that crash the process that reads them.

Pure bookkeeping of one partition: no clock, no Kafka. On taking over a partition the worker commits a takeover marker
in the offset metadata; the first normal commit removes it. A worker that finds a marker knows that another worker began
there and crashed before it committed anything. It then reads one record at a time what the other one can have held.
(Where that is slow, only after several such crashes.) Each record read by itself is marked first: a marker found for
the third time condemns the record.
"""

from typing import NamedTuple

from consumer.bad_records.offset_metadata import OffsetMetadata

MAX_CRASHES = 3


class SuspectRange(NamedTuple):
    """How one partition is read until its records have proved harmless.

    Attributes:
        offset: of the next record.
        until: records from here on are read as usual.
        attempts: how often the next record was handled by itself without coming to its commit, by this worker too.
        one_by_one: one record at a time.
        marked: this worker has written a marker at the offset.
        again: how many workers began at this offset before this one, read as usual and crashed.
    """

    offset: int
    until: int
    attempts: int = 0
    one_by_one: bool = False
    marked: bool = False
    again: int = 0

    @property
    def marker(self) -> OffsetMetadata:
        """The marker for this offset."""
        return OffsetMetadata(self.until, self.attempts, again=self.again)

    @property
    def condemned(self) -> bool:
        """Whether the next record has crashed enough processes."""
        return self.attempts >= MAX_CRASHES and not self.marked

    def read(self, offset: int, end: int) -> "SuspectRange":
        """Records from `offset` to before `end` are about to be handled.

        When `marked` is off afterwards, a marker is needed first. What the same process reads again is marked already.
        """
        if self.one_by_one:
            if offset != self.offset:
                return SuspectRange(offset, self.until, 1, one_by_one=True)
            return self if self.marked else self._replace(attempts=self.attempts + 1)
        if self.marked and end <= self.until:
            return self
        # Twice as far as it was read, so that a long wait for the first commit takes few markers.
        return self._replace(until=end if not self.marked else 2 * end - self.offset, marked=False)

    def committed(self, offset: int) -> "SuspectRange | None":
        """Everything before `offset` is committed; None when nothing is suspect any more."""
        if not self.one_by_one or self.condemned or offset >= self.until:
            return None
        return SuspectRange(offset, self.until, one_by_one=True)

    def as_usual(self) -> "SuspectRange":
        """Enough was read one by one."""
        return SuspectRange(self.offset, self.offset, marked=self.marked)

    def withdrawn(self) -> "SuspectRange":
        """The marker was taken back, and the range is handled; should more be read before its commit, it is marked."""
        return self._replace(marked=False, attempts=max(0, self.attempts - 1))

    def cleared(self) -> OffsetMetadata | None:
        """What to leave beside the offset at a clean end; None to leave what there is."""
        if not self.marked:
            return None
        return OffsetMetadata(self.until, self.attempts - 1) if self.one_by_one else OffsetMetadata()


def first_look(found: OffsetMetadata, committed: int, first: int, patience: int) -> SuspectRange:
    """What to make of a partition just taken over.

    Args:
        found: beside the committed offset.
        committed: that offset.
        first: offset of the first record that came.
        patience: how many crashes there must be before records are read one by one.
    """
    if first >= found.until:
        return SuspectRange(first, first)
    again = found.again + 1 if committed == first else 1
    if again < patience and not found.attempts:
        return SuspectRange(first, found.until, again=again)
    return SuspectRange(first, found.until, found.attempts if committed == first else 0, one_by_one=True)
