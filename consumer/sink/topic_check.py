"""Whether a topic is still the one whose records ClickHouse holds: asked once for each assignment.

Offsets of a topic only ever grow. A topic that ends before an offset that was read of it was deleted and made again, or
its broker has lost records.
"""

from collections.abc import Callable, Collection, Mapping
from enum import Enum, auto
from typing import NamedTuple, Protocol

import structlog

from analytics.store.rows import StoredEvent
from consumer.errors import ConfigurationError
from consumer.kafka.records import Record, TopicPartition

log = structlog.get_logger()

# Longer than a transaction can live whose end is waited for.
TIMEOUT_S = 20.0
# Telemetry may be lost by design: to have lost some is no reason to stop.
_KEPT = frozenset({"TicketCategorized", "TicketCorrected"})

# The highest offset of a topic that ClickHouse holds, by partition; partitions without rows are left out.
HighestOffsets = Callable[[StoredEvent, str], Mapping[int, int]]


class Progress(NamedTuple):
    """How far a partition has come.

    Attributes:
        end: of what is committed in its log; everything that was ever read stood below.
        committed: what the group reads next; None when it has committed nothing.
        highest: the highest offset of it that ClickHouse holds; None when it holds no row of it.
    """

    end: int
    committed: int | None
    highest: int | None


class Finding(Enum):
    """What follows from it.

    Attributes:
        SAME: nothing speaks against this being the topic of before.
        READ_ANEW: the group is beyond its end, and ClickHouse holds nothing of it: it is read from its beginning.
        RECREATED: ClickHouse holds records of an earlier topic of this name, or records that the broker has lost.
    """

    SAME = auto()
    READ_ANEW = auto()
    RECREATED = auto()


def judge(progress: Progress) -> Finding:
    """Judge a partition. Retention is no reason: it moves the beginning of a log and never its end."""
    end, committed, highest = progress.end, progress.committed or 0, progress.highest
    if highest is not None and max(highest + 1, committed) > end:
        return Finding.RECREATED
    return Finding.READ_ANEW if committed > end else Finding.SAME


def complaint(partition: TopicPartition, progress: Progress, group: str, database: str) -> str:
    """What happened and what to do, for the operator."""
    topic, number = partition
    return (
        f"{topic}-{number} ends at offset {progress.end}, but ClickHouse holds its records up to {progress.highest}"
        f" and {group} has committed {progress.committed}: the topic was deleted and made again, or its broker lost"
        f" records. What is read now would mix with the rows of before. Set CLICKHOUSE_DATABASE to a new name, or drop"
        f" {database}; then start the sink and, beside it, `ticketstream rebuild`."
    )


class Offsets(Protocol):
    """The offsets of the sink's group and of its topics: `GroupOffsets`, or a fake in tests."""

    def committed(self, partitions: Collection[TopicPartition], timeout_s: float) -> Mapping[TopicPartition, int]: ...

    def watermarks(self, partition: TopicPartition, timeout_s: float) -> tuple[int, int]: ...

    def commit(self, offsets: Mapping[TopicPartition, int]) -> bool: ...


class TopicCheck:
    """The partitions that are still to be checked.

    Args:
        offsets: of the sink's group.
        events: what each topic holds.
        group: the sink's.
        database: of ClickHouse, for the complaint.
    """

    def __init__(self, offsets: Offsets, events: Mapping[str, StoredEvent], group: str, database: str) -> None:
        self._offsets = offsets
        self._events = events
        self._group = group
        self._database = database
        self._unchecked: set[TopicPartition] = set()
        self._next: dict[TopicPartition, int] = {}

    @property
    def is_pending(self) -> bool:
        """Whether there is something to check."""
        return bool(self._unchecked)

    @property
    def unchecked(self) -> frozenset[TopicPartition]:
        """What is to be checked."""
        return frozenset(self._unchecked)

    def add(self, partitions: Collection[TopicPartition]) -> None:
        """Check these before the next insert."""
        self._unchecked |= set(partitions)

    def read(self, record: Record) -> None:
        """A record was read: one that comes a second time is a reason to check."""
        if record.position.offset < self._next.get(record.partition, 0):
            self._unchecked.add(record.partition)
        self._next[record.partition] = record.next_offset

    def forget(self, partitions: Collection[TopicPartition]) -> None:
        """These belong to another member now."""
        self._unchecked -= set(partitions)
        self._next = {partition: offset for partition, offset in self._next.items() if partition not in partitions}

    def check(self, highest_offsets: HighestOffsets) -> None:
        """Ask Kafka and ClickHouse how far each unchecked partition has come.

        Raises:
            ConfigurationError: ClickHouse holds records of another topic of the same name.
            BrokerTrouble: Kafka did not answer.
            analytics.clickhouse.errors.Unavailable: ClickHouse did not; ask again.
        """
        if not self._unchecked:
            return
        # The end is asked last: others may write and commit meanwhile, and it only grows.
        committed = self._offsets.committed(self._unchecked, TIMEOUT_S)
        for topic in {topic for topic, _ in self._unchecked}:
            event = self._events[topic]
            highest = highest_offsets(event, topic) if event in _KEPT else {}
            for partition in sorted(partition for partition in self._unchecked if partition[0] == topic):
                begin, end = self._offsets.watermarks(partition, TIMEOUT_S)
                progress = Progress(end, committed.get(partition), highest.get(partition[1]))
                self._act(partition, begin, progress)
        self._unchecked.clear()

    def _act(self, partition: TopicPartition, begin: int, progress: Progress) -> None:
        match judge(progress):
            case Finding.RECREATED:
                raise ConfigurationError(complaint(partition, progress, self._group, self._database))
            case Finding.READ_ANEW:
                log.warning("topic.shorter", partition=f"{partition[0]}-{partition[1]}", **progress._asdict())
                # So that a crash after the first insert finds the group within the topic.
                self._offsets.commit({partition: begin})
            case Finding.SAME:
                pass
