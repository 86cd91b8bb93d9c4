"""`ticketstream dlq acknowledge`: let a flood of dead letters pass."""

from collections.abc import Iterable
from typing import NamedTuple

from consumer.bad_records.flood_acknowledgement import acknowledgement_key
from consumer.bad_records.offset_metadata import parse
from consumer.config.settings import Settings
from consumer.errors import BrokerTrouble
from consumer.kafka import admin
from consumer.kafka.cluster import cluster_of, sink_group
from consumer.kafka.consumer import GroupConsumer
from consumer.kafka.producer import PlainProducer
from consumer.kafka.records import Message, TopicPartition
from consumer.sink.topics import sink_events

TIMEOUT_S = 15.0


class CountedPartition(NamedTuple):
    """A partition with dead letters that count towards a flood.

    Attributes:
        offset: the group's committed offset.
        end: the end offset of the partition.
        run: how many records directly before the committed offset became dead letters.
        letters: how many records of the committed offset's block became dead letters.
    """

    partition: TopicPartition
    offset: int
    end: int
    run: int
    letters: int


def counted_partitions(settings: Settings) -> list[CountedPartition]:
    """The partitions whose dead letters the categorizers or the sinks count.

    Raises:
        BrokerTrouble: the broker did not answer.
    """
    categorized = _counted(settings, settings.kafka_group_id, (settings.topics.created, settings.topics.recategorize))
    return categorized + _counted(settings, sink_group(settings), sink_events(settings))


def acknowledge(settings: Settings, partitions: list[CountedPartition]) -> None:
    """Let every dead letter before the current end of these partitions pass.

    Raises:
        BrokerTrouble: it was not written; writing it again is harmless.
    """
    marks = settings.topics.marks
    admin.ensure(settings, marks, like=settings.topics.dead_letter)
    producer = PlainProducer(cluster_of(settings), "dlq")
    failures: list[str] = []
    for counted in partitions:
        key = acknowledgement_key(counted.partition)
        producer.send(Message(marks, key, str(counted.end).encode()), failures.append)
    left = producer.flush(TIMEOUT_S)
    if left or failures:
        unanswered = producer.why_undelivered() or f"the broker did not answer within {TIMEOUT_S:g} s"
        reason = failures[0] if failures else unanswered
        raise BrokerTrouble(f"the acknowledgement was not written: {reason}; run the command again")


def _counted(settings: Settings, group_id: str, topics: Iterable[str]) -> list[CountedPartition]:
    ends = {(topic, number): end for topic in topics for number, end in admin.end_offsets(settings, topic).items()}
    # It never subscribes, so it does not become a member of the group.
    group = GroupConsumer(cluster_of(settings), group_id, "dlq")
    try:
        committed = group.offsets.read(ends, TIMEOUT_S) if ends else {}
    finally:
        group.close()
    found = ((partition, offset, parse(text)) for partition, (offset, text) in committed.items())
    return [
        CountedPartition(partition, offset, ends[partition], metadata.run, metadata.letters)
        for partition, offset, metadata in sorted(found)
        if metadata.letters or metadata.run
    ]
