"""What the sink has read and not committed: rows, dead letters and the offsets behind them. Pure."""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import NamedTuple

from analytics.store.rows import Row
from consumer.bad_records.dead_letter import DeadLetter
from consumer.kafka.records import Record, TopicPartition


class Held(NamedTuple):
    """A row, and the record that it was made of."""

    record: Record
    row: Row


class Dead(NamedTuple):
    """A record that no row is stored of."""

    record: Record
    letter: DeadLetter


class Settled(NamedTuple):
    """A record that is done with as soon as the batch is committed."""

    record: Record
    is_dead: bool

    @property
    def partition(self) -> TopicPartition:
        return self.record.partition


class SinkBatch:
    """The records of one round, in the order they were read; offsets ascend within a partition."""

    def __init__(self) -> None:
        self.held: list[Held] = []
        self.dead: list[Dead] = []
        self.offsets: dict[TopicPartition, int] = {}

    @property
    def rows(self) -> list[Row]:
        return [held.row for held in self.held]

    @property
    def settled(self) -> list[Settled]:
        """All records, in the order of offsets within each partition."""
        found = [
            *(Settled(held.record, False) for held in self.held),
            *(Settled(dead.record, True) for dead in self.dead),
        ]
        return sorted(found, key=lambda each: each.record.position)

    def add(self, record: Record, row: Row) -> None:
        self.held.append(Held(record, row))
        self.offsets[record.partition] = record.next_offset

    def add_dead(self, record: Record, letter: DeadLetter) -> None:
        self.dead.append(Dead(record, letter))
        self.offsets[record.partition] = record.next_offset

    def drop(self, partitions: Collection[TopicPartition]) -> None:
        """Forget what was read of partitions that are another's now."""
        self._keep(lambda record: record.partition not in partitions)
        self.offsets = {each: offset for each, offset in self.offsets.items() if each not in partitions}

    def refuse(self, refused: Iterable[tuple[Row, DeadLetter]]) -> None:
        """Make dead letters of rows that ClickHouse does not take."""
        failures = {row.position: failure for row, failure in refused}
        self.dead += [Dead(held.record, failures[held.row.position]) for held in self._of(failures)]
        self.held = [held for held in self.held if held.row.position not in failures]

    def cut(self, undecided: Iterable[Row]) -> list[Record]:
        """Leave out these rows and everything behind them in their partitions.

        Returns:
            The first record of each partition that is to be read again.
        """
        again: dict[TopicPartition, Record] = {}
        for held in self._of({row.position for row in undecided}):
            again.setdefault(held.record.partition, held.record)
        self.end_before({partition: record.position.offset for partition, record in again.items()})
        return list(again.values())

    def end_before(self, ends: Mapping[TopicPartition, int]) -> None:
        """Leave out what is at these offsets and behind; a partition of which nothing is left is not committed."""
        self._keep(lambda record: record.partition not in ends or record.position.offset < ends[record.partition])
        left = {each.partition for each in self.settled}
        self.offsets = {each: ends.get(each, offset) for each, offset in self.offsets.items() if each in left}

    def _of(self, positions: Collection[object]) -> list[Held]:
        return [held for held in self.held if held.row.position in positions]

    def _keep(self, wanted: Callable[[Record], bool]) -> None:
        self.held = [held for held in self.held if wanted(held.record)]
        self.dead = [dead for dead in self.dead if wanted(dead.record)]
