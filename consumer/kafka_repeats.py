"""The topic that holds the pages of `consumer.repeats`: compacted, one key for each page's place in its ring."""

import time
from collections.abc import Collection

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException
from confluent_kafka import Message as Received
from confluent_kafka import TopicPartition as Place

from consumer import kafka_admin
from consumer.config import Settings
from consumer.errors import BrokerTrouble
from consumer.record import Message, TopicPartition
from consumer.repeats import Page, decoded, encoded

TIMEOUT_S = 15.0
# Longer than a transaction can live: until the last one of whoever had the partitions before is over.
LOAD_S = 30.0
_BATCH = 500


class RepeatsTopic:
    """Reads and writes pages; a topic that is missing is made."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._topic = settings.topics.repeats
        self._count = 0

    def load(self, partitions: Collection[TopicPartition]) -> dict[TopicPartition, list[Page]]:
        """All committed pages of these partitions.

        Raises:
            BrokerTrouble: they could not be read in time.
        """
        self._count = kafka_admin.ensure(self._settings, self._topic, like=self._settings.topics.created)
        latest: dict[bytes, Page] = {}
        try:
            for received in self._committed({number % self._count for _, number in partitions}):
                key, value = received.key(), received.value()
                if isinstance(key, bytes) and isinstance(value, bytes):
                    latest[key] = decoded(value)
        except KafkaException as error:
            raise BrokerTrouble(f"{self._topic} could not be read: {error.args[0].str()}") from error
        return {
            each: [page for key, page in latest.items() if key.startswith(self._key(each, ""))] for each in partitions
        }

    def message(self, partition: TopicPartition, place: int, page: Page) -> Message:
        """The record that keeps a page, in the place of the one that was there before."""
        return Message(
            self._topic, self._key(partition, str(place)), encoded(page), partition=partition[1] % self._count
        )

    def _key(self, partition: TopicPartition, place: str) -> bytes:
        return "|".join((self._settings.kafka_group_id, partition[0], str(partition[1]), place)).encode()

    def _committed(self, numbers: Collection[int]) -> list[Received]:
        """The topic's committed records up to where its log ends now, open transactions included."""
        ends = self._ends(numbers)
        reader = self._reader("read_committed")
        found: list[Received] = []
        give_up_s = time.monotonic() + LOAD_S
        try:
            reader.assign([Place(self._topic, number, OFFSET_BEGINNING) for number in ends])
            while ends:
                if time.monotonic() > give_up_s:
                    raise BrokerTrouble(f"{self._topic}: partitions {sorted(ends)} could not be read to their end")
                for received in reader.consume(_BATCH, 0.1):
                    error = received.error()
                    if error is None:
                        found.append(received)
                    elif error.code() != KafkaError._PARTITION_EOF:
                        raise KafkaException(error)
                    elif (received.offset() or 0) >= ends.get(received.partition() or 0, 0):
                        ends.pop(received.partition() or 0, None)
        finally:
            reader.close()
        return found

    def _ends(self, numbers: Collection[int]) -> dict[int, int]:
        reader = self._reader("read_uncommitted")
        try:
            return {
                number: end
                for number in numbers
                if (end := reader.get_watermark_offsets(Place(self._topic, number), TIMEOUT_S)[1])
            }
        finally:
            reader.close()

    def _reader(self, isolation: str) -> Consumer:
        return kafka_admin.reader(self._settings, {"isolation.level": isolation, "enable.partition.eof": True})
