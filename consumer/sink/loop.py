"""The sink: poll ▸ rows ▸ ClickHouse ▸ commit.

It resumes from the group's committed offsets and nothing else; rows that are written twice are absorbed by
their key. What cannot be decoded, what ClickHouse refuses and what kills its readers goes to the dead letters in one
transaction with the offsets.
"""

import gc
import threading
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple, NoReturn, Protocol

import structlog

from analytics.clickhouse.client import Client
from analytics.clickhouse.errors import AnalyticsError, Rejected, Unavailable
from analytics.store.rollups import Rolling
from analytics.store.row_writer import RowWriter
from analytics.store.rows import Row
from consumer import crash_points
from consumer.bad_records.dead_letter import DeadLetter, DeadLetterWriter
from consumer.bad_records.flood import Flood, in_words
from consumer.bad_records.markers import Markers
from consumer.bad_records.quarantine import Quarantine
from consumer.errors import DeadLetterFlood, Fenced, SinkTrouble, TicketstreamError
from consumer.kafka.committer import Committer
from consumer.kafka.consumer import Assignments, GroupConsumer
from consumer.kafka.records import Record, TopicPartition
from consumer.sink.batch import SinkBatch
from consumer.sink.commit import SinkCommit, SinkOffsets
from consumer.sink.topic_check import SameTopics
from consumer.sink.topics import SinkTopic
from schemas.codec import BadRecord, RegistryUnavailable

log = structlog.get_logger()

BATCH_ROWS = 5_000
BATCH_AGE_S = 0.5
POLL_S = 0.1
POLL_RECORDS = 1_000
FIRST_PAUSE_S = 0.5
MAX_PAUSE_S = 15.0
# Longer than any restart of ClickHouse; after it the process ends, and its supervisor begins anew.
GIVE_UP_AFTER_S = 600.0
# One insert and one transaction for each record are slow, and alerts would come late after any one death.
PATIENCE = 3
SINK_REJECTED = "sink_rejected"


class ClickHouse(NamedTuple):
    """A connection whose tables are there."""

    client: Client
    sink: RowWriter
    rolling: Rolling


class SinkObserver(Protocol):
    """Told of each round of inserts and of each round of the loop; counts and never waits."""

    def inserted(self, rows: Mapping[str, int], began_s: float, ended_s: float) -> None: ...

    def turned(self, lag: Callable[[], Mapping[str, int]]) -> None: ...


class SinkLoop:
    """One member of the sink's group."""

    def __init__(
        self,
        group_consumer: GroupConsumer,
        committer: Committer,
        connect: Callable[[], Client],
        stored: Mapping[str, SinkTopic],
        letters: DeadLetterWriter,
        flood: Flood,
        observer: SinkObserver,
    ) -> None:
        self._in = group_consumer
        self._committer = committer
        self._connect = connect
        self._clickhouse: ClickHouse | None = None
        self._stored = stored
        self._sink_commit = SinkCommit(committer, letters)
        self._flood = flood
        self._quarantine = Quarantine(Markers(SinkOffsets(group_consumer.offsets, committer), flood), PATIENCE)
        self._observer = observer
        self._batch = SinkBatch()
        self._same = SameTopics(group_consumer, {topic: each.event for topic, each in stored.items()}, letters.group)
        self._assigned: set[TopicPartition] = set()
        self._since_s = 0.0

    def run(self, stop: threading.Event) -> None:
        """Work until told to stop; a batch that is not committed is read again by whoever comes next.

        Raises:
            SinkTrouble: ClickHouse did not recover within its bound.
            ConfigurationError: a topic is not the one whose records ClickHouse holds.
            BrokerTrouble: Kafka did not.
            Fenced: another process has taken our place.
            DeadLetterFlood: so many records are bad that a person must look first.
        """
        self._prepare()
        # Whoever died in our place may have left a transaction open, and the group's offsets wait for its end.
        self._committer.open()
        self._in.subscribe(list(self._stored), Assignments(self._on_assigned, self._on_revoked, self._on_lost))
        try:
            while not stop.is_set():
                self._collect(self._poll())
                if self._is_due(time.monotonic()):
                    self._store(stop)
                self._roll_up()
                self._observer.turned(self._lag)
            self._store_last()
        except Fenced:
            # Nothing may be committed on the way out: it would take the place back from who has it now.
            self._drop(list(self._assigned))
            raise
        except Exception as error:
            if not isinstance(error, TicketstreamError | AnalyticsError):
                self._quarantine.crashed()
            raise
        finally:
            self._in.close()
            self._committer.close()

    def holds(self, partition: TopicPartition) -> bool:
        """Whether a partition is this member's now; any thread may ask."""
        return partition in self._assigned

    def _lag(self) -> dict[str, int]:
        return self._in.offsets.lag(self._stored)

    def _prepare(self) -> None:
        """Migrate before the first record; a ClickHouse that is down is no reason not to start."""
        try:
            self._connected()
        except Unavailable as error:
            log.warning("clickhouse.unavailable", detail=str(error))

    def _connected(self) -> ClickHouse:
        if self._clickhouse is None:
            client = self._connect()
            self._clickhouse = ClickHouse(client, RowWriter(client), Rolling(client))
        return self._clickhouse

    def _store_last(self) -> None:
        """What is in hand when told to stop; if ClickHouse is down, the next one reads it again."""
        if self._batch.offsets:
            try:
                self._insert()
            except Unavailable as error:
                log.warning("clickhouse.unavailable", detail=str(error))
            else:
                self._commit()

    def _is_due(self, now: float) -> bool:
        batch = self._batch
        is_full = len(batch.held) >= BATCH_ROWS or now - self._since_s >= BATCH_AGE_S
        # The sooner it is known to be harmless, the fewer deaths make anybody read one record at a time.
        return self._same.in_question or (bool(batch.offsets) and (is_full or self._quarantine.suspects))

    def _poll(self) -> list[Record]:
        return self._in.poll(1 if self._quarantine.one_by_one else POLL_RECORDS, POLL_S)

    def _collect(self, records: list[Record]) -> None:
        if self._same.in_question:
            # A mark is a commit: not before it is known that the offsets are those of this topic.
            self._in.give_back(records)
            return
        now = time.monotonic()
        partitions = {record.partition for record in records}
        records, later = self._quarantine.let_in(records, partitions, now, busy=bool(self._batch.offsets))
        if later:
            self._in.give_back(later)
        if records and not self._batch.offsets:
            self._since_s = now
        for place, record in enumerate(records):
            try:
                self._add(record)
            except RegistryUnavailable as error:
                log.warning("registry.unavailable", detail=str(error))
                self._quarantine.clear_markers()
                self._in.give_back(records[place:])
                time.sleep(FIRST_PAUSE_S)
                return

    def _add(self, record: Record) -> None:
        event, decoder = self._stored[record.position.topic]
        letter = self._quarantine.condemned(record) if self._quarantine.one_by_one else None
        try:
            if letter is not None:
                self._batch.add_dead(record, letter)
            else:
                self._batch.add(record, Row(event, decoder.decode(record.value, record.position), record.position))
        except BadRecord as bad:
            self._batch.add_dead(record, DeadLetter(bad.reason, bad.detail))
        self._same.read(record)

    def _store(self, stop: threading.Event) -> None:
        """Insert the batch and commit it; after a failure wait, paused and polling, and try again."""
        pause_s, give_up_s = FIRST_PAUSE_S, time.monotonic() + GIVE_UP_AFTER_S
        while (self._batch.offsets or self._same.in_question) and not stop.is_set():
            try:
                self._insert()
            except Unavailable as error:
                if time.monotonic() > give_up_s:
                    raise SinkTrouble(f"ClickHouse did not recover within {GIVE_UP_AFTER_S:g} s: {error}") from error
                log.warning("clickhouse.unavailable", detail=str(error), retry_in_s=pause_s)
                self._quarantine.clear_markers()
            else:
                if self._commit():
                    return
            self._wait(pause_s, stop)
            pause_s = min(2 * pause_s, MAX_PAUSE_S)

    def _insert(self) -> None:
        began_s = time.monotonic()
        clickhouse = self._connected()
        self._same.check(clickhouse.client)
        crash_points.reached("sink_before_insert")
        try:
            rows = {insert.table: insert.rows for insert in clickhouse.sink.write(self._batch.rows)}
        except Rejected as error:
            log.warning("rows.rejected", detail=str(error))
            rows = self._sift(clickhouse.sink)
        crash_points.reached("sink_after_insert")
        if rows:
            self._observer.inserted(rows, began_s, time.monotonic())

    def _sift(self, sink: RowWriter) -> dict[str, int]:
        """Store what ClickHouse takes; the rows that it refuses become dead letters."""
        sifted = sink.sift(self._batch.rows)
        self._batch.refuse((each.record, DeadLetter(SINK_REJECTED, each.detail)) for each in sifted.refused)
        self._in.give_back(self._batch.cut(sifted.undecided))
        return sifted.written

    def _roll_up(self) -> None:
        """A step at most, so that polling goes on; what fails is done later, because the views do without."""
        if self._clickhouse is not None:
            try:
                self._clickhouse.rolling.step()
            except Unavailable as error:
                log.warning("rollup.failed", detail=str(error))

    def _wait(self, pause_s: float, stop: threading.Event) -> None:
        # An error of ClickHouse's client refers to itself and to the rows that were not taken.
        gc.collect()
        until_s = time.monotonic() + pause_s
        while time.monotonic() < until_s and not stop.is_set():
            # For the group's sake; rebalances may take the batch away meanwhile, and bring partitions.
            self._in.pause(self._assigned)
            self._collect(self._poll())
            self._observer.turned(self._lag)
        self._in.resume(self._assigned)

    def _commit(self) -> bool:
        """Commit what has been read, dead letters with their offsets; whether it is. What is not committed is kept."""
        batch = self._batch
        if over := self._flood.over(batch.settled if batch.dead else []):
            self._stop_before(over)
        metadata = self._flood.metadata(batch.offsets)
        if batch.offsets and not self._sink_commit.commit(batch.offsets, metadata, batch.dead):
            return False
        crash_points.reached("sink_after_commit")
        self._flood.committed(batch.offsets)
        self._quarantine.committed(batch.offsets, time.monotonic())
        self._batch = SinkBatch()
        return True

    def _stop_before(self, over: Mapping[TopicPartition, tuple[int, str]]) -> NoReturn:
        """Commit what stands before the first dead letter that is one too many; the rest waits in Kafka."""
        self._batch.end_before({partition: offset for partition, (offset, _) in over.items()})
        self._commit()
        self._quarantine.hand_over(over)
        raise DeadLetterFlood(in_words(over))

    def _on_assigned(self, partitions: list[TopicPartition]) -> None:
        self._assigned |= set(partitions)
        self._same.question(partitions)

    def _on_revoked(self, partitions: list[TopicPartition]) -> None:
        self._quarantine.hand_over(partitions)
        self._drop(partitions)

    def _on_lost(self, partitions: list[TopicPartition]) -> None:
        self._drop(partitions)

    def _drop(self, partitions: list[TopicPartition]) -> None:
        gone = set(partitions)
        self._assigned -= gone
        self._batch.drop(gone)
        self._same.drop(gone)
        self._quarantine.forget(gone)
        self._flood.forget(gone)
