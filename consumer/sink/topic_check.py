"""Sees to it that the sink's partitions are those whose records ClickHouse holds: asked once for each assignment."""

from collections.abc import Collection, Mapping

import structlog

from analytics.clickhouse.client import Client
from analytics.store.highest_offsets import highest_offsets
from analytics.store.rows import StoredEvent
from consumer.errors import ConfigurationError
from consumer.kafka.consumer import GroupConsumer
from consumer.kafka.records import Record, TopicPartition
from consumer.sink.recreated import Finding, Seen, complaint, finding

log = structlog.get_logger()

# Longer than a transaction can live whose end is waited for.
TIMEOUT_S = 20.0
# Telemetry may be lost by design: to have lost some is no reason to stop.
_KEPT = frozenset({"TicketCategorized", "TicketCorrected"})


class SameTopics:
    """The partitions that were not asked about yet.

    Args:
        kafka_in: the sink's place in its group.
        events: what each topic holds.
        group: the sink's.
    """

    def __init__(self, group_consumer: GroupConsumer, events: Mapping[str, StoredEvent], group: str) -> None:
        self._in = group_consumer
        self._events = events
        self._group = group
        self._asked: set[TopicPartition] = set()
        self._next: dict[TopicPartition, int] = {}

    @property
    def in_question(self) -> bool:
        """Whether there is something to check."""
        return bool(self._asked)

    def question(self, partitions: Collection[TopicPartition]) -> None:
        """Check these before the next insert."""
        self._asked |= set(partitions)

    def read(self, record: Record) -> None:
        """A record was read: one that comes a second time is a reason to check."""
        if record.position.offset < self._next.get(record.partition, 0):
            self._asked.add(record.partition)
        self._next[record.partition] = record.next_offset

    def drop(self, partitions: Collection[TopicPartition]) -> None:
        """These are another's now."""
        self._asked -= set(partitions)
        self._next = {each: offset for each, offset in self._next.items() if each not in partitions}

    def check(self, client: Client) -> None:
        """Ask Kafka and ClickHouse how far each partition in question has come.

        Raises:
            ConfigurationError: ClickHouse holds records of another topic of the same name.
            BrokerTrouble: Kafka did not answer.
            analytics.clickhouse.errors.Unavailable: ClickHouse did not; ask again.
        """
        if not self._asked:
            return
        # The end is asked last: others may write and commit meanwhile, and it only grows.
        committed = self._in.offsets.committed(self._asked, TIMEOUT_S)
        for topic in {topic for topic, _ in self._asked}:
            event = self._events[topic]
            highest = highest_offsets(client, event, topic) if event in _KEPT else {}
            for partition in sorted(each for each in self._asked if each[0] == topic):
                begin, end = self._in.offsets.watermarks(partition, TIMEOUT_S)
                seen = Seen(end, committed.get(partition), highest.get(partition[1]))
                self._act(partition, begin, seen, client.database)
        self._asked.clear()

    def _act(self, partition: TopicPartition, begin: int, seen: Seen, database: str) -> None:
        match finding(seen):
            case Finding.ANOTHER:
                raise ConfigurationError(complaint(partition, seen, self._group, database))
            case Finding.READ_ANEW:
                log.warning("topic.shorter", partition=f"{partition[0]}-{partition[1]}", **seen._asdict())
                # So that a death after the first insert finds the group within the topic.
                self._in.offsets.commit({partition: begin})
            case Finding.SAME:
                pass
