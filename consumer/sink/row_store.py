"""The ClickHouse that a sink is connected to: what it stores rows in, and what it asks it."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple, Protocol

from analytics.clickhouse.client import Client
from analytics.store.forgotten import NOTHING_FORGOTTEN, Forgotten
from analytics.store.highest_offsets import highest_offsets
from analytics.store.prepared import Prepared
from analytics.store.row_writer import RowWriter, Sifted
from analytics.store.rows import Row, StoredEvent
from consumer.kafka.records import Message


class RowStore(Protocol):
    """Where rows are stored. Every call may raise `Unavailable`, and `Misconfigured`, which ends the process."""

    def insert(self, batch: Prepared) -> Mapping[str, int]:
        """Store all rows of it; how many went into each table. A second time changes nothing.

        Raises:
            Rejected: a row cannot be stored, now or later, or encoded ones were refused for any reason; some may be
                stored.
            Unavailable: the same may be tried again; some may be stored.
        """
        ...

    def sift(self, rows: Sequence[Row]) -> Sifted:
        """Store what can be stored of rows that were rejected, and find those that cannot.

        Raises:
            Rejected: nothing proves which row is to blame.
        """
        ...

    def take_judged(self) -> Collection[str]:
        """The tickets whose judgements were matched with answers since the last time this was called."""
        ...

    def highest_offsets(self, event: StoredEvent, topic: str) -> Mapping[int, int]:
        """The highest offset of a topic that is stored, by partition; partitions without rows are left out."""
        ...


class RollUps(Protocol):
    """What brings figures up to date, step by step: `analytics.store.rollups.Rolling`."""

    def step(self) -> int: ...


class Deciding(Protocol):
    """What decides overrides: `consumer.sink.overrides.Overrides`, or a fake in tests."""

    def after(self, tickets: Collection[str]) -> Sequence[Message]:
        """The records of overrides that follow from what is stored, after judgements of these tickets were.

        Raises:
            Unavailable: the same may be asked again.
        """
        ...


class NoOverrides:
    """Decides nothing: OVERRIDES=off."""

    def after(self, _: Collection[str]) -> Sequence[Message]:
        """As in `Deciding`."""
        return ()


class Connection(NamedTuple):
    """A ClickHouse whose tables are there.

    Attributes:
        rows: where rows are stored.
        roll_ups: brings figures up to date.
        forgotten: tickets of which nothing is stored.
        overrides: decides what follows from judgements.
    """

    rows: RowStore
    roll_ups: RollUps
    forgotten: Forgotten = NOTHING_FORGOTTEN
    overrides: Deciding = NoOverrides()


class ClickHouseRows:
    """The `RowStore` of a real ClickHouse."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._judged: set[str] = set()
        self._writer = RowWriter(client, self._judged.update)

    def insert(self, batch: Prepared) -> Mapping[str, int]:
        """As in `RowStore`."""
        stored: Counter[str] = Counter()
        for insert in self._writer.store(batch):
            stored[insert.table] += insert.rows
        return stored

    def sift(self, rows: Sequence[Row]) -> Sifted:
        """As in `RowStore`."""
        return self._writer.sift(rows)

    def take_judged(self) -> Collection[str]:
        """As in `RowStore`."""
        judged = frozenset(self._judged)
        self._judged.clear()
        return judged

    def highest_offsets(self, event: StoredEvent, topic: str) -> Mapping[int, int]:
        """As in `RowStore`."""
        return highest_offsets(self._client, event, topic)
