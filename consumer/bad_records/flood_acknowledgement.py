"""Up to which offset of a partition an operator lets dead letters pass although they are a flood.

`ticketstream dlq acknowledge` writes these offsets to the topic of marks (`TOPIC_MARKS`); the loops read them.
"""

from collections.abc import Callable, Iterator

from consumer.config.settings import Settings
from consumer.kafka import admin
from consumer.kafka.records import TopicPartition
from consumer.kafka.topic_reader import committed


def acknowledged_in(settings: Settings) -> Callable[[TopicPartition], int]:
    """A function that returns the offset before which every dead letter of a partition may pass; 0 without one.

    Raises:
        BrokerTrouble: the marks could not be read.
    """

    def ask(partition: TopicPartition) -> int:
        return max(_offsets(settings, partition), default=0)

    return ask


def acknowledgement_key(partition: TopicPartition) -> bytes:
    """The key of a partition's acknowledgement. No dead letter's mark has such a key: those begin with a number."""
    topic, number = partition
    return f"flood@{topic}@{number}".encode()


def _offsets(settings: Settings, partition: TopicPartition) -> Iterator[int]:
    if settings.topics.marks not in admin.partition_counts(settings):
        return
    key = acknowledgement_key(partition)
    for record in committed(settings, settings.topics.marks):
        if record.key == key and record.value is not None and record.value.isdigit():
            yield int(record.value)
