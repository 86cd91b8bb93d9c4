"""Kafka in memory, with the semantics on which the delivery promise rests, and a clock that only tests move.

Logs with markers and a last stable offset; producer epochs, transactions that time out; groups with generations,
sessions and cooperative rebalances; offsets that are pending as long as their transaction is open. What Kafka does over
the wire in many requests is done here by one call each, which happens wholly or not at all.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import count
from zlib import crc32

from confluent_kafka import KafkaError

from consumer.kafka.records import TopicPartition
from tests.sim.group import Group, Kept, Metadata
from tests.sim.log import Logs, Sent
from tests.sim.refused import Refused
from tests.support.rawlog import Entry, Fate


class Clock:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


@dataclass
class Writer:
    """What the transaction coordinator knows of one transactional id."""

    number: int
    epoch: int
    timeout_s: float
    began_s: float | None = None
    ended: Fate | None = None
    partitions: set[TopicPartition] = field(default_factory=set)
    offsets: dict[str, dict[TopicPartition, Kept]] = field(default_factory=dict)
    batches: set[int] = field(default_factory=set)


class SimBroker:
    """The whole cluster.

    Args:
        partitions: of every topic.
        clock: its time.
    """

    def __init__(self, partitions: int, clock: Clock) -> None:
        self.partitions = partitions
        self.clock = clock
        self.logs = Logs()
        self.groups: defaultdict[str, Group] = defaultdict(lambda: Group(partitions, clock))
        # Counts what readers could notice.
        self.changes = 0
        self._writers: dict[str, Writer] = {}
        self._numbers = count(1)

    def partition_of(self, key: bytes | None) -> int:
        return crc32(key or b"") % self.partitions

    def write(self, record: Sent) -> int:
        """Outside any transaction."""
        self.changes += 1
        return self.logs[record.topic, record.partition].append(record, None)

    def entries(self, topic: str) -> list[Entry]:
        """All of a topic, one partition after the other."""
        return [entry for number in range(self.partitions) for entry in self.logs[topic, number].entries]

    def init(self, transactional_id: str, timeout_s: float) -> int:
        """End what is open under this id; the epoch with which to write from now on."""
        writer = self._writers.get(transactional_id)
        if writer is None:
            writer = self._writers[transactional_id] = Writer(next(self._numbers), -1, timeout_s)
        self._end(writer, Fate.ABORTED)
        writer.epoch += 1
        writer.ended = None
        writer.batches = set()
        writer.timeout_s = timeout_s
        return writer.epoch

    def write_in(self, transactional_id: str, epoch: int, batch: int, records: Iterable[Sent]) -> None:
        """AddPartitionsToTxn and Produce; a batch that is sent again is there once."""
        writer = self._writer(transactional_id, epoch)
        if batch in writer.batches:
            return
        writer.batches.add(batch)
        self._begin(writer)
        for record in records:
            partition = record.topic, record.partition
            writer.partitions.add(partition)
            self.logs[partition].append(record, writer.number)

    def send_offsets(
        self, transactional_id: str, epoch: int, metadata: Metadata, offsets: Mapping[TopicPartition, Kept]
    ) -> None:
        """AddOffsetsToTxn and TxnOffsetCommit."""
        writer = self._writer(transactional_id, epoch)
        self.groups[metadata.group].check(metadata)
        self._begin(writer)
        writer.offsets.setdefault(metadata.group, {}).update(offsets)

    def end(self, transactional_id: str, epoch: int, fate: Fate) -> None:
        """EndTxn: said again it changes nothing, and the other way round it is refused."""
        writer = self._writer(transactional_id, epoch)
        if writer.began_s is None and writer.ended is not fate:
            raise Refused(KafkaError.INVALID_TXN_STATE)
        self._end(writer, fate)

    def _writer(self, transactional_id: str, epoch: int) -> Writer:
        writer = self._writers[transactional_id]
        if writer.epoch != epoch:
            raise Refused(KafkaError.INVALID_PRODUCER_EPOCH)
        return writer

    def _begin(self, writer: Writer) -> None:
        if writer.began_s is None:
            writer.began_s = self.clock()

    def _end(self, writer: Writer, fate: Fate) -> None:
        if writer.began_s is None:
            return
        for partition in sorted(writer.partitions):
            self.logs[partition].mark(writer.number, fate)
        if fate is Fate.COMMITTED:
            for group, offsets in writer.offsets.items():
                self.groups[group].committed.update(offsets)
        writer.began_s, writer.ended = None, fate
        writer.partitions, writer.offsets = set(), {}
        self.changes += 1

    def commit(self, metadata: Metadata, offsets: Mapping[TopicPartition, Kept]) -> None:
        """OffsetCommit, outside any transaction."""
        group = self.groups[metadata.group]
        group.check(metadata)
        group.committed.update(offsets)
        self.changes += 1

    def committed(self, group: str, partition: TopicPartition) -> Kept | None:
        """The offset to read next, and the metadata beside it; -1 when there is none.

        Returns:
            None while a transaction that is open may change it.
        """
        if any(partition in writer.offsets.get(group, {}) for writer in self._writers.values()):
            return None
        return self.groups[group].committed.get(partition, Kept(-1, ""))

    def look_at_the_clock(self) -> None:
        """End transactions and sessions that have outlived their time."""
        now = self.clock()
        for writer in self._writers.values():
            if writer.began_s is not None and now - writer.began_s >= writer.timeout_s:
                self._end(writer, Fate.ABORTED)
                writer.epoch += 1
        for group in self.groups.values():
            group.look_at_the_clock()
