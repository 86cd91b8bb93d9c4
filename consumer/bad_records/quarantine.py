"""Records that kill the process: found by reading alone what a dead process had in hand, and condemned."""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Protocol

import structlog

from consumer.bad_records import offset_metadata as bookmark
from consumer.bad_records.flood import Flood
from consumer.bad_records.offset_metadata import Bookmark
from consumer.bad_records.poison import DEATHS, first_look
from consumer.categorizer.envelope import DeadLetter
from consumer.errors import BrokerTrouble
from consumer.kafka.records import Record, TopicPartition

if TYPE_CHECKING:
    from consumer.bad_records.poison import Suspicion

log = structlog.get_logger()

LOOK_TIMEOUT_S = 10.0
# A bound for what deaths from outside can cost: a slow model would be asked for one ticket at a time for long. What
# kills later than that kills again, with all before it committed.
ALONE_S = 60.0


class Marks(Protocol):
    """Where marks are kept and records given back: `KafkaIn`, the sink's `SinkCommit`, or a fake in tests."""

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

    def __init__(self, marks: Marks, flood: Flood, patience: int = 1) -> None:
        self._marks = marks
        self._flood = flood
        self._patience = patience
        self._proved: set[TopicPartition] = set()
        self._suspicions: dict[TopicPartition, Suspicion] = {}
        # Marks that could not be taken back: where, which, and what would stand there instead.
        self._left: dict[TopicPartition, tuple[int, Bookmark, Bookmark]] = {}
        self._alone_until_s = 0.0
        self._died = False
        self.alone = False

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
        if self._proved.issuperset(partitions) and not self.alone:
            return records
        if new := set(partitions) - self._proved - self._suspicions.keys():
            self._look(new, records, now)
        let_in = records
        if self.alone:
            let_in = [] if busy else records[:1]
        if let_in and not self._mark(let_in):
            let_in = []
        if left := records[len(let_in) :]:
            self._marks.give_back(left)
        return let_in

    @property
    def suspects(self) -> bool:
        """Whether there are partitions of which nothing was committed yet; until then a death leaves a mark."""
        return bool(self._suspicions)

    def condemned(self, record: Record) -> DeadLetter | None:
        """What becomes of a record that has killed often enough; None for all others."""
        suspicion = self._suspicions.get(record.partition)
        if suspicion is None or not suspicion.condemned or suspicion.offset != record.position.offset:
            return None
        log.error("quarantine.condemned", deaths=DEATHS, **_named(record.partition, record.position.offset))
        return DeadLetter("crash_loop", f"{DEATHS} processes died while they handled this record alone")

    def committed(self, offsets: Mapping[TopicPartition, int], now: float) -> None:
        """A transaction with these offsets was committed."""
        if not self._suspicions:
            return
        for partition in offsets.keys() & self._suspicions.keys():
            after = self._suspicions.pop(partition).committed(offsets[partition])
            if after is None:
                self._proved.add(partition)
            else:
                self._suspicions[partition] = after
        if self.alone and now > self._alone_until_s:
            self._suspicions = {partition: each.as_usual() for partition, each in self._suspicions.items()}
        self._count_alone()

    def excuse(self) -> None:
        """What is in hand has come as far as another's failure: it kills nobody, however this process ends."""
        waiting = set(self._suspicions)
        self.hand_over(waiting)
        self._proved |= waiting

    def died(self) -> None:
        """The process ends of something unforeseen: the marks stay, as if it had been killed."""
        self._died = True

    def hand_over(self, partitions: Collection[TopicPartition]) -> None:
        """These go to another, and what they had in hand has not killed us: the marks are taken back."""
        left = {
            partition: (suspicion.offset, self._flood.stamped(partition, mark))
            for partition in partitions
            if (suspicion := self._suspicions.get(partition)) is not None and (mark := suspicion.left()) is not None
        }
        if left and not self._died:
            try:
                if self._marks.commit(
                    {partition: offset for partition, (offset, _) in left.items()},
                    {partition: text for partition, (_, text) in left.items()},
                ):
                    self._suspicions = {each: now for each, now in self._suspicions.items() if each not in left}
            except BrokerTrouble as error:
                # Whoever reads on does so one record at a time for a while.
                log.warning("quarantine.marks_left", detail=str(error))
        self.forget(partitions)

    def forget(self, partitions: Collection[TopicPartition]) -> None:
        """These are another's. Marks of ours that stand there still say nothing against us should they come back."""
        self._proved.difference_update(partitions)
        for partition in partitions:
            suspicion = self._suspicions.pop(partition, None)
            if suspicion is not None and (instead := suspicion.left()) is not None:
                self._left[partition] = suspicion.offset, suspicion.bookmark, instead
        self._count_alone()

    def _look(self, new: Collection[TopicPartition], records: list[Record], now: float) -> None:
        found = self._marks.noted(new, LOOK_TIMEOUT_S)
        for record in records:
            partition = record.partition
            if partition in new and partition not in self._suspicions:
                offset, text = found.get(partition, (-1, ""))
                mark = bookmark.read(text)
                self._flood.restore(partition, mark, offset, record.position.offset)
                mark = self._without_our_own(partition, offset, mark)
                suspicion = first_look(mark, offset, record.position.offset, self._patience)
                self._suspicions[partition] = suspicion
                if suspicion.alone:
                    log.warning(
                        "quarantine.reading_alone",
                        until=suspicion.until,
                        attempts=suspicion.attempts,
                        **_named(partition, record.position.offset),
                    )
        if not self.alone:
            self._alone_until_s = now + ALONE_S
        self._count_alone()

    def _without_our_own(self, partition: TopicPartition, offset: int, mark: Bookmark) -> Bookmark:
        """The mark, unless we left it ourselves when the partition was taken from us: we are alive."""
        ours = self._left.pop(partition, None)
        if ours is None or (offset, mark._replace(run=0, letters=0)) != ours[:2]:
            return mark
        return ours[2]

    def _mark(self, records: list[Record]) -> bool:
        """Leave marks where these begin, as far as that is needed; False when the group takes none from us now."""
        marked: dict[TopicPartition, Suspicion] = {}
        for partition, (first, end) in _extents(records).items():
            if partition not in self._suspicions:
                continue
            suspicion = self._suspicions[partition]
            if suspicion.condemned and suspicion.offset == first:
                continue
            after = suspicion.read(first, end)
            if not after.marked:
                marked[partition] = after
        if marked and not self._marks.commit(
            {partition: each.offset for partition, each in marked.items()},
            {partition: self._flood.stamped(partition, each.bookmark) for partition, each in marked.items()},
        ):
            return False
        self._suspicions.update({partition: each._replace(marked=True) for partition, each in marked.items()})
        return True

    def _count_alone(self) -> None:
        alone = any(each.alone for each in self._suspicions.values())
        if self.alone and not alone:
            log.info("quarantine.over")
        self.alone = alone


def _extents(records: list[Record]) -> dict[TopicPartition, tuple[int, int]]:
    """Per partition the first offset, and the one after the last."""
    extents: dict[TopicPartition, tuple[int, int]] = {}
    for record in records:
        first, _ = extents.get(record.partition, (record.position.offset, 0))
        extents[record.partition] = (first, record.next_offset)
    return extents


def _named(partition: TopicPartition, offset: int) -> dict[str, str | int]:
    return {"topic": partition[0], "partition": partition[1], "offset": offset}
