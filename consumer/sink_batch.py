"""What the sink has read and not committed: rows, dead letters and the offsets behind them. Pure."""

from collections.abc import Callable, Collection, Iterable
from typing import NamedTuple

from analytics.rows import Record as Row
from consumer.dead_letter import Failure
from consumer.record import Record, TopicPartition


class Held(NamedTuple):
    """A row, and the record that it was made of."""

    record: Record
    row: Row


class Dead(NamedTuple):
    """A record that no row is stored of."""

    record: Record
    failure: Failure


class SinkBatch:
    """The records of one round, in the order they were read; offsets ascend within a partition."""

    def __init__(self) -> None:
        self.held: list[Held] = []
        self.dead: list[Dead] = []
        self.offsets: dict[TopicPartition, int] = {}

    @property
    def rows(self) -> list[Row]:
        return [held.row for held in self.held]

    def add(self, record: Record, row: Row) -> None:
        self.held.append(Held(record, row))
        self.offsets[record.partition] = record.next_offset

    def add_dead(self, record: Record, failure: Failure) -> None:
        self.dead.append(Dead(record, failure))
        self.offsets[record.partition] = record.next_offset

    def drop(self, partitions: Collection[TopicPartition]) -> None:
        """Forget what was read of partitions that are another's now."""
        self._keep(lambda record: record.partition not in partitions)
        self.offsets = {each: offset for each, offset in self.offsets.items() if each not in partitions}

    def refuse(self, refused: Iterable[tuple[Row, Failure]]) -> None:
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
        self._keep(lambda record: record.partition not in again or record.position < again[record.partition].position)
        self.offsets |= {partition: record.position.offset for partition, record in again.items()}
        return list(again.values())

    def _of(self, positions: Collection[object]) -> list[Held]:
        return [held for held in self.held if held.row.position in positions]

    def _keep(self, wanted: Callable[[Record], bool]) -> None:
        self.held = [held for held in self.held if wanted(held.record)]
        self.dead = [dead for dead in self.dead if wanted(dead.record)]
