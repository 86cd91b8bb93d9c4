"""The topic that holds the pages of `repeats.py`: compacted, one key for each index of a partition's ring."""

from collections.abc import Collection

from consumer import outside
from consumer.categorizer.repeats import Page, decoded, encoded
from consumer.config.settings import Settings
from consumer.kafka import admin
from consumer.kafka.records import Message, TopicPartition
from consumer.kafka.topic_reader import committed


class RepeatsTopic:
    """Reads and writes pages; a topic that is missing is made."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._topic = settings.topics.repeats
        self._count = 0

    @outside.waiting("kafka")
    def load(self, partitions: Collection[TopicPartition]) -> dict[TopicPartition, list[Page]]:
        """All committed pages of these partitions.

        Raises:
            BrokerTrouble: they could not be read in time.
        """
        self._count = admin.ensure(self._settings, self._topic, like=self._settings.topics.created)
        latest: dict[bytes, Page] = {}
        for record in committed(self._settings, self._topic, {number % self._count for _, number in partitions}):
            if record.key is not None and record.value is not None:
                latest[record.key] = decoded(record.value)
        return {
            partition: [page for key, page in latest.items() if key.startswith(self._key(partition, ""))]
            for partition in partitions
        }

    def message(self, partition: TopicPartition, index: int, page: Page) -> Message:
        """The record that keeps a page; it replaces the earlier page at this index of the ring."""
        return Message(
            self._topic, self._key(partition, str(index)), encoded(page), partition=partition[1] % self._count
        )

    def _key(self, partition: TopicPartition, index: str) -> bytes:
        return "|".join((self._settings.kafka_group_id, partition[0], str(partition[1]), index)).encode()
