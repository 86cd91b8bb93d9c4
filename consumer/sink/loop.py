"""The sink: poll ▸ take in ▸ store in ClickHouse ▸ commit ▸ roll up ▸ report.

While a batch is stored the next one is read. Offsets are committed when their rows are stored, batch after batch.

It resumes from the group's committed offsets and nothing else; rows that are written twice are absorbed by
their key. What cannot be decoded, what ClickHouse refuses and what crashes its readers goes to the dead letters in one
transaction with the offsets.
"""

import gc
import time
from collections.abc import Collection, Mapping
from typing import NoReturn, Protocol

import structlog

from consumer.bad_records.flood import in_words
from consumer.bad_records.quarantine import Quarantine
from consumer.errors import DeadLetterFlood, SinkTrouble
from consumer.kafka.consumer import Assignments, GroupConsumer
from consumer.kafka.records import Record, TopicPartition
from consumer.lifetime import close_all
from consumer.sink.batch import Batches
from consumer.sink.clickhouse_writer import ClickHouseWriter, Down, Stored
from consumer.sink.commit import BatchCommitter, Committed, Flooded, Kept
from consumer.sink.intake import Intake
from consumer.sink.partitions import Partitions
from consumer.sink.retry import FIRST_PAUSE_S, GIVE_UP_AFTER_S, Retry
from consumer.sink.schedule import Schedule
from consumer.sink.topic_check import TopicCheck

log = structlog.get_logger()

POLL_S = 0.1
POLL_RECORDS = 1_000


class Observer(Protocol):
    """Hears of each round of inserts and of each turn; counts and never waits."""

    def inserted(
        self, rows: Mapping[str, int], written: Mapping[tuple[str, int], int], began_s: float, ended_s: float
    ) -> None: ...

    def reached(self, *, clickhouse: bool) -> None: ...

    def turned(self) -> None: ...


class SinkLoop:
    """One worker: one consumer, one transactional producer, one insert at a time.

    Args:
        consumer: reads the topics.
        partitions: which of them are read.
        intake: puts records into the next batch.
        quarantine: lets records in, one by one while some are suspect.
        check: whether the topics are those whose records ClickHouse holds.
        writer: stores batches.
        committer: commits batches that are stored.
        observer: counts.
    """

    def __init__(
        self,
        consumer: GroupConsumer,
        partitions: Partitions,
        intake: Intake,
        quarantine: Quarantine,
        check: TopicCheck,
        writer: ClickHouseWriter,
        committer: BatchCommitter,
        observer: Observer,
    ) -> None:
        self._consumer = consumer
        self._partitions = partitions
        self._intake = intake
        self._quarantine = quarantine
        self._check = check
        self._writer = writer
        self._committer = committer
        self._observer = observer
        self._batches = Batches()
        self._schedule = Schedule(quarantine, check)

    def start(self) -> None:
        """Connect to ClickHouse, fence an earlier process of the same name, and join the group."""
        self._writer.open()
        # The earlier process may have left a transaction open, and the group's offsets wait for its end.
        self._committer.open()
        self._consumer.subscribe(self._intake.topics, Assignments(self._on_assigned, self._on_revoked, self._forget))

    def turn(self) -> None:
        """Once around, in the order of the data."""
        self._take_in(self._poll())
        self._end_what_has_ended()
        has_begun = self._begin_what_is_due()
        if self._schedule.roll_up_is_due(has_begun=has_begun):
            self._writer.roll_up()
        self._observer.turned()

    def finish(self) -> None:
        """Store and commit what is in hand; if ClickHouse is down, the next owner reads it again."""
        self._schedule.retry = Retry()
        while not self._batches.is_empty and not self._schedule.retry.is_pending:
            if self._writer.is_busy or self._begin():
                self._end()

    def fail(self, error: Exception) -> None:
        """Get ready to leave because of an error: what is in hand is read again."""
        self._quarantine.ends_by(error)
        self._forget(self._partitions.assigned)

    def leave(self) -> None:
        """Leave the group; markers of records that crashed nothing are taken back."""
        try:
            self._on_revoked(list(self._partitions.assigned))
        finally:
            # No marker stands any more, should the client crash.
            close_all({"consumer": self._consumer.close, "producer": self._committer.close})

    def holds(self, partition: TopicPartition) -> bool:
        """Whether a partition is this member's now; any thread may ask."""
        return self._partitions.holds(partition)

    def _poll(self) -> list[Record]:
        # While a batch waits, polling goes on for the group's sake.
        self._partitions.read(paused=self._schedule.retry.is_pending)
        records = self._consumer.poll(1 if self._quarantine.one_by_one else POLL_RECORDS, POLL_S)
        self._schedule.more = len(records) == POLL_RECORDS
        return records

    def _take_in(self, records: list[Record]) -> None:
        if not self._intake.take(records, self._batches, now := time.monotonic()):
            self._schedule.retry.wait(FIRST_PAUSE_S, now)

    def _begin(self) -> bool:
        """Begin to store a batch; False when ClickHouse is down: the same is tried again after a pause."""
        self._schedule.retry.begin(time.monotonic())
        down = self._writer.begin(self._batches.begin())
        if down:
            self._is_down(down)
        return not down

    def _end_what_has_ended(self) -> None:
        if self._writer.is_busy and (self._writer.has_ended or not self._schedule.takes_more(self._batches.next)):
            self._end()

    def _begin_what_is_due(self) -> bool:
        if self._writer.is_busy or not self._schedule.is_due(self._batches.next, time.monotonic()):
            return False
        has_begun = self._begin()
        if has_begun:
            self._end_what_has_ended()
        return has_begun

    def _end(self) -> None:
        """Wait until the batch is stored, and commit it."""
        match self._writer.end(self._batches.first, self._batches.next):
            case Stored(rows, again, duration_s):
                self._consumer.give_back(again)
                self._batches.again(again)
                self._observer.reached(clickhouse=True)
                if rows:
                    self._schedule.pace.stored(sum(rows.values()), duration_s)
                    ended_s = time.monotonic()
                    self._observer.inserted(rows, self._batches.first.written(), ended_s - duration_s, ended_s)
                self._commit()
            case Down() as down:
                self._is_down(down)

    def _is_down(self, down: Down) -> None:
        self._observer.reached(clickhouse=False)
        if self._schedule.retry.is_overdue(now := time.monotonic()):
            raise SinkTrouble(f"ClickHouse did not recover within {GIVE_UP_AFTER_S:g} s: {down.detail}")
        log.warning("clickhouse.unavailable", detail=down.detail, retry_in_s=self._schedule.retry.failed(now))
        self._quarantine.clear_markers()
        # An error of ClickHouse's client refers to itself and to the rows that were not taken.
        gc.collect()

    def _commit(self) -> None:
        """Commit the batch that is stored, dead letters with their offsets. What is not committed is kept."""
        # What was read a second time meanwhile is committed when it is checked.
        self._batches.first.forget(self._check.unchecked)
        match self._committer.commit(self._batches.first, self._quarantine.handled):
            case Committed(offsets):
                self._quarantine.committed(offsets, time.monotonic())
                self._batches.committed()
                self._schedule.retry = Retry()
            case Flooded(over):
                self._stop_before(over)
            case Kept():
                self._schedule.retry.failed(time.monotonic())

    def _stop_before(self, over: Mapping[TopicPartition, tuple[int, str]]) -> NoReturn:
        """Commit what stands before the first dead letter that is one too many; the rest waits in Kafka."""
        self._batches.first.end_before({partition: offset for partition, (offset, _) in over.items()})
        self._commit()
        self._quarantine.hand_over(over)
        raise DeadLetterFlood(in_words(over))

    def _on_assigned(self, partitions: list[TopicPartition]) -> None:
        self._partitions.add(partitions)
        self._check.add(partitions)

    def _on_revoked(self, partitions: list[TopicPartition]) -> None:
        self._quarantine.hand_over(partitions)
        self._forget(partitions)

    def _forget(self, partitions: Collection[TopicPartition]) -> None:
        gone = set(partitions)
        self._partitions.remove(gone)
        self._batches.forget(gone)
        self._check.forget(gone)
        self._quarantine.forget(gone)
        self._committer.forget(gone)
