"""Whether a topic is still the one that was read before: pure. Offsets of a topic only ever grow."""

from enum import Enum, auto
from typing import NamedTuple

from consumer.kafka.records import TopicPartition


class Seen(NamedTuple):
    """What is known of a partition.

    Attributes:
        end: of what is committed in it; everything that was ever read stood below.
        committed: what the group reads next; None when it has committed nothing.
        highest: the highest offset of it that ClickHouse holds; None when it holds no row of it.
    """

    end: int
    committed: int | None
    highest: int | None


class Finding(Enum):
    """What follows.

    Attributes:
        SAME: nothing speaks against it.
        READ_ANEW: the group is beyond its end, and ClickHouse holds nothing of it: it is read from its beginning.
        ANOTHER: ClickHouse holds records of another topic of this name, or of a past that the broker has lost.
    """

    SAME = auto()
    READ_ANEW = auto()
    ANOTHER = auto()


def finding(seen: Seen) -> Finding:
    """Judge a partition. Retention is no reason: it moves the beginning of a log and never its end."""
    if seen.highest is not None and max(seen.highest + 1, seen.committed or 0) > seen.end:
        return Finding.ANOTHER
    if (seen.committed or 0) > seen.end:
        return Finding.READ_ANEW
    return Finding.SAME


def complaint(partition: TopicPartition, seen: Seen, group: str, database: str) -> str:
    """What happened and what to do, for the operator."""
    topic, number = partition
    return (
        f"{topic}-{number} ends at offset {seen.end}, but ClickHouse holds its records up to {seen.highest}"
        f" and {group} has committed {seen.committed}: the topic was deleted and made again, or its broker lost"
        f" records. What is read now would mix with the rows of before. Set CLICKHOUSE_DATABASE to a new name, or drop"
        f" {database}; then start the sink and, beside it, `ticketstream rebuild`."
    )
