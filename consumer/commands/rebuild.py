"""ClickHouse once more from the topics: everything that is committed up to now, by the sink's own means."""

import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from analytics.clickhouse.errors import Rejected
from analytics.store.row_writer import RowWriter, Storing
from analytics.store.rows import Row, StoredEvent
from consumer.config.settings import Settings
from consumer.kafka.records import Record
from consumer.kafka.schema_registry import registry_of
from consumer.kafka.topic_reader import committed
from consumer.sink.clickhouse_writer import SINK_REJECTED
from consumer.sink.topics import sink_topics
from schemas.codec import BadRecord, Decoder

BATCH_ROWS = 10_000


class Rebuilt(NamedTuple):
    """What was written.

    Attributes:
        rows: by topic.
        bad: records that no row can be made of or is taken of, by reason; the sink makes dead letters of them.
    """

    rows: Counter[str]
    bad: Counter[str]


class Afresh:
    """Inserts under names of their own: ClickHouse may remember the sink's, and would skip rows that are gone since."""

    def __init__(self, client: Storing) -> None:
        self._client = client
        self._run = uuid.uuid4().hex

    def insert(self, table: str, columns: Mapping[str, Sequence[Any]], token: str) -> None:
        """Insert as the client does."""
        self._client.insert(table, columns, f"{token}:{self._run}")

    def command(self, statement: str, parameters: Mapping[str, object] | None = None) -> None:
        """Run it as the client does."""
        self._client.command(statement, parameters)


def rebuild(settings: Settings, client: Storing, since_ms: int | None, told: Callable[[str, int], None]) -> Rebuilt:
    """Write every committed record of the topics to ClickHouse; what it holds already is not doubled.

    Args:
        settings: where the topics are.
        client: a ClickHouse whose tables are there.
        since_ms: only records that the broker has taken since then, milliseconds since the epoch; None is all of them.
        told: how many more records of a topic are done.

    Raises:
        BrokerTrouble: a topic could not be read.
        RegistryUnavailable: a schema could not be asked for.
        analytics.clickhouse.errors.AnalyticsError: ClickHouse did not take a batch; run it again, nothing is doubled.
    """
    sink = RowWriter(Afresh(client))
    done = Rebuilt(Counter(), Counter())
    for topic, (event, decoder) in sink_topics(settings, registry_of(settings)).items():
        for batch in _batches(committed(settings, topic, since_ms=since_ms)):
            rows = list(_rows(batch, event, decoder, done.bad))
            done.rows[topic] += _write(sink, rows, done.bad)
            told(topic, len(batch))
    return done


def _write(sink: RowWriter, rows: Sequence[Row], bad: Counter[str]) -> int:
    """Store what ClickHouse takes; how many rows that was."""
    try:
        sink.write(rows)
    except Rejected:
        sifted = sink.sift(rows)
        bad[SINK_REJECTED] += len(sifted.refused)
        stored = len(rows) - len(sifted.refused) - len(sifted.undecided)
        return stored + (_write(sink, sifted.undecided, bad) if sifted.undecided else 0)
    return len(rows)


def _rows(batch: Sequence[Record], event: StoredEvent, decoder: Decoder, bad: Counter[str]) -> Iterator[Row]:
    for record in batch:
        try:
            yield Row(event, decoder.decode(record.value, record.position), record.position)
        except BadRecord as problem:
            bad[problem.reason] += 1


def _batches(records: Iterator[Record]) -> Iterator[list[Record]]:
    batch: list[Record] = []
    for record in records:
        batch.append(record)
        if len(batch) >= BATCH_ROWS:
            yield batch
            batch = []
    if batch:
        yield batch
