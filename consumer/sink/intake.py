"""From polled records to entries of the batch; some have to wait."""

import time
from collections.abc import Mapping

import structlog

from consumer.bad_records.blame import handling_records
from consumer.bad_records.quarantine import Quarantine
from consumer.kafka.consumer import GroupConsumer
from consumer.kafka.records import Record
from consumer.sink.batch import Batches, SinkBatch
from consumer.sink.topic_check import TopicCheck
from consumer.sink.topics import StoredTopic
from schemas.codec import RegistryUnavailable

log = structlog.get_logger()


class Intake:
    """Fills batches. Not thread-safe.

    Args:
        consumer: to which records that have to wait are given back.
        topics: what each topic holds.
        quarantine: lets records in, one by one while some are suspect.
        check: while it is pending nothing is taken in.

    Attributes:
        topics: their names.
    """

    def __init__(
        self, consumer: GroupConsumer, topics: Mapping[str, StoredTopic], quarantine: Quarantine, check: TopicCheck
    ) -> None:
        self.topics = list(topics)
        self._topics = topics
        self._consumer = consumer
        self._quarantine = quarantine
        self._check = check

    def take(self, records: list[Record], batches: Batches, now: float) -> bool:
        """Put records into the next batch as rows or dead letters, and give the others back.

        Args:
            records: as they were polled.
            batches: what is in hand.
            now: monotonic time.

        Returns:
            False when a schema could not be asked for: more should be taken in only after a pause.

        Raises:
            BrokerTrouble: a takeover marker could not be read or written.
        """
        if self._check.is_pending:
            # A marker is a commit: not before it is known that the offsets are those of this topic.
            self._consumer.give_back(records)
            return True
        partitions = {record.partition for record in records}
        admitted, later = self._quarantine.let_in(records, partitions, now, busy=not batches.is_empty)
        read_ms = time.time_ns() // 1_000_000
        unread = self._read([record.at(read_ms) for record in admitted], batches.next, now)
        self._consumer.give_back(unread + later)
        return not unread

    def _read(self, records: list[Record], batch: SinkBatch, now: float) -> list[Record]:
        """Read as many as the registry allows; the rest."""
        batch.begin(now)
        read = 0
        try:
            with handling_records():
                for record in records:
                    letter = self._quarantine.condemned(record) if self._quarantine.one_by_one else None
                    topic = self._topics[record.position.topic]
                    batch.add(record, topic.condemned(letter) if letter else topic.read(record))
                    self._check.read(record)
                    read += 1
        except RegistryUnavailable as error:
            log.warning("registry.unavailable", detail=str(error))
            self._quarantine.clear_markers()
        return records[read:]
