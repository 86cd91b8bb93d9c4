"""Whether a partition's next records may be what kills their readers.

Pure bookkeeping of one partition: no clock, no Kafka. Whoever begins to read a partition leaves a mark at its offset,
which the first ordinary commit wipes out. Who finds a mark knows that somebody began there and came to a bad end
before anything was committed, and reads alone, one record at a time, what the dead one can have had in hand. (Where
that is slow, only after several such ends.) Each record read alone is marked first: a mark found for the third time
condemns the record.
"""

from typing import NamedTuple

from consumer.bad_records.offset_metadata import OffsetMetadata

MAX_CRASHES = 3


class SuspectRange(NamedTuple):
    """How one partition is read until its records have proved harmless.

    Attributes:
        offset: of the next record.
        until: records from here on are read as usual.
        attempts: how often the next record was handled alone without coming to its commit, by us too.
        alone: one record at a time.
        marked: we have left a mark at this offset.
        again: how many began at this offset before us, read as usual and came to a bad end.
    """

    offset: int
    until: int
    attempts: int = 0
    one_by_one: bool = False
    marked: bool = False
    again: int = 0

    @property
    def bookmark(self) -> OffsetMetadata:
        """The mark for this offset."""
        return OffsetMetadata(self.until, self.attempts, again=self.again)

    @property
    def condemned(self) -> bool:
        """Whether the next record has killed often enough."""
        return self.attempts >= MAX_CRASHES and not self.marked

    def read(self, offset: int, end: int) -> "SuspectRange":
        """Records from `offset` to before `end` are about to be handled; when `marked` is off, a mark is needed first.

        What the same process reads again is marked already.
        """
        if self.one_by_one:
            if offset != self.offset:
                return SuspectRange(offset, self.until, 1, one_by_one=True)
            return self if self.marked else self._replace(attempts=self.attempts + 1)
        if self.marked and end <= self.until:
            return self
        # Twice as far as it was read, so that a long wait for the first commit takes few marks.
        return self._replace(until=end if not self.marked else 2 * end - self.offset, marked=False)

    def committed(self, offset: int) -> "SuspectRange | None":
        """Everything before `offset` is committed; None when nothing is suspicious any more."""
        if not self.one_by_one or self.condemned or offset >= self.until:
            return None
        return SuspectRange(offset, self.until, one_by_one=True)

    def as_usual(self) -> "SuspectRange":
        """Enough was read alone."""
        return SuspectRange(self.offset, self.offset, marked=self.marked)

    def left(self) -> OffsetMetadata | None:
        """The mark to leave behind at a clean end; None to leave what there is."""
        if not self.marked:
            return None
        return OffsetMetadata(self.until, self.attempts - 1) if self.one_by_one else OffsetMetadata()


def first_look(found: OffsetMetadata, committed: int, first: int, patience: int) -> SuspectRange:
    """What to think of a partition just taken over.

    Args:
        found: beside the committed offset.
        committed: that offset.
        first: offset of the first record that came.
        patience: how many bad ends there must be before anybody reads alone.
    """
    if first >= found.until:
        return SuspectRange(first, first)
    again = found.again + 1 if committed == first else 1
    if again < patience and not found.attempts:
        return SuspectRange(first, found.until, again=again)
    return SuspectRange(first, found.until, found.attempts if committed == first else 0, one_by_one=True)
