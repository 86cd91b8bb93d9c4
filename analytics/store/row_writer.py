"""From decoded events to rows in ClickHouse.

Writing the same record again, in whatever batch, changes nothing a reader of the views can see: the tables are keyed
by what the event is about. The token of an insert only spares ClickHouse the second copy when the very same batch is
sent again because its outcome was not known. After the rows it writes in which minutes operations began, so that
their figures are computed again (`analytics.store.rollups`).
"""

from __future__ import annotations

import marshal
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple, Protocol
from uuid import uuid4
from zlib import crc32

from analytics.clickhouse.errors import Misconfigured, Rejected
from analytics.store import rollups
from analytics.store.bisecting import Bisection
from analytics.store.judging import Commanding, concerned, judge
from analytics.store.rows import TABLES, columns

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import Any

    from analytics.store.bisecting import Refused
    from analytics.store.rows import Columns, Row, StoredEvent

_BY_NAME = attrgetter("name")


class Storing(Commanding, Protocol):
    """What the sink needs of a client: `analytics.clickhouse.client.Client` has it."""

    def insert(self, table: str, columns: Mapping[str, Sequence[Any]], token: str) -> None: ...


class Written(NamedTuple):
    """One insert that was done.

    Attributes:
        table: where to.
        rows: how many rows it held.
        token: what it was named.
    """

    table: str
    rows: int
    token: str


class Sifted(NamedTuple):
    """What became of a batch that could not be stored whole.

    Attributes:
        written: rows that went in, by table.
        refused: rows that are refused for themselves: their tables take others.
        undecided: rows that were not reached; they are to be written later.
    """

    written: dict[str, int]
    refused: list[Refused]
    undecided: list[Row]


class RowWriter:
    """Stores batches of decoded records.

    Args:
        client: where the rows go.
    """

    def __init__(self, client: Storing) -> None:
        self._client = client
        # By kind of event the last one that was stored: proof that its table takes rows.
        self._proof: dict[StoredEvent, Row] = {}

    def write(self, records: Sequence[Row]) -> list[Written]:
        """Store a batch: one insert for each table that it concerns.

        When it returns, every record is stored and its offset may be committed. When it raises, some may be:
        write the same batch again.
        One insert takes the rows of all Kafka partitions together, because each insert makes a part in ClickHouse
        and a dozen small parts for one batch would be merged at a dozen times the cost.

        Args:
            records: in the order they were read; offsets ascend within a partition.

        Raises:
            Rejected: when a row cannot be stored, now or later.
            Unavailable: when ClickHouse may take it later.
            Misconfigured: when something has to be changed first.
        """
        written = [self._insert(group) for group in _by_table(records)]
        judge(self._client, concerned(records))
        return written

    def sift(self, records: Sequence[Row]) -> Sifted:
        """Store what can be stored of a batch that was rejected, and find the rows that cannot.

        A row is to blame only when its table takes another: one of the same batch, or the last one before it.

        Args:
            records: as for `write`; those that are stored already are not doubled.

        Raises:
            Rejected: when no row of a table went in and none did before, so that nothing proves who
                is to blame.
            Unavailable: when ClickHouse may take it later.
            Misconfigured: when something has to be changed first: also when a table refuses what it
                took before.
        """
        sifted = Sifted({}, [], [])
        for group in _by_table(records):
            search = self._search(group)
            if search.stored:
                sifted.written[TABLES[group[0].name]] = len(search.stored)
            sifted.refused.extend(search.refused)
            sifted.undecided.extend(search.undecided)
        judge(self._client, concerned(records))
        return sifted

    def _search(self, records: Sequence[Row]) -> Bisection:
        search = Bisection(records)
        while search.part:
            try:
                self._insert(search.part)
            except Rejected as error:
                search.was_refused(str(error))
            else:
                search.was_stored()
        if search.refused and not search.stored:
            self._prove(search.refused[0])
        return search

    def _prove(self, refused: Refused) -> None:
        """Write once more what was stored before, which changes nothing if the table is as it was."""
        name = refused.record.name
        if name not in self._proof:
            raise Rejected(f"{refused.detail} No other row shows whether this one or the table is to blame.")
        try:
            self._client.insert(TABLES[name], columns(name, [self._proof[name]]), f"proof:{uuid4().hex}")
        except Rejected as error:
            raise Misconfigured(
                f"{error} It refuses a row that it took before, so that no row is to blame:"
                f" undo what was changed in {TABLES[name]}."
            ) from None

    def _insert(self, records: Sequence[Row]) -> Written:
        name = records[0].name
        made = columns(name, records)
        token = _token(TABLES[name], records, made)
        self._client.insert(TABLES[name], made, token)
        self._proof[name] = records[-1]
        if spans := rollups.touched(records):
            # After the rows and before the offsets: a crash between them is made good by the next reader of the batch.
            self._client.insert("_rollup_progress", rollups.progress(spans), token)
        return Written(TABLES[name], len(records), token)


def _by_table(records: Sequence[Row]) -> Iterator[list[Row]]:
    """The records of each table, in their order."""
    return (list(group) for _, group in groupby(sorted(records, key=_BY_NAME), key=_BY_NAME))


def _token(table: str, records: Sequence[Row], made: Columns) -> str:
    """Name a batch: `v1:table:topic:partition:first:last:count` for each partition in it, and the rows' CRC-32.

    ClickHouse silently drops other rows under a token it has seen. The CRC goes over all that is stored, so a topic
    that was deleted and created again, with the same offsets, cannot lose rows to it.
    """
    spans: dict[tuple[str, int], list[int]] = {}
    for record in records:
        spans.setdefault(record.position[:2], []).append(record.position.offset)
    parts = [f"{topic}:{at}:{offsets[0]}:{offsets[-1]}:{len(offsets)}" for (topic, at), offsets in spans.items()]
    # Version 2 of marshal is the last that writes equal values as equal bytes.
    checksum = crc32(marshal.dumps(list(made.values()), 2))
    return f"v1:{table}:{','.join(parts)}:{checksum:08x}"
