"""What the sink writes to Kafka: offsets, the metadata beside them and dead letters, together in one transaction."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime

from consumer.bad_records.dead_letter import DeadLetterWriter
from consumer.kafka.committer import Committer
from consumer.kafka.offsets import CommittedOffset, GroupOffsets
from consumer.kafka.records import TopicPartition
from consumer.sink.batch import Dead


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


class SinkCommit:
    """Commits what one round of the sink has dealt with."""

    def __init__(self, committer: Committer, letters: DeadLetterWriter) -> None:
        self._committer = committer
        self._letters = letters

    def commit(
        self, offsets: Mapping[TopicPartition, int], metadata: Mapping[TopicPartition, str], dead: Collection[Dead]
    ) -> bool:
        """As `Committer.commit`, with these dead letters."""
        now = datetime.now(UTC)
        messages = [self._letters.message(record, letter, now) for record, letter in dead]
        return self._committer.commit(messages, offsets, metadata)
