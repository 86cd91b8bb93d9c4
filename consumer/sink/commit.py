"""What the sink writes to Kafka: offsets, the metadata beside them, dead letters and overrides, in one transaction."""

from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from consumer import crash_points
from consumer.bad_records.blame import handling_records
from consumer.bad_records.dead_letter import DeadLetter, DeadLetterWriter
from consumer.bad_records.flood import Flood
from consumer.kafka.committer import Committer
from consumer.kafka.offsets import CommittedOffset, GroupOffsets
from consumer.kafka.records import Record, TopicPartition
from consumer.sink.batch import SinkBatch


class SinkOffsets:
    """The offset store of the sink: read from the group, committed in transactions.

    Transactions wait for a coordinator that is loading. Offsets committed by themselves do not in librdkafka.
    """

    def __init__(self, offsets: GroupOffsets, committer: Committer) -> None:
        self._offsets = offsets
        self._committer = committer

    def read(
        self, partitions: Collection[TopicPartition], timeout_s: float
    ) -> Mapping[TopicPartition, CommittedOffset]:
        """As `GroupOffsets.read`."""
        return self._offsets.read(partitions, timeout_s)

    def commit(self, offsets: Mapping[TopicPartition, int], metadata: Mapping[TopicPartition, str]) -> bool:
        """As `Committer.commit`, without messages."""
        return self._committer.commit((), offsets, metadata)


class Committed(NamedTuple):
    """The batch is committed.

    Attributes:
        offsets: per partition the next offset to read.
    """

    offsets: Mapping[TopicPartition, int]


class Kept(NamedTuple):
    """Nothing is committed: the batch is stored and committed again after a pause."""


class Flooded(NamedTuple):
    """Nothing is committed: these partitions have too many dead letters.

    Attributes:
        over: the offset of the first letter that is too many, and the limit in words.
    """

    over: Mapping[TopicPartition, tuple[int, str]]


class BatchCommitter:
    """Commits batches that are stored. Not thread-safe.

    Args:
        committer: commits messages and offsets.
        letters: makes the messages of dead letters.
        flood: counts dead letters, and keeps the counts beside the offsets.
    """

    def __init__(self, committer: Committer, letters: DeadLetterWriter, flood: Flood) -> None:
        self._committer = committer
        self._letters = letters
        self._flood = flood

    def open(self) -> None:
        """As `Committer.open`."""
        self._committer.open()

    def close(self) -> None:
        self._committer.close()

    def commit(
        self, batch: SinkBatch, handled: Callable[[Collection[TopicPartition]], None]
    ) -> Committed | Kept | Flooded:
        """Commit a batch whose rows are stored; of an empty one nothing is written.

        1. The dead letters are counted; too many of them stop everything.
        2. Dead letters, overrides, offsets and the letters' counts go into one transaction.
        3. Only when it is committed are the counts moved on.

        Args:
            batch: whose rows are stored.
            handled: is told the partitions before anything is written: only Kafka has to do with their records then.

        Raises:
            Fenced: another process writes under the transactional id.
            BrokerTrouble: Kafka would refuse it for ever, or did not answer.
        """
        dead = batch.dead
        if over := self._flood.over(batch.entries if dead else []):
            return Flooded(over)
        if not batch.is_empty and not self._write(batch, dead, handled):
            return Kept()
        crash_points.reached("sink_after_commit")
        self._flood.committed(batch.offsets)
        return Committed(batch.offsets)

    def forget(self, partitions: Collection[TopicPartition]) -> None:
        """These belong to another member now."""
        self._flood.forget(partitions)

    def _write(
        self,
        batch: SinkBatch,
        dead: list[tuple[Record, DeadLetter]],
        handled: Callable[[Collection[TopicPartition]], None],
    ) -> bool:
        now = datetime.now(UTC)
        with handling_records():
            messages = [self._letters.message(record, letter, now) for record, letter in dead]
        handled(batch.offsets.keys())
        return self._committer.commit([*messages, *batch.overrides], batch.offsets, self._flood.metadata(batch.offsets))
