"""What a person lets pass although it is a flood: up to which offset of each partition, kept among the marks."""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from consumer.bad_records.offset_metadata import parse
from consumer.config.settings import Settings
from consumer.errors import BrokerTrouble
from consumer.kafka import admin
from consumer.kafka.cluster import cluster_of
from consumer.kafka.consumer import GroupConsumer
from consumer.kafka.producer import PlainProducer
from consumer.kafka.records import Message, TopicPartition
from consumer.kafka.topic_reader import committed
from consumer.sink.topics import sink_events, sink_group

TIMEOUT_S = 15.0


class Counted(NamedTuple):
    """A partition with dead letters that count.

    Attributes:
        offset: that the group has committed.
        end: of the partition's log.
        run: so many records just before the offset were dead letters.
        letters: so many of the offset's block were.
    """

    partition: TopicPartition
    offset: int
    end: int
    run: int
    letters: int


def counted(settings: Settings) -> list[Counted]:
    """The partitions of which categorizers and sinks count dead letters.

    Raises:
        BrokerTrouble: the broker did not answer.
    """
    categorized = _counted(settings, settings.kafka_group_id, (settings.topics.created, settings.topics.recategorize))
    return categorized + _counted(settings, sink_group(settings), sink_events(settings))


def _counted(settings: Settings, group_id: str, topics: Iterable[str]) -> list[Counted]:
    ends = {(topic, number): end for topic in topics for number, end in admin.end_offsets(settings, topic).items()}
    # Never subscribed, so that it is no member.
    group = GroupConsumer(cluster_of(settings), group_id, "dlq")
    try:
        noted = group.offsets.read(ends, TIMEOUT_S) if ends else {}
    finally:
        group.close()
    found = ((partition, offset, parse(text)) for partition, (offset, text) in noted.items())
    return [
        Counted(partition, offset, ends[partition], mark.run, mark.letters)
        for partition, offset, mark in sorted(found)
        if mark.letters or mark.run
    ]


def acknowledge(settings: Settings, partitions: list[Counted]) -> None:
    """Let everything pass that these partitions hold now.

    Raises:
        BrokerTrouble: it was not written; writing it again is harmless.
    """
    marks = settings.topics.marks
    admin.ensure(settings, marks, like=settings.topics.dead_letter)
    producer = PlainProducer(cluster_of(settings), "dlq")
    failures: list[str] = []
    for each in partitions:
        producer.send(Message(marks, _key(each.partition), str(each.end).encode()), failures.append)
    left = producer.flush(TIMEOUT_S)
    if left or failures:
        raise BrokerTrouble(f"the acknowledgement was not written: {failures[0] if failures else 'no answer'}")


def acknowledged_in(settings: Settings) -> Callable[[TopicPartition], int]:
    """Tells the offset before which every letter of a partition may pass; 0 when nobody said so.

    Raises:
        BrokerTrouble: the marks could not be read.
    """

    def ask(partition: TopicPartition) -> int:
        return max(_offsets(settings, partition), default=0)

    return ask


def _offsets(settings: Settings, partition: TopicPartition) -> Iterator[int]:
    if settings.topics.marks not in admin.partition_counts(settings):
        return
    key = _key(partition)
    for record in committed(settings, settings.topics.marks):
        if record.key == key and record.value is not None and record.value.isdigit():
            yield int(record.value)


def _key(partition: TopicPartition) -> bytes:
    """No letter's mark has such a key: those begin with a number."""
    topic, number = partition
    return f"flood@{topic}@{number}".encode()
