"""Records that kill the process: found by reading alone what a dead process had in hand, and condemned."""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Protocol

import structlog

from consumer.bad_records import offset_metadata as bookmark
from consumer.bad_records.flood import Flood
from consumer.bad_records.offset_metadata import OffsetMetadata
from consumer.bad_records.poison import MAX_CRASHES, first_look
from consumer.categorizer.envelope import DeadLetter
from consumer.errors import BrokerTrouble
from consumer.kafka.records import Record, TopicPartition

if TYPE_CHECKING:
    from consumer.bad_records.poison import SuspectRange

log = structlog.get_logger()

LOOK_TIMEOUT_S = 10.0
# A bound for what deaths from outside can cost: a slow model would be asked for one ticket at a time for long. What
# kills later than that kills again, with all before it committed.
ONE_BY_ONE_S = 60.0


class OffsetStore(Protocol):
    """Where marks are kept and records given back: `GroupConsumer`, the sink's `SinkCommit`, or a fake in tests."""

    def noted(
        self, partitions: Collection[TopicPartition], timeout_s: float
    ) -> Mapping[TopicPartition, tuple[int, str]]: ...

    def commit(self, offsets: Mapping[TopicPartition, int], notes: Mapping[TopicPartition, str]) -> bool: ...

    def give_back(self, records: list[Record]) -> None: ...


class Quarantine:
    """Lets records in, one at a time while some are suspicious. Not thread-safe.

    Args:
        marks: where they are kept.
        flood: whose counts are kept with them.
        patience: how many processes must have come to a bad end before anybody reads one record at a time.
    """

    def __init__(self, marks: OffsetStore, flood: Flood, patience: int = 1) -> None:
        self._marks = marks
        self._flood = flood
        self._patience = patience
        self._proved: set[TopicPartition] = set()
        self._suspects: dict[TopicPartition, SuspectRange] = {}
        # Markers that could not be cleared: the offset, the marker, and what would stand there instead.
        self._left: dict[TopicPartition, tuple[int, OffsetMetadata, OffsetMetadata]] = {}
        self._one_by_one_until_s = 0.0
        self._died = False
        self.one_by_one = False

    def let_in(
        self, records: list[Record], partitions: Collection[TopicPartition], now: float, *, busy: bool
    ) -> list[Record]:
        """Which of these to handle now; the others are given back, to be read again.

        Args:
            records: as they were polled.
            partitions: of these records.
            now: monotonic time.
            busy: other records are not committed yet.

        Raises:
            BrokerTrouble: a mark could not be read or written.
        """
        if self._proved.issuperset(partitions) and not self.one_by_one:
            return records
        if new := set(partitions) - self._proved - self._suspects.keys():
            self._look(new, records, now)
        let_in = records
        if self.one_by_one:
            let_in = [] if busy else records[:1]
        if let_in and not self._mark(let_in):
            let_in = []
        if left := records[len(let_in) :]:
            self._marks.give_back(left)
        return let_in

    @property
    def suspects(self) -> bool:
        """Whether there are partitions of which nothing was committed yet; until then a death leaves a mark."""
        return bool(self._suspects)

    def condemned(self, record: Record) -> DeadLetter | None:
        """What becomes of a record that has killed often enough; None for all others."""
        suspect = self._suspects.get(record.partition)
        if suspect is None or not suspect.condemned or suspect.offset != record.position.offset:
            return None
        log.error("quarantine.condemned", deaths=MAX_CRASHES, **_named(record.partition, record.position.offset))
        return DeadLetter("crash_loop", f"{MAX_CRASHES} processes died while they handled this record alone")

    def committed(self, offsets: Mapping[TopicPartition, int], now: float) -> None:
        """A transaction with these offsets was committed."""
        if not self._suspects:
            return
        for partition in offsets.keys() & self._suspects.keys():
            after = self._suspects.pop(partition).committed(offsets[partition])
            if after is None:
                self._proved.add(partition)
            else:
                self._suspects[partition] = after
        if self.one_by_one and now > self._one_by_one_until_s:
            self._suspects = {partition: each.as_usual() for partition, each in self._suspects.items()}
        self._update_one_by_one()

    def clear_markers(self) -> None:
        """What is in hand has come as far as another's failure: it kills nobody, however this process ends."""
        waiting = set(self._suspects)
        self.hand_over(waiting)
        self._proved |= waiting

    def died(self) -> None:
        """The process ends of something unforeseen: the marks stay, as if it had been killed."""
        self._died = True

    def hand_over(self, partitions: Collection[TopicPartition]) -> None:
        """These go to another, and what they had in hand has not killed us: the marks are taken back."""
        left = {
            partition: (suspect.offset, self._flood.stamped(partition, mark))
            for partition in partitions
            if (suspect := self._suspects.get(partition)) is not None and (mark := suspect.left()) is not None
        }
        if left and not self._died:
            try:
                if self._marks.commit(
                    {partition: offset for partition, (offset, _) in left.items()},
                    {partition: text for partition, (_, text) in left.items()},
                ):
                    self._suspects = {each: now for each, now in self._suspects.items() if each not in left}
            except BrokerTrouble as error:
                # Whoever reads on does so one record at a time for a while.
                log.warning("quarantine.marks_left", detail=str(error))
        self.forget(partitions)

    def forget(self, partitions: Collection[TopicPartition]) -> None:
        """These are lost. Markers left there by us say nothing against the records when the partitions return."""
        self._proved.difference_update(partitions)
        for partition in partitions:
            suspect = self._suspects.pop(partition, None)
            if suspect is not None and (instead := suspect.left()) is not None:
                self._left[partition] = suspect.offset, suspect.bookmark, instead
        self._update_one_by_one()

    def _look(self, new: Collection[TopicPartition], records: list[Record], now: float) -> None:
        found = self._marks.noted(new, LOOK_TIMEOUT_S)
        for record in records:
            partition = record.partition
            if partition in new and partition not in self._suspects:
                offset, text = found.get(partition, (-1, ""))
                mark = bookmark.read(text)
                self._flood.restore(partition, mark, offset, record.position.offset)
                mark = self._without_our_own(partition, offset, mark)
                suspect = first_look(mark, offset, record.position.offset, self._patience)
                self._suspects[partition] = suspect
                if suspect.one_by_one:
                    log.warning(
                        "quarantine.reading_alone",
                        until=suspect.until,
                        attempts=suspect.attempts,
                        **_named(partition, record.position.offset),
                    )
        if not self.one_by_one:
            self._one_by_one_until_s = now + ONE_BY_ONE_S
        self._update_one_by_one()

    def _without_our_own(self, partition: TopicPartition, offset: int, mark: OffsetMetadata) -> OffsetMetadata:
        """The mark, unless we left it ourselves when the partition was taken from us: we are alive."""
        ours = self._left.pop(partition, None)
        if ours is None or (offset, mark._replace(run=0, letters=0)) != ours[:2]:
            return mark
        return ours[2]

    def _mark(self, records: list[Record]) -> bool:
        """Leave marks where these begin, as far as that is needed; False when the group takes none from us now."""
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
        if marked and not self._marks.commit(
            {partition: each.offset for partition, each in marked.items()},
            {partition: self._flood.stamped(partition, each.bookmark) for partition, each in marked.items()},
        ):
            return False
        self._suspects.update({partition: each._replace(marked=True) for partition, each in marked.items()})
        return True

    def _update_one_by_one(self) -> None:
        one_by_one = any(each.one_by_one for each in self._suspects.values())
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
