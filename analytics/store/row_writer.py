"""From events to rows in ClickHouse.

Writing the same event again, in any batch, changes nothing that a reader of the views can see: the tables are keyed by
what the event is about. The token of an insert only spares ClickHouse a second copy when the very same batch is sent
again because its outcome was not known. What follows from rows is made by feeds of their tables, after the rows.

Decoded events go to ClickHouse as columns. Answers that are still encoded go there as they are: ClickHouse reads and
checks them, and takes all or none.
"""

import marshal
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol
from uuid import uuid4
from zlib import crc32

from analytics.clickhouse.errors import Misconfigured, Rejected
from analytics.store.bisecting import Bisection, Refused
from analytics.store.encoded import EVENT, EncodedRow
from analytics.store.judging import StatementRunner, corrected, judge
from analytics.store.prepared import Body, Prepared, prepared
from analytics.store.rows import TABLES, Columns, Row, columns
from analytics.store.spans import Spans, in_words, spans

if TYPE_CHECKING:
    from analytics.store.rows import StoredEvent

_BY_NAME = attrgetter("name")


class Storing(StatementRunner, Protocol):
    """What a row writer needs of `analytics.clickhouse.client.Client`."""

    def insert(self, table: str, columns: Mapping[str, Sequence[Any]], token: str) -> None: ...

    def insert_body(self, table: str, statement: str, body: bytes, token: str) -> None: ...


class Written(NamedTuple):
    """One insert.

    Attributes:
        table: the table's name.
        rows: how many rows it held.
        token: the name of these rows.
    """

    table: str
    rows: int
    token: str


class Sifted(NamedTuple):
    """The outcome for a batch that could not be stored whole.

    Attributes:
        written: number of rows that were stored, by table.
        refused: rows that are refused while their tables take others.
        undecided: rows that were not reached, to be written later.
    """

    written: dict[str, int]
    refused: list[Refused]
    undecided: list[Row]


class RowWriter:
    """Stores batches of decoded events.

    Args:
        client: where the rows go.
        judged: told the tickets whose corrections were matched with answers.
    """

    def __init__(self, client: Storing, judged: Callable[[Collection[str]], None] = lambda _: None) -> None:
        self._client = client
        self._judged = judged
        # The last row that was stored, by kind of event: proof that its table takes rows.
        self._proof: dict[StoredEvent, Row | EncodedRow] = {}

    def write(self, rows: Sequence[Row | EncodedRow]) -> list[Written]:
        """Prepare a batch, and `store` it.

        Args:
            rows: in the order they were read; offsets ascend within a partition.
        """
        return self.store(prepared(rows))

    def store(self, batch: Prepared) -> list[Written]:
        """Store a batch: one insert for each table that it concerns.

        When it returns, every row is stored and its offset may be committed. When it raises, some rows may be stored:
        write the same batch again.
        One insert takes the rows of all Kafka partitions together. Each insert makes a part in ClickHouse, and merging
        a dozen small parts for one batch would cost a dozen times as much.

        Raises:
            Rejected: when a row cannot be stored, now or later, or an encoded one was not taken for any reason: then
                decode them, and `sift`.
            Unavailable: when ClickHouse may take it later.
            Misconfigured: when something has to be changed first.
        """
        written = [self._insert(group) for group in _by_table(batch.decoded)]
        if batch.encoded:
            written.append(self._insert_encoded(batch.encoded))
        self._judge(batch.answers, batch.decoded)
        return written

    def sift(self, rows: Sequence[Row]) -> Sifted:
        """Store what can be stored of a batch that was rejected, and find the rows that cannot.

        A row is at fault only when its table takes a second row: one of the same batch, or the last one before it.

        Args:
            rows: as for `write`. Rows that are stored already are not doubled.

        Raises:
            Rejected: when no row of a table was stored, in this batch or before, so that nothing shows
                whether the row or the table is at fault.
            Unavailable: when ClickHouse may take it later.
            Misconfigured: when something has to be changed first, also when a table refuses a row that
                it took before.
        """
        sifted = Sifted({}, [], [])
        for group in _by_table(rows):
            search = self._search(group)
            if search.stored:
                sifted.written[TABLES[group[0].name]] = len(search.stored)
            sifted.refused.extend(search.refused)
            sifted.undecided.extend(search.undecided)
        self._judge(_answers(rows), rows)
        return sifted

    def _judge(self, answers: Spans, decoded: Sequence[Row]) -> None:
        # Asked when all rows are stored: who stores a correction at the same time either finds them, or is found here.
        tickets = corrected(self._client, answers)
        tickets.update(row.event["ticket_id"] for row in decoded if row.name == "TicketCorrected")
        judge(self._client, tickets)
        self._judged(tickets)

    def _search(self, rows: Sequence[Row]) -> Bisection:
        search = Bisection(rows)
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
        """Write the last stored row once more, which changes nothing if the table is as it was."""
        name = refused.record.name
        proof = self._proof.get(name)
        if proof is None:
            raise Rejected(f"{refused.detail} No other row shows whether this row or the table is to blame.")
        row = proof.decoded() if isinstance(proof, EncodedRow) else proof
        try:
            self._client.insert(TABLES[name], columns(name, [row]), f"proof:{uuid4().hex}")
        except Rejected as error:
            raise Misconfigured(
                f"{error} The table refuses a row that it took before, so that no row is to blame:"
                f" undo what was changed in {TABLES[name]}."
            ) from None

    def _insert(self, rows: Sequence[Row]) -> Written:
        name = rows[0].name
        made = columns(name, rows)
        token = _token(TABLES[name], rows, made)
        self._client.insert(TABLES[name], made, token)
        self._proof[name] = rows[-1]
        return Written(TABLES[name], len(rows), token)

    def _insert_encoded(self, answers: Body) -> Written:
        table = TABLES[EVENT]
        self._client.insert_body(table, answers.statement, answers.body, answers.token)
        self._proof[EVENT] = answers.last
        return Written(table, answers.rows, answers.token)


def _answers(rows: Sequence[Row | EncodedRow]) -> Spans:
    """The records of the answers among these."""
    return spans(row.position for row in rows if row.name == EVENT)


def _by_table(rows: Sequence[Row]) -> Iterator[list[Row]]:
    """Yield the rows of each table, in their order."""
    return (list(group) for _, group in groupby(sorted(rows, key=_BY_NAME), key=_BY_NAME))


def _token(table: str, rows: Sequence[Row], made: Columns) -> str:
    """Name a batch: `v1:table:topic:partition:first:last:count` for each partition in it, and the rows' CRC-32.

    ClickHouse silently drops other rows under a token that it has seen. The CRC covers all stored values, so a topic
    that was deleted and created again, with the same offsets, loses no rows.
    """
    # Version 2 of marshal is the last that writes equal values as equal bytes.
    checksum = crc32(marshal.dumps(list(made.values()), 2))
    return f"v1:{table}:{in_words(spans(row.position for row in rows))}:{checksum:08x}"
