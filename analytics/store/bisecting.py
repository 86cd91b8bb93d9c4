"""Which rows of a batch cannot be stored: a search by halves. The caller reports the outcome of each part. Pure."""

from collections.abc import Sequence
from typing import NamedTuple

from analytics.store.rows import Row

# For one bad row in a full batch some twenty-five are enough; a round of this many is over well before Kafka
# takes the partitions of a sink that does not poll.
MAX_ATTEMPTS = 100


class Refused(NamedTuple):
    """A row that was refused when it was inserted alone."""

    record: Row
    detail: str


class Bisection:
    """One search, from the first row to the last: the decided rows are always the beginning of the batch.

    Args:
        records: of one table, in the order they were read.
        attempts: how many parts may be tried. If that is not enough, the rest of the batch stays undecided.
    """

    def __init__(self, records: Sequence[Row], attempts: int = MAX_ATTEMPTS) -> None:
        self.stored: list[Row] = []
        self.refused: list[Refused] = []
        self._records = records
        self._attempts = attempts
        # The last one is tried next.
        self._parts = [records] if records else []

    @property
    def part(self) -> Sequence[Row]:
        """What to try next; nothing when the search is over."""
        return self._parts[-1] if self._parts and self._attempts > 0 else ()

    @property
    def undecided(self) -> Sequence[Row]:
        """The rows at the end of the batch that were not reached."""
        return self._records[len(self.stored) + len(self.refused) :]

    def was_stored(self) -> None:
        """The part was stored."""
        self._attempts -= 1
        self.stored += self._parts.pop()

    def was_refused(self, detail: str) -> None:
        """The part was refused for a value in one of its rows."""
        self._attempts -= 1
        part = self._parts.pop()
        if len(part) == 1:
            self.refused.append(Refused(part[0], detail))
        else:
            middle = len(part) // 2
            self._parts += [part[middle:], part[:middle]]
