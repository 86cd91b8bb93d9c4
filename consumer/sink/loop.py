"""The sink: poll ▸ take in ▸ store in ClickHouse ▸ commit ▸ roll up ▸ report.

It resumes from the group's committed offsets and nothing else; rows that are written twice are absorbed by
their key. What cannot be decoded, what ClickHouse refuses and what crashes its readers goes to the dead letters in one
transaction with the offsets.
"""

import gc
import time
from collections.abc import Callable, Collection, Mapping
from typing import NoReturn, Protocol

import structlog

from consumer.bad_records.flood import in_words
from consumer.bad_records.quarantine import Quarantine
from consumer.errors import DeadLetterFlood, SinkTrouble
from consumer.kafka.consumer import Assignments, GroupConsumer
from consumer.kafka.records import Record, TopicPartition
from consumer.lifetime import close_all
from consumer.sink.batch import SinkBatch
from consumer.sink.clickhouse_writer import ClickHouseWriter, Down, Stored
from consumer.sink.commit import BatchCommitter, Committed, Flooded, Kept
from consumer.sink.intake import Intake
from consumer.sink.pace import Pace
from consumer.sink.partitions import Partitions
from consumer.sink.retry import FIRST_PAUSE_S, GIVE_UP_AFTER_S, Retry
from consumer.sink.topic_check import TopicCheck

log = structlog.get_logger()

POLL_S = 0.1
POLL_RECORDS = 1_000


class Observer(Protocol):
    """Hears of each round of inserts and of each turn; counts and never waits."""

    def inserted(self, rows: Mapping[str, int], began_s: float, ended_s: float) -> None: ...

    def reached(self, *, clickhouse: bool) -> None: ...

    def turned(self, lag: Callable[[], Mapping[str, int]]) -> None: ...


class SinkLoop:
    """One worker: one consumer, one transactional producer, one connection to ClickHouse, one batch.

    Args:
        consumer: reads the topics.
        partitions: which of them are read.
        intake: puts records into the batch.
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
        self._batch = SinkBatch()
        self._pace = Pace()
        self._more = False
        self._retry = Retry()

    def start(self) -> None:
        """Connect to ClickHouse, fence an earlier process of the same name, and join the group."""
        self._writer.open()
        # The earlier process may have left a transaction open, and the group's offsets wait for its end.
        self._committer.open()
        self._consumer.subscribe(self._intake.topics, Assignments(self._on_assigned, self._on_revoked, self._forget))

    def turn(self) -> None:
        """Once around, in the order of the data."""
        self._take_in(self._poll())
        if self._is_due(time.monotonic()) and self._store():
            self._commit()
        self._roll_up()
        self._observer.turned(self._lag)

    def finish(self) -> None:
        """Store and commit what is in hand; if ClickHouse is down, the next owner reads it again."""
        self._retry = Retry()
        if not self._batch.is_empty and self._store():
            self._commit()

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

    def _lag(self) -> dict[str, int]:
        return self._consumer.offsets.lag(self._intake.topics)

    def _poll(self) -> list[Record]:
        # While a batch waits, polling goes on for the group's sake.
        self._partitions.read(paused=self._retry.is_pending)
        records = self._consumer.poll(1 if self._quarantine.one_by_one else POLL_RECORDS, POLL_S)
        self._more = len(records) == POLL_RECORDS
        return records

    def _take_in(self, records: list[Record]) -> None:
        if not self._intake.take(records, self._batch, now := time.monotonic()):
            self._retry.wait(FIRST_PAUSE_S, now)

    def _is_due(self, now: float) -> bool:
        if self._retry.is_pending:
            return self._retry.is_due(now)
        if self._check.is_pending or self._batch.is_empty:
            return self._check.is_pending
        batch = self._batch
        # The sooner the records are known to be harmless, the fewer crashes make the sink read one by one.
        return self._quarantine.suspects or self._pace.is_due(
            len(batch.entries), batch.size_bytes, batch.age_s(now), more=self._more
        )

    def _store(self) -> bool:
        """Write the batch to ClickHouse; False when it is down: the same is tried again after a pause."""
        began_s = time.monotonic()
        self._retry.begin(began_s)
        match self._writer.write(self._batch):
            case Stored(rows, again):
                self._consumer.give_back(again)
                self._observer.reached(clickhouse=True)
                if rows:
                    ended_s = time.monotonic()
                    self._pace.stored(sum(rows.values()), ended_s - began_s)
                    self._observer.inserted(rows, began_s, ended_s)
                return True
            case Down(detail):
                self._observer.reached(clickhouse=False)
                if self._retry.is_overdue(now := time.monotonic()):
                    raise SinkTrouble(f"ClickHouse did not recover within {GIVE_UP_AFTER_S:g} s: {detail}")
                log.warning("clickhouse.unavailable", detail=detail, retry_in_s=self._retry.failed(now))
                self._quarantine.clear_markers()
                # An error of ClickHouse's client refers to itself and to the rows that were not taken.
                gc.collect()
                return False

    def _commit(self) -> None:
        """Commit the batch, dead letters with their offsets. What is not committed is kept."""
        match self._committer.commit(self._batch, self._quarantine.handled):
            case Committed(offsets):
                self._quarantine.committed(offsets, time.monotonic())
                self._batch = SinkBatch()
                self._retry = Retry()
            case Flooded(over):
                self._stop_before(over)
            case Kept():
                self._retry.failed(time.monotonic())

    def _stop_before(self, over: Mapping[TopicPartition, tuple[int, str]]) -> NoReturn:
        """Commit what stands before the first dead letter that is one too many; the rest waits in Kafka."""
        self._batch.end_before({partition: offset for partition, (offset, _) in over.items()})
        self._commit()
        self._quarantine.hand_over(over)
        raise DeadLetterFlood(in_words(over))

    def _roll_up(self) -> None:
        # A step may take as long as hundreds of records. While more of them wait there is one for each batch.
        if not self._retry.is_pending and (self._batch.is_empty or not self._more):
            self._writer.roll_up()

    def _on_assigned(self, partitions: list[TopicPartition]) -> None:
        self._partitions.add(partitions)
        self._check.add(partitions)

    def _on_revoked(self, partitions: list[TopicPartition]) -> None:
        self._quarantine.hand_over(partitions)
        self._forget(partitions)

    def _forget(self, partitions: Collection[TopicPartition]) -> None:
        gone = set(partitions)
        self._partitions.remove(gone)
        self._batch.forget(gone)
        self._check.forget(gone)
        self._quarantine.forget(gone)
        self._committer.forget(gone)
