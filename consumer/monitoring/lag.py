"""How far a group is behind, in records and in seconds, also while nobody can be asked. Pure: times are arguments."""

from collections.abc import Mapping
from typing import NamedTuple

from consumer.kafka.group_lag import Offsets, Oldest
from consumer.kafka.records import TopicPartition

# A few rounds of questions, and the longest of them.
STALE_AFTER_S = 10.0
# Looking up the oldest records takes at most one part in so many of the time: a broker may answer with far more than
# it was asked for.
PAUSES_PER_LOOK_UP = 20
LONGEST_PAUSE_S = 30.0


class Lag(NamedTuple):
    """How far a group is behind in one partition.

    Attributes:
        records: offsets from the committed one to the end of the log; 0 when readers would get nothing of them.
        seconds: the age of the oldest record that is not committed; 0 without one.
    """

    records: int
    seconds: float


NO_LAG = Lag(0, 0.0)


class _Searched(NamedTuple):
    """What is known of a partition from `begin` on: readers get nothing before `clear_to`, and there `oldest`."""

    begin: int
    clear_to: int
    oldest: Oldest | None

    def holds(self, offsets: Offsets) -> bool:
        # A log that ends before the record was made anew.
        last = self.clear_to + (self.oldest is not None)
        return self.begin <= offsets.next <= self.clear_to and last <= offsets.end


class _Partition(NamedTuple):
    """`waits_since_s` is the time of the oldest record in seconds since the epoch; None when nothing waits."""

    records: int
    waits_since_s: float | None
    searched: _Searched | None


class GroupLag:
    """What is known of one group's lag. Not thread-safe.

    Attributes:
        read_at_s: when the offsets were read last, in seconds since the epoch; None before the first time.
    """

    def __init__(self) -> None:
        self.read_at_s: float | None = None
        self._read_s: float | None = None
        self._partitions: dict[TopicPartition, _Partition] = {}

    def to_look_up(self, offsets: Mapping[TopicPartition, Offsets]) -> dict[TopicPartition, int]:
        """From which offset on the oldest record is looked up, where something may wait that is not known already."""
        begins = {partition: self._begin(partition, each) for partition, each in offsets.items()}
        return {partition: begin for partition, begin in begins.items() if begin is not None}

    def read(
        self,
        offsets: Mapping[TopicPartition, Offsets],
        found: Mapping[TopicPartition, Oldest | None],
        now: float,
        at_s: float,
    ) -> None:
        """Take what a round of questions has brought.

        Args:
            offsets: of every partition; other partitions are forgotten.
            found: the oldest records that were looked up; None where nothing is left for readers.
            now: when, in monotonic seconds.
            at_s: when, in seconds since the epoch.
        """
        self._partitions = {
            partition: self._partition(partition, each, found, at_s) for partition, each in offsets.items()
        }
        self._read_s, self.read_at_s = now, at_s

    def is_stale(self, now: float) -> bool:
        """Whether the offsets could not be read of late; `now` in monotonic seconds."""
        return self._read_s is None or now - self._read_s > STALE_AFTER_S

    def figures(self, at_s: float) -> dict[TopicPartition, Lag]:
        """The lag of each partition at a time in seconds since the epoch; what waits grows older between readings."""
        return {
            partition: NO_LAG if each.waits_since_s is None else Lag(each.records, max(0.0, at_s - each.waits_since_s))
            for partition, each in self._partitions.items()
        }

    def _begin(self, partition: TopicPartition, offsets: Offsets) -> int | None:
        searched = self._searched(partition, offsets)
        if searched is None:
            return offsets.next if offsets.next < offsets.end else None
        return None if searched.oldest is not None or searched.clear_to >= offsets.end else searched.clear_to

    def _searched(self, partition: TopicPartition, offsets: Offsets) -> _Searched | None:
        """What is known already of the offsets from the committed one on."""
        before = self._partitions.get(partition)
        searched = before.searched if before is not None else None
        return searched if searched is not None and searched.holds(offsets) else None

    def _partition(
        self,
        partition: TopicPartition,
        offsets: Offsets,
        found: Mapping[TopicPartition, Oldest | None],
        at_s: float,
    ) -> _Partition:
        records = max(0, offsets.end - offsets.next)
        if not records:
            return _Partition(0, None, None)
        searched = self._searched(partition, offsets)
        if partition in found:
            oldest = found[partition]
            searched = _searched_from(offsets, oldest, at_s)
        if searched is not None and searched.oldest is None and searched.clear_to >= offsets.end:
            return _Partition(0, None, searched)
        return _Partition(records, self._waits_since_s(partition, searched, at_s), searched)

    def _waits_since_s(self, partition: TopicPartition, searched: _Searched | None, at_s: float) -> float:
        """The oldest record's time; while the record is not known, when something was seen to wait first."""
        if searched is not None and searched.oldest is not None and searched.oldest.at_s is not None:
            return searched.oldest.at_s
        before = self._partitions.get(partition)
        return at_s if before is None or before.waits_since_s is None else before.waits_since_s


class LookUpPace:
    """When the oldest records may be looked up again; meanwhile what waits is as old as what waited before."""

    def __init__(self) -> None:
        self._due_s = 0.0

    def is_due(self, now: float) -> bool:
        """Whether they may be looked up now, in monotonic seconds."""
        return now >= self._due_s

    def took(self, began_s: float, ended_s: float) -> None:
        """They were looked up from one moment to another, in monotonic seconds."""
        self._due_s = ended_s + min(PAUSES_PER_LOOK_UP * (ended_s - began_s), LONGEST_PAUSE_S)


def _searched_from(offsets: Offsets, oldest: Oldest | None, at_s: float) -> _Searched:
    if oldest is None:
        return _Searched(offsets.next, offsets.end, None)
    # A record without a time is as old as its first sight.
    timed = oldest if oldest.at_s is not None else oldest._replace(at_s=at_s)
    return _Searched(offsets.next, oldest.offset, timed)
