"""Takeover markers: written beside the group's offsets, found there, and taken back."""

from collections.abc import Collection, Mapping
from typing import NamedTuple, Protocol

import structlog

from consumer.bad_records.flood import Flood
from consumer.bad_records.offset_metadata import OffsetMetadata, parse
from consumer.bad_records.poison import SuspectRange
from consumer.errors import BrokerTrouble
from consumer.kafka.offsets import CommittedOffset
from consumer.kafka.records import TopicPartition

log = structlog.get_logger()

READ_TIMEOUT_S = 10.0


class MarkerStore(Protocol):
    """Where markers are kept: `GroupOffsets`, the sink's transactions, or a fake in tests."""

    def read(
        self, partitions: Collection[TopicPartition], timeout_s: float
    ) -> Mapping[TopicPartition, CommittedOffset]: ...

    def commit(self, offsets: Mapping[TopicPartition, int], metadata: Mapping[TopicPartition, str]) -> bool: ...


class PlainOffsets(Protocol):
    """Commits outside transactions, which may be what is refused: `GroupOffsets`, or a fake in tests."""

    def commit(self, offsets: Mapping[TopicPartition, int], metadata: Mapping[TopicPartition, str]) -> bool: ...

    def replace(
        self, expected: Mapping[TopicPartition, CommittedOffset], metadata: Mapping[TopicPartition, str]
    ) -> Collection[TopicPartition]: ...


class _Own(NamedTuple):
    """A marker of this process that was left when its partition went, and what would stand there without it."""

    offset: int
    marker: OffsetMetadata
    instead: OffsetMetadata


class Markers:
    """The takeover markers of the partitions that this worker reads. Not thread-safe.

    Args:
        store: where they are kept.
        flood: whose counts are kept with them.
        plain: takes them back.
    """

    def __init__(self, store: MarkerStore, flood: Flood, plain: PlainOffsets) -> None:
        self._store = store
        self._flood = flood
        self._plain = plain
        self._own: dict[TopicPartition, _Own] = {}

    def read(self, first_offsets: Mapping[TopicPartition, int]) -> dict[TopicPartition, tuple[int, OffsetMetadata]]:
        """What stands beside the offsets of partitions just taken over; the flood's counts go on from there.

        Args:
            first_offsets: per partition the offset of the first record that came.

        Returns:
            Per partition the committed offset (-1 without one) and its metadata.

        Raises:
            BrokerTrouble: it could not be read.
        """
        committed = self._store.read(first_offsets.keys(), READ_TIMEOUT_S)
        found = {}
        for partition, first in first_offsets.items():
            offset, text = committed.get(partition, CommittedOffset(-1, ""))
            metadata = parse(text)
            self._flood.restore(partition, metadata, offset, first)
            found[partition] = offset, self._without_own(partition, offset, metadata)
        return found

    def write(self, suspects: Mapping[TopicPartition, SuspectRange]) -> bool:
        """Write the markers of these ranges; False when the group takes none from this member now.

        Raises:
            BrokerTrouble: they could not be written.
        """
        return self._store.commit(
            {partition: suspect.offset for partition, suspect in suspects.items()},
            {partition: self._flood.with_counts(partition, suspect.marker) for partition, suspect in suspects.items()},
        )

    def standing(
        self, offsets: Mapping[TopicPartition, int], suspects: Mapping[TopicPartition, SuspectRange]
    ) -> dict[TopicPartition, str]:
        """What stands beside these offsets, to be committed with the same offsets once more."""
        marked = {partition: suspect.marker for partition, suspect in suspects.items() if suspect.marked}
        return {
            partition: self._flood.standing(partition, offset, marked.get(partition, OffsetMetadata()))
            for partition, offset in offsets.items()
        }

    def withdraw(self, suspects: Mapping[TopicPartition, SuspectRange]) -> set[TopicPartition]:
        """Take back the markers of these ranges, of which no transaction is under way.

        Returns:
            The partitions whose markers were taken back.
        """
        cleared = self._cleared(suspects)
        offsets = {partition: suspects[partition].offset for partition in cleared}
        try:
            return set(cleared) if cleared and self._plain.commit(offsets, cleared) else set()
        except BrokerTrouble as error:
            _left(error)
            return set()

    def clear(self, suspects: Mapping[TopicPartition, SuspectRange]) -> set[TopicPartition]:
        """Take back the markers of these ranges, also when nobody knows what became of their last transaction.

        Returns:
            The partitions whose markers were taken back.
        """
        cleared = self._cleared(suspects)
        standing = {
            partition: CommittedOffset(
                suspects[partition].offset, self._flood.with_counts(partition, suspects[partition].marker)
            )
            for partition in cleared
        }
        try:
            return set(self._plain.replace(standing, cleared)) if cleared else set()
        except BrokerTrouble as error:
            _left(error)
            return set()

    def _cleared(self, suspects: Mapping[TopicPartition, SuspectRange]) -> dict[TopicPartition, str]:
        """What to leave beside the offsets of those that have a marker."""
        return {
            partition: self._flood.with_counts(partition, metadata)
            for partition, suspect in suspects.items()
            if (metadata := suspect.cleared()) is not None
        }

    def left(self, partition: TopicPartition, suspect: SuspectRange) -> None:
        """The partition is lost with its marker. Should it come back, the marker says nothing: this process lives."""
        instead = suspect.cleared()
        if instead is not None:
            self._own[partition] = _Own(suspect.offset, suspect.marker, instead)

    def _without_own(self, partition: TopicPartition, offset: int, metadata: OffsetMetadata) -> OffsetMetadata:
        own = self._own.pop(partition, None)
        if own is None or (offset, metadata._replace(run=0, letters=0)) != own[:2]:
            return metadata
        return own.instead


def _left(error: BrokerTrouble) -> None:
    # The next owner reads one record at a time for a while.
    log.warning("quarantine.markers_left", detail=str(error))
