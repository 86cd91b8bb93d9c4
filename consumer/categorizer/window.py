"""The ordered window: records in poll order, each done or waiting, given back as finished prefixes.

Pure bookkeeping: no clock, no thread, no Kafka. Offsets to commit come from what this class gives
back, never from the consumer's position, which runs ahead of what is finished.
"""

from collections import deque
from collections.abc import Collection

from consumer.categorizer.envelope import Envelope
from consumer.kafka.records import TopicPartition


class Window:
    """Records between poll and commit."""

    def __init__(self) -> None:
        self._lanes: dict[TopicPartition, deque[Envelope]] = {}
        self.records = 0
        self.bytes = 0

    def add(self, envelope: Envelope) -> None:
        """Append a record to its partition's lane, in the order in which it was polled."""
        partition = envelope.partition
        lane = self._lanes.get(partition)
        if lane is None:
            lane = self._lanes[partition] = deque()
        lane.append(envelope)
        self.records += 1
        self.bytes += envelope.size

    def holds(self, partition: TopicPartition) -> bool:
        """Whether a record of this partition is in it."""
        return bool(self._lanes.get(partition))

    def take(self, max_records: int, max_bytes: int, only: Collection[TopicPartition] | None = None) -> list[Envelope]:
        """Remove and return the longest finished prefix of each partition, within the bounds.

        At least one record is returned when any is finished, however large it is.
        """
        taken: list[Envelope] = []
        size = 0
        for partition, lane in self._lanes.items():
            if only is not None and partition not in only:
                continue
            while lane and lane[0].outcome is not None and len(taken) < max_records:
                size += lane[0].size
                if taken and size > max_bytes:
                    break
                taken.append(lane.popleft())
        self.records -= len(taken)
        self.bytes -= sum(envelope.size for envelope in taken)
        return taken

    def drop(self, partitions: Collection[TopicPartition]) -> list[Envelope]:
        """Forget every record of these partitions: they go to another member, or will be read again."""
        dropped: list[Envelope] = []
        for partition in partitions:
            dropped.extend(self._lanes.pop(partition, ()))
        for envelope in dropped:
            envelope.dropped = True
        self.records -= len(dropped)
        self.bytes -= sum(envelope.size for envelope in dropped)
        return dropped
