"""The partitions that a worker has, and which of them its client reads; only changes reach the client."""

from collections.abc import Callable, Collection

from consumer.kafka.consumer import GroupConsumer
from consumer.kafka.records import TopicPartition


class Partitions:
    """What is assigned, and what of it is paused.

    Args:
        consumer: the client to pause and resume.
        queue_topic: the topic that may be paused by itself.
        on_assigned: is told of partitions that were assigned.
    """

    def __init__(
        self,
        consumer: GroupConsumer,
        queue_topic: str,
        on_assigned: Callable[[Collection[TopicPartition]], None] = lambda _: None,
    ) -> None:
        self._consumer = consumer
        self._queue_topic = queue_topic
        self._on_assigned = on_assigned
        self._assigned: set[TopicPartition] = set()
        self._fresh: set[TopicPartition] = set()
        self._paused: set[TopicPartition] = set()

    @property
    def assigned(self) -> frozenset[TopicPartition]:
        return frozenset(self._assigned)

    def add(self, partitions: Collection[TopicPartition]) -> None:
        """These were assigned."""
        self._assigned.update(partitions)
        self._fresh.update(partitions)
        self._paused.difference_update(partitions)
        self._on_assigned(partitions)

    def remove(self, partitions: Collection[TopicPartition]) -> None:
        """These were revoked or lost."""
        for held in (self._assigned, self._fresh, self._paused):
            held.difference_update(partitions)

    def read(self, *, any_at_all: bool, queue: bool, full: Collection[TopicPartition] = ()) -> None:
        """Pause and resume, so that just these are read.

        Args:
            any_at_all: whether anything is to be read.
            queue: whether the queue is.
            full: partitions that are not to be.
        """
        if self._fresh:
            # A paused flag can outlive an earlier assignment of the same partition.
            self._consumer.resume(self._fresh)
            self._fresh = set()
        unwanted = {
            partition
            for partition in self._assigned
            if not any_at_all or partition in full or (partition[0] == self._queue_topic and not queue)
        }
        if unwanted != self._paused:
            self._consumer.resume(self._paused - unwanted)
            self._consumer.pause(unwanted - self._paused)
            self._paused = unwanted
