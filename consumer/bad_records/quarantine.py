"""Poison pills: found by reading one by one what a crashed process held, and condemned."""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, NamedTuple

import structlog

from consumer.bad_records.blame import CrashedOnRecord
from consumer.bad_records.dead_letter import DeadLetter
from consumer.bad_records.markers import Markers
from consumer.bad_records.poison import MAX_CRASHES, first_look
from consumer.kafka.records import Record, TopicPartition

if TYPE_CHECKING:
    from consumer.bad_records.poison import SuspectRange

log = structlog.get_logger()

# A bound for what crashes from outside can cost: a slow model would be asked for one ticket at a time for long.
# A record that crashes the process later than that crashes it again, with everything before it committed.
ONE_BY_ONE_S = 60.0


class Admitted(NamedTuple):
    """What becomes of the records of one poll.

    Attributes:
        now: to be handled now.
        later: to be given back and read again.
    """

    now: list[Record]
    later: list[Record]


class Quarantine:
    """Lets records in, one at a time while some are suspect. Not thread-safe.

    Args:
        markers: the takeover markers.
        patience: how many processes must have crashed at an offset before records are read one by one.

    Attributes:
        one_by_one: whether records are read one at a time now.
    """

    def __init__(self, markers: Markers, patience: int = 1) -> None:
        self._markers = markers
        self._patience = patience
        self._proved: set[TopicPartition] = set()
        self._suspects: dict[TopicPartition, SuspectRange] = {}
        self._one_by_one_until_s = 0.0
        self._crashed = False
        self.one_by_one = False

    def let_in(
        self, records: list[Record], partitions: Collection[TopicPartition], now: float, *, busy: bool
    ) -> Admitted:
        """Which of these to handle now, and which to read again.

        Args:
            records: as they were polled.
            partitions: of these records.
            now: monotonic time.
            busy: other records are not committed yet.

        Raises:
            BrokerTrouble: a marker could not be read or written.
        """
        if self._proved.issuperset(partitions) and not self.one_by_one:
            return Admitted(records, [])
        if new := set(partitions) - self._proved - self._suspects.keys():
            self._look(new, records, now)
        wanted = records
        if self.one_by_one:
            wanted = [] if busy else records[:1]
        if wanted and not self._mark(wanted):
            wanted = []
        return Admitted(wanted, records[len(wanted) :])

    @property
    def suspects(self) -> bool:
        """Whether there are partitions of which nothing was committed yet; until then a crash leaves a marker."""
        return bool(self._suspects)

    def condemned(self, record: Record) -> DeadLetter | None:
        """The dead letter for a record that has crashed enough processes; None for all others."""
        if not self.one_by_one:
            return None
        suspect = self._suspects.get(record.partition)
        if suspect is None or not suspect.condemned or suspect.offset != record.position.offset:
            return None
        log.error("quarantine.condemned", crashes=MAX_CRASHES, **_named(record.partition, record.position.offset))
        return DeadLetter("crash_loop", f"{MAX_CRASHES} processes died while they handled this record alone")

    def handled(self, partitions: Collection[TopicPartition]) -> None:
        """All that was let in of these is handled and about to be committed: the markers are taken back.

        Whatever ends the process from here on, none of their records does.
        """
        held = {partition: self._suspects[partition] for partition in partitions if partition in self._suspects}
        for partition in self._markers.withdraw(held):
            self._suspects[partition] = held[partition].withdrawn()

    def standing(self, offsets: Mapping[TopicPartition, int]) -> Mapping[TopicPartition, str]:
        """The metadata of a commit that leaves these offsets where they are: their markers stand on."""
        return self._markers.standing(offsets, self._suspects)

    def committed(self, offsets: Mapping[TopicPartition, int], now: float) -> None:
        """A transaction was committed that moved these offsets."""
        if not self._suspects:
            return
        for partition in offsets.keys() & self._suspects.keys():
            after = self._suspects.pop(partition).committed(offsets[partition])
            if after is None:
                self._proved.add(partition)
            else:
                self._suspects[partition] = after
        if self.one_by_one and now > self._one_by_one_until_s:
            self._suspects = {partition: suspect.as_usual() for partition, suspect in self._suspects.items()}
        self._update_one_by_one()

    def clear_markers(self) -> None:
        """The records in hand wait for something else that failed: they crash nothing, however this process ends."""
        waiting = set(self._suspects)
        self.hand_over(waiting)
        self._proved |= waiting

    def ends_by(self, error: Exception) -> None:
        """The process ends of this: unless a record is to blame (`blame.py`), the markers are taken back."""
        self._crashed = isinstance(error, CrashedOnRecord)
        self.hand_over(list(self._suspects))

    def hand_over(self, partitions: Collection[TopicPartition]) -> None:
        """These go to another member, and their records have not crashed this process: the markers are taken back."""
        if not self._crashed:
            held = {partition: self._suspects[partition] for partition in partitions if partition in self._suspects}
            for partition in self._markers.clear(held):
                del self._suspects[partition]
        self.forget(partitions)

    def forget(self, partitions: Collection[TopicPartition]) -> None:
        """These belong to another member."""
        self._proved.difference_update(partitions)
        for partition in partitions:
            suspect = self._suspects.pop(partition, None)
            if suspect is not None:
                self._markers.left(partition, suspect)
        self._update_one_by_one()

    def _look(self, new: Collection[TopicPartition], records: list[Record], now: float) -> None:
        first_offsets: dict[TopicPartition, int] = {}
        for record in records:
            if record.partition in new:
                first_offsets.setdefault(record.partition, record.position.offset)
        for partition, (committed, metadata) in self._markers.read(first_offsets).items():
            first = first_offsets[partition]
            suspect = self._suspects[partition] = first_look(metadata, committed, first, self._patience)
            if suspect.one_by_one:
                log.warning(
                    "quarantine.one_by_one", until=suspect.until, attempts=suspect.attempts, **_named(partition, first)
                )
        if not self.one_by_one:
            self._one_by_one_until_s = now + ONE_BY_ONE_S
        self._update_one_by_one()

    def _mark(self, records: list[Record]) -> bool:
        """Write markers where these begin, as far as needed; False when the group takes none from this member now."""
        marked: dict[TopicPartition, SuspectRange] = {}
        for partition, (first, end) in _extents(records).items():
            if partition not in self._suspects:
                continue
            suspect = self._suspects[partition]
            if suspect.condemned and suspect.offset == first:
                continue
            after = suspect.read(first, end)
            if not after.marked:
                marked[partition] = after
        if marked and not self._markers.write(marked):
            return False
        self._suspects.update({partition: suspect._replace(marked=True) for partition, suspect in marked.items()})
        return True

    def _update_one_by_one(self) -> None:
        one_by_one = any(suspect.one_by_one for suspect in self._suspects.values())
        if self.one_by_one and not one_by_one:
            log.info("quarantine.over")
        self.one_by_one = one_by_one


def _extents(records: list[Record]) -> dict[TopicPartition, tuple[int, int]]:
    """Per partition the first offset, and the one after the last."""
    extents: dict[TopicPartition, tuple[int, int]] = {}
    for record in records:
        first, _ = extents.get(record.partition, (record.position.offset, 0))
        extents[record.partition] = (first, record.next_offset)
    return extents


def _named(partition: TopicPartition, offset: int) -> dict[str, str | int]:
    return {"topic": partition[0], "partition": partition[1], "offset": offset}
