"""Whether a partition's next records may be what kills their readers.

Pure bookkeeping of one partition: no clock, no Kafka. Whoever begins to read a partition leaves a mark at its offset,
which the first ordinary commit wipes out. Who finds a mark knows that somebody began there and came to a bad end
before anything was committed, and reads alone, one record at a time, what the dead one can have had in hand. (Where
that is slow, only after several such ends.) Each record read alone is marked first: a mark found for the third time
condemns the record.
"""

from typing import NamedTuple

from consumer.bad_records.offset_metadata import Bookmark

DEATHS = 3


class Suspicion(NamedTuple):
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
    alone: bool = False
    marked: bool = False
    again: int = 0

    @property
    def bookmark(self) -> Bookmark:
        """The mark for this offset."""
        return Bookmark(self.until, self.attempts, again=self.again)

    @property
    def condemned(self) -> bool:
        """Whether the next record has killed often enough."""
        return self.attempts >= DEATHS and not self.marked

    def read(self, offset: int, end: int) -> "Suspicion":
        """Records from `offset` to before `end` are about to be handled; when `marked` is off, a mark is needed first.

        What the same process reads again is marked already.
        """
        if self.alone:
            if offset != self.offset:
                return Suspicion(offset, self.until, 1, alone=True)
            return self if self.marked else self._replace(attempts=self.attempts + 1)
        if self.marked and end <= self.until:
            return self
        # Twice as far as it was read, so that a long wait for the first commit takes few marks.
        return self._replace(until=end if not self.marked else 2 * end - self.offset, marked=False)

    def committed(self, offset: int) -> "Suspicion | None":
        """Everything before `offset` is committed; None when nothing is suspicious any more."""
        if not self.alone or self.condemned or offset >= self.until:
            return None
        return Suspicion(offset, self.until, alone=True)

    def as_usual(self) -> "Suspicion":
        """Enough was read alone."""
        return Suspicion(self.offset, self.offset, marked=self.marked)

    def left(self) -> Bookmark | None:
        """The mark to leave behind at a clean end; None to leave what there is."""
        if not self.marked:
            return None
        return Bookmark(self.until, self.attempts - 1) if self.alone else Bookmark()


def first_look(found: Bookmark, committed: int, first: int, patience: int) -> Suspicion:
    """What to think of a partition just taken over.

    Args:
        found: beside the committed offset.
        committed: that offset.
        first: offset of the first record that came.
        patience: how many bad ends there must be before anybody reads alone.
    """
    if first >= found.until:
        return Suspicion(first, first)
    again = found.again + 1 if committed == first else 1
    if again < patience and not found.attempts:
        return Suspicion(first, found.until, again=again)
    return Suspicion(first, found.until, found.attempts if committed == first else 0, alone=True)
