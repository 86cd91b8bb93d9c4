"""The partitions that a sink has: all of them are read, or none while a batch waits to be tried again."""

from collections.abc import Collection

from consumer.kafka.consumer import GroupConsumer
from consumer.kafka.records import TopicPartition


class Partitions:
    """What is assigned, and what of it is paused; the client is told of changes only.

    Args:
        consumer: the client to pause and resume.
    """

    def __init__(self, consumer: GroupConsumer) -> None:
        self._consumer = consumer
        self._assigned: set[TopicPartition] = set()
        self._fresh: set[TopicPartition] = set()
        self._paused: set[TopicPartition] = set()

    @property
    def assigned(self) -> frozenset[TopicPartition]:
        return frozenset(self._assigned)

    def holds(self, partition: TopicPartition) -> bool:
        """Whether this one is assigned now; any thread may ask."""
        return partition in self._assigned

    def add(self, partitions: Collection[TopicPartition]) -> None:
        """These were assigned."""
        self._assigned.update(partitions)
        self._fresh.update(partitions)
        self._paused.difference_update(partitions)

    def remove(self, partitions: Collection[TopicPartition]) -> None:
        """These were revoked or lost."""
        for held in (self._assigned, self._fresh, self._paused):
            held.difference_update(partitions)

    def read(self, *, paused: bool) -> None:
        """Have the next polls read all of them; none when `paused`."""
        if self._fresh:
            # A paused flag can outlive an earlier assignment of the same partition.
            self._consumer.resume(self._fresh)
            self._fresh = set()
        unwanted = set(self._assigned) if paused else set()
        if unwanted != self._paused:
            self._consumer.resume(self._paused - unwanted)
            self._consumer.pause(unwanted - self._paused)
            self._paused = unwanted
