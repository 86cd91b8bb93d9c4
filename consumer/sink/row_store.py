"""The ClickHouse that a sink is connected to: what it stores rows in, and what it asks it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from analytics.clickhouse.client import Client
from analytics.store.forgotten import NOTHING_FORGOTTEN, Forgotten
from analytics.store.highest_offsets import highest_offsets
from analytics.store.prepared import Prepared
from analytics.store.row_writer import RowWriter, Sifted
from analytics.store.rows import Row, StoredEvent


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

    def highest_offsets(self, event: StoredEvent, topic: str) -> Mapping[int, int]:
        """The highest offset of a topic that is stored, by partition; partitions without rows are left out."""
        ...


class RollUps(Protocol):
    """What brings figures up to date, step by step: `analytics.store.rollups.Rolling`."""

    def step(self) -> int: ...


class Connection(NamedTuple):
    """A ClickHouse whose tables are there.

    Attributes:
        rows: where rows are stored.
        roll_ups: brings figures up to date.
        forgotten: tickets of which nothing is stored.
    """

    rows: RowStore
    roll_ups: RollUps
    forgotten: Forgotten = NOTHING_FORGOTTEN


class ClickHouseRows:
    """The `RowStore` of a real ClickHouse."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._writer = RowWriter(client)

    def insert(self, batch: Prepared) -> Mapping[str, int]:
        """As in `RowStore`."""
        stored: Counter[str] = Counter()
        for insert in self._writer.store(batch):
            stored[insert.table] += insert.rows
        return stored

    def sift(self, rows: Sequence[Row]) -> Sifted:
        """As in `RowStore`."""
        return self._writer.sift(rows)

    def highest_offsets(self, event: StoredEvent, topic: str) -> Mapping[int, int]:
        """As in `RowStore`."""
        return highest_offsets(self._client, event, topic)
