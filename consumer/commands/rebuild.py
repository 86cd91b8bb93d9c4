"""Writes every committed record of the topics to ClickHouse again, with the sink's own row writer."""

import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from analytics.clickhouse.errors import Rejected
from analytics.store.encoded import EncodedRow
from analytics.store.forgotten import forgotten
from analytics.store.row_writer import RowWriter, Storing
from analytics.store.rows import Row
from consumer.bad_records.dead_letter import DeadLetter
from consumer.config.settings import Settings
from consumer.kafka.records import Record
from consumer.kafka.schema_registry import registry_of
from consumer.kafka.topic_reader import committed
from consumer.sink.batch import Entry, is_forgotten
from consumer.sink.clickhouse_writer import SINK_REJECTED
from consumer.sink.topics import StoredTopic, decided, sink_topics

BATCH_ROWS = 10_000
FORGOTTEN = "forgotten"

_R = TypeVar("_R", Row, Row | EncodedRow)


class Rebuilt(NamedTuple):
    """What was written.

    Attributes:
        rows: by topic.
        bad: records without a row, by reason: they cannot be decoded, or ClickHouse refuses the row. The sink makes
            dead letters of them.
        passed_over: records that are left out, by reason: their tickets were forgotten, or they make no text.
        judged: the tickets whose corrections were matched with answers.
    """

    rows: Counter[str]
    bad: Counter[str]
    passed_over: Counter[str]
    judged: set[str]


class FreshTokens:
    """A client whose inserts have deduplication tokens of this run.

    ClickHouse may remember the tokens of the sink's inserts, and would skip rows that were deleted since.
    """

    def __init__(self, client: Storing) -> None:
        self._client = client
        self._run = uuid.uuid4().hex

    def insert(self, table: str, columns: Mapping[str, Sequence[Any]], token: str) -> None:
        """Insert as the client does."""
        self._client.insert(table, columns, f"{token}:{self._run}")

    def insert_body(self, table: str, statement: str, body: bytes, token: str) -> None:
        """Insert as the client does."""
        self._client.insert_body(table, statement, body, f"{token}:{self._run}")

    def command(self, statement: str, parameters: Mapping[str, object] | None = None) -> None:
        """Run it as the client does."""
        self._client.command(statement, parameters)

    def rows(self, query: str, parameters: Mapping[str, object] | None = None) -> list[dict[str, Any]]:
        """Ask as the client does."""
        return self._client.rows(query, parameters)


def rebuild(settings: Settings, client: Storing, since_ms: int | None, on_batch: Callable[[str, int], None]) -> Rebuilt:
    """Write every committed record of the topics to ClickHouse; rows that it has already are not doubled.

    What was forgotten (`ticketstream forget`) stays forgotten.

    Args:
        settings: where the topics are.
        client: a ClickHouse whose tables exist.
        since_ms: only records that the broker took since then, in milliseconds since the epoch; None is all records.
        on_batch: called after each batch with its topic and its number of records.

    Raises:
        BrokerTrouble: a topic could not be read.
        RegistryUnavailable: the schema registry did not give a schema.
        analytics.clickhouse.errors.AnalyticsError: ClickHouse did not take a batch; running it again doubles nothing.
    """
    done = Rebuilt(Counter(), Counter(), Counter(), set())
    row_writer = RowWriter(FreshTokens(client), done.judged.update)
    gone = forgotten(client)
    topics = sink_topics(settings, registry_of(settings), lambda reason: done.passed_over.update([reason]))
    for topic, stored in topics.items():
        for batch in _batches(committed(settings, topic, since_ms=since_ms)):
            entries = list(_entries(batch, stored, time.time_ns() // 1_000_000))
            kept = [entry for entry in entries if not is_forgotten(gone, entry)]
            done.passed_over[FORGOTTEN] += len(entries) - len(kept)
            rows = list(_outcomes(kept, done.bad))
            done.rows[topic] += _write(row_writer, rows, done.bad)
            on_batch(topic, len(batch))
    return done


def _write(row_writer: RowWriter, rows: Sequence[Row | EncodedRow], bad: Counter[str]) -> int:
    """Store the rows that ClickHouse takes; returns how many they are."""
    try:
        row_writer.write(rows)
    except Rejected:
        return _sift(row_writer, list(_decided(rows, bad)), bad)
    return len(rows)


def _sift(row_writer: RowWriter, rows: Sequence[Row], bad: Counter[str]) -> int:
    stored = 0
    while rows:
        sifted = row_writer.sift(rows)
        bad[SINK_REJECTED] += len(sifted.refused)
        stored += len(rows) - len(sifted.refused) - len(sifted.undecided)
        rows = sifted.undecided
    return stored


def _decided(rows: Iterable[Row | EncodedRow], bad: Counter[str]) -> Iterator[Row]:
    return _good((decided(row) if isinstance(row, EncodedRow) else row for row in rows), bad)


def _entries(batch: Sequence[Record], topic: StoredTopic, read_ms: int) -> Iterator[Entry]:
    for record in (each.at(read_ms) for each in batch):
        outcome = topic.read(record)
        if outcome is not None:
            yield Entry(record, outcome)


def _outcomes(entries: Iterable[Entry], bad: Counter[str]) -> Iterator[Row | EncodedRow]:
    return _good((entry.outcome for entry in entries), bad)


def _good(outcomes: Iterable[_R | DeadLetter], bad: Counter[str]) -> Iterator[_R]:
    for outcome in outcomes:
        if isinstance(outcome, DeadLetter):
            bad[outcome.reason] += 1
        else:
            yield outcome


def _batches(records: Iterator[Record]) -> Iterator[list[Record]]:
    batch: list[Record] = []
    for record in records:
        batch.append(record)
        if len(batch) >= BATCH_ROWS:
            yield batch
            batch = []
    if batch:
        yield batch
