"""What the sink has read and not committed: rows, dead letters and the offsets behind them. Pure.

There are two batches: one that is being stored, and one that is being read meanwhile.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple

from analytics.store.encoded import EncodedRow
from analytics.store.forgotten import Forgotten
from analytics.store.prepared import Prepared, prepared
from analytics.store.rows import Row
from consumer.bad_records.dead_letter import DeadLetter
from consumer.kafka.records import Record, TopicPartition

if TYPE_CHECKING:
    from collections.abc import Sequence

    from consumer.kafka.records import Message

# The time of so many records of a batch is looked at, or of up to twice as many.
_LOOKED_AT = 256


class Entry(NamedTuple):
    """A record that was read, and what becomes of it."""

    record: Record
    outcome: Row | EncodedRow | DeadLetter

    @property
    def partition(self) -> TopicPartition:
        return self.record.partition

    @property
    def is_dead(self) -> bool:
        """Whether it becomes a dead letter."""
        return isinstance(self.outcome, DeadLetter)


class SinkBatch:
    """The records of one transaction, in the order they were read; offsets ascend within a partition.

    Attributes:
        entries: the records with their outcomes.
        offsets: per partition the next offset to read.
        size_bytes: of all records that were added.
        overrides: what follows from its rows, to be written with them; set when they are stored.
    """

    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.offsets: dict[TopicPartition, int] = {}
        self.size_bytes = 0
        self.overrides: Sequence[Message] = ()
        self._since_s = 0.0
        self._prepared: Prepared | None = None

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to commit."""
        return not self.offsets

    @property
    def rows(self) -> list[Row | EncodedRow]:
        """What ClickHouse is to store."""
        return [entry.outcome for entry in self.entries if not isinstance(entry.outcome, DeadLetter)]

    def prepared(self) -> Prepared:
        """The same in the form in which it is sent; made once for the same rows."""
        if self._prepared is None:
            self._prepared = prepared(self.rows)
        return self._prepared

    @property
    def decoded_rows(self) -> list[Row]:
        """What of it is decoded: all of it once `decide` was called."""
        return [entry.outcome for entry in self.entries if isinstance(entry.outcome, Row)]

    @property
    def dead(self) -> list[tuple[Record, DeadLetter]]:
        """What becomes a dead letter."""
        return [(entry.record, entry.outcome) for entry in self.entries if isinstance(entry.outcome, DeadLetter)]

    def written(self) -> Counter[tuple[str, int]]:
        """How many records there are of each topic and time; in a large batch one stands for its neighbours.

        The time is Kafka's for the record, in milliseconds since the epoch.
        """
        step = max(1, len(self.entries) // _LOOKED_AT)
        found: Counter[tuple[str, int]] = Counter()
        for begin in range(0, len(self.entries), step):
            position = self.entries[begin].record.position
            found[position.topic, position.timestamp_ms] += min(step, len(self.entries) - begin)
        return found

    def begin(self, now: float) -> None:
        """Records are about to be added; the age is counted from the first of them. `now` is monotonic time."""
        if self.is_empty:
            self._since_s = now

    def age_s(self, now: float) -> float:
        """How long ago the first of its records was read."""
        return now - self._since_s

    def add(self, record: Record, outcome: Row | EncodedRow | DeadLetter | None) -> None:
        """Add a record that was read; of None its offset alone is committed."""
        if outcome is not None:
            self.entries.append(Entry(record, outcome))
            self._prepared = None
        self.size_bytes += record.size
        self.offsets[record.partition] = record.next_offset

    def forget(self, partitions: Collection[TopicPartition]) -> None:
        """Leave out what was read of partitions that belong to another member now."""
        if self.offsets.keys().isdisjoint(partitions):
            return
        self._keep(lambda record: record.partition not in partitions)
        self.offsets = {partition: offset for partition, offset in self.offsets.items() if partition not in partitions}

    def decide(self, decided: Callable[[EncodedRow], Row | DeadLetter]) -> None:
        """Decode what is encoded; some of it may become dead letters."""
        self._replace(
            Entry(entry.record, decided(entry.outcome)) if isinstance(entry.outcome, EncodedRow) else entry
            for entry in self.entries
        )

    def refuse(self, refused: Iterable[tuple[Row, DeadLetter | None]]) -> None:
        """Make dead letters of rows that ClickHouse does not take; those without a letter are left out."""
        letters = {row.position: letter for row, letter in refused}
        outcomes = ((entry.record, letters.get(entry.record.position, entry.outcome)) for entry in self.entries)
        self._replace(Entry(record, outcome) for record, outcome in outcomes if outcome is not None)

    def leave_out(self, forgotten: Forgotten) -> None:
        """Store nothing of tickets that were forgotten; their offsets are committed as before."""
        kept = [entry for entry in self.entries if not is_forgotten(forgotten, entry)]
        if len(kept) < len(self.entries):
            self._replace(kept)

    def cut(self, undecided: Iterable[Row]) -> list[Record]:
        """Leave out these rows and everything behind them in their partitions.

        Returns:
            The first record of each partition that is to be read again.
        """
        positions = {row.position for row in undecided}
        again: dict[TopicPartition, Record] = {}
        for entry in self.entries:
            if entry.record.position in positions:
                again.setdefault(entry.partition, entry.record)
        self.end_before({partition: record.position.offset for partition, record in again.items()})
        return list(again.values())

    def end_before(self, ends: Mapping[TopicPartition, int]) -> None:
        """Leave out what is at these offsets and behind; a partition of which nothing is left is not committed."""
        self._keep(lambda record: record.partition not in ends or record.position.offset < ends[record.partition])
        left = {entry.partition for entry in self.entries}
        # A partition may have passed on without any row.
        self.offsets = {
            partition: ends.get(partition, offset)
            for partition, offset in self.offsets.items()
            if partition in left or partition not in ends
        }

    def _keep(self, wanted: Callable[[Record], bool]) -> None:
        self._replace(entry for entry in self.entries if wanted(entry.record))

    def _replace(self, entries: Iterable[Entry]) -> None:
        self.entries = list(entries)
        self._prepared = None


def is_forgotten(forgotten: Forgotten, entry: Entry) -> bool:
    """Whether a record is one of a ticket that was forgotten."""
    record, outcome = entry
    if not forgotten.concerns(record.position):
        return False
    match outcome:
        case EncodedRow():
            # Not decoded; the service keys its answers by their ticket.
            ticket_id = (record.key or b"").decode(errors="replace")
        case Row(event=event):
            ticket_id = event.get("ticket_id") or ""
        case DeadLetter():
            return False
    return forgotten.holds(ticket_id, record.position)


class Batches:
    """The batch that is stored and committed, and the one behind it.

    Attributes:
        first: is being stored, or was and is to be committed; empty when there is none.
        next: what is read meanwhile.
    """

    def __init__(self) -> None:
        self.first = SinkBatch()
        self.next = SinkBatch()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is in hand."""
        return self.first.is_empty and self.next.is_empty

    def begin(self) -> SinkBatch:
        """Return the batch to be stored now: the one that was not committed, or else what was read."""
        if self.first.is_empty:
            self.first, self.next = self.next, SinkBatch()
        return self.first

    def committed(self) -> None:
        """The first one is."""
        self.first = SinkBatch()

    def forget(self, partitions: Collection[TopicPartition]) -> None:
        """Leave out what was read of partitions that belong to another member now."""
        self.first.forget(partitions)
        self.next.forget(partitions)

    def again(self, records: Iterable[Record]) -> None:
        """These, which the first one has left out, are read again: so is all that was read behind them."""
        self.next.forget({record.partition for record in records})
