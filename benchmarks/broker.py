"""The requests of a benchmark to the broker: ends of topics, offsets of groups, deletion of read records."""

from collections.abc import Iterable, Mapping

from confluent_kafka import Consumer, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient

TIMEOUT_S = 15.0


class Broker:
    """Watches one group and its topics, as a reader of committed records."""

    def __init__(self, kafka: str, group: str) -> None:
        self._admin = AdminClient({"bootstrap.servers": kafka})
        self._group = group
        # It never subscribes, so it never becomes a member of the group.
        self._reader = Consumer({"bootstrap.servers": kafka, "group.id": group, "isolation.level": "read_committed"})

    def ends(self, topic: str) -> dict[int, int]:
        """Per partition the offset after the last committed record; transaction markers have offsets too."""
        partitions = self._admin.list_topics(topic, TIMEOUT_S).topics[topic].partitions
        return {
            number: self._reader.get_watermark_offsets(TopicPartition(topic, number), TIMEOUT_S)[1]
            for number in partitions
        }

    def committed(self, topic: str, partitions: Iterable[int]) -> dict[int, int]:
        """Per partition the offset that the group has committed, 0 where it has not."""
        committed = self._reader.committed([TopicPartition(topic, number) for number in partitions], TIMEOUT_S)
        return {found.partition: max(0, found.offset) for found in committed}

    def members(self) -> int:
        """The number of members that have partitions."""
        found = self._admin.describe_consumer_groups([self._group])[self._group].result(TIMEOUT_S)
        return sum(bool(member.assignment.topic_partitions) for member in found.members)

    def forget(self, topic: str, before: Mapping[int, int]) -> None:
        """Delete the records below these offsets: the sandbox's broker keeps everything in memory."""
        starts = [TopicPartition(topic, number, offset) for number, offset in before.items() if offset > 0]
        for future in self._admin.delete_records(starts).values() if starts else ():
            future.result(TIMEOUT_S)

    def delete(self, topics: list[str]) -> None:
        """Delete topics."""
        for future in self._admin.delete_topics(topics).values() if topics else ():
            future.result(TIMEOUT_S)

    def close(self) -> None:
        self._reader.close()


def answers(kafka: str) -> bool:
    """Whether a broker answers there."""
    try:
        # Without log lines, because it is asked before it can answer.
        AdminClient({"bootstrap.servers": kafka, "log_level": 2}).list_topics(timeout=2.0)
    except KafkaException:
        return False
    return True
