"""The ClickHouse half of the sink: a batch becomes rows, and the rows that are refused become dead letters."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import NamedTuple, Protocol

import structlog

from analytics.clickhouse.errors import AnalyticsError, Rejected, Unavailable
from analytics.store.bisecting import Refused
from analytics.store.prepared import Prepared
from analytics.store.rows import columns
from consumer import crash_points, outside
from consumer.bad_records.blame import handling_records
from consumer.bad_records.dead_letter import DeadLetter
from consumer.kafka.records import Message, Record
from consumer.monitoring.metrics import TEXTS_SKIPPED
from consumer.sink.batch import SinkBatch
from consumer.sink.row_store import Connection
from consumer.sink.topic_check import TopicCheck
from consumer.sink.topics import decided

log = structlog.get_logger()

SINK_REJECTED = "sink_rejected"


class Stored(NamedTuple):
    """What remains of the batch may be committed.

    Attributes:
        rows: how many were stored, by table.
        again: the first record of each partition that was cut short, to be read again.
        duration_s: how long it took ClickHouse.
    """

    rows: Mapping[str, int]
    again: list[Record]
    duration_s: float


class Down(NamedTuple):
    """ClickHouse is unavailable: nothing may be committed, and the same batch is written again later."""

    detail: str


class Inserted(NamedTuple):
    """An insert that has ended.

    Attributes:
        rows: how many were stored, by table.
        duration_s: how long it took.
        overrides: records that follow from what is stored now.
    """

    rows: Mapping[str, int]
    duration_s: float
    overrides: Sequence[Message] = ()


class Running(Protocol):
    """An insert that is under way: `consumer.time_limit.Running`."""

    @property
    def has_ended(self) -> bool: ...

    def result(self) -> Inserted:
        """Wait for its end, and return or raise what it did."""
        ...


# Calls it, so that this thread can do something else; what the call touches this thread leaves alone.
Start = Callable[[Callable[[], Inserted]], Running]


class ClickHouseWriter:
    """Writes batches to ClickHouse, one at a time. Not thread-safe.

    Args:
        connect: connects, and makes tables and views that are missing.
        check: which partitions are to be checked before anything is stored.
        start: starts an insert.
    """

    def __init__(self, connect: Callable[[], Connection], check: TopicCheck, start: Start) -> None:
        self._connect = connect
        self._check = check
        self._start = start
        self._connection: Connection | None = None
        self._running: Running | None = None

    @property
    def is_busy(self) -> bool:
        """Whether a batch was begun and not ended."""
        return self._running is not None

    @property
    def has_ended(self) -> bool:
        """Whether `end` would not wait."""
        return self._running is None or self._running.has_ended

    def open(self) -> None:
        """Connect before the first record; a ClickHouse that is down is no reason not to start."""
        try:
            self._connected()
        except Unavailable as error:
            log.warning("clickhouse.unavailable", detail=str(error))

    def begin(self, batch: SinkBatch) -> Down | None:
        """Begin to store the rows of a batch.

        1. Without a connection there is one made first.
        2. Partitions that are new here are checked: ClickHouse must hold records of these topics and no others.
        3. The insert of all rows is started. The batch may lose partitions meanwhile, and takes no more records.

        Returns:
            None when it has begun, and is to be ended.

        Raises:
            ConfigurationError: a topic is not the one whose records ClickHouse holds.
            BrokerTrouble: Kafka did not answer the check.
            Misconfigured: something has to be changed first.
        """
        try:
            insert = self._insert_of(batch)
        except Unavailable as error:
            return Down(str(error))
        self._running = self._start(insert)
        crash_points.reached("sink_inserting")
        return None

    def end(self, batch: SinkBatch, behind: SinkBatch) -> Stored | Down:
        """Wait until the insert has ended, and meanwhile make ready what is sent next.

        When ClickHouse rejects rows, all are decoded. Those that are no events, or that ClickHouse refuses still, are
        found and become dead letters of the batch. What could not be decided is left out of it.

        Args:
            batch: what is left of that which was begun.
            behind: what was read meanwhile.

        Raises:
            Rejected: nothing proves which row is to blame.
            Misconfigured: something has to be changed first.
        """
        began_s = time.monotonic()
        if not self.has_ended:
            _prepared(behind)
        try:
            try:
                with _blaming(batch):
                    inserted = self._result()
                batch.overrides = inserted.overrides
                stored = Stored(inserted.rows, [], inserted.duration_s)
            except Rejected as error:
                log.warning("rows.rejected", detail=str(error))
                stored = self._sift(batch, began_s)
        except Unavailable as error:
            return Down(str(error))
        crash_points.reached("sink_after_insert")
        return stored

    @outside.waiting("clickhouse")
    def roll_up(self) -> None:
        """One step at most, so that polling goes on. What fails is done later: the views do not need it."""
        if self._connection is not None:
            try:
                self._connection.roll_ups.step()
            except Unavailable as error:
                log.warning("rollup.failed", detail=str(error))

    @outside.waiting("clickhouse")
    def _connected(self) -> Connection:
        if self._connection is None:
            self._connection = self._connect()
        return self._connection

    def _insert_of(self, batch: SinkBatch) -> Callable[[], Inserted]:
        if batch.is_empty and not self._check.is_pending:
            # Rebalances have taken what was to be stored.
            return _nothing
        connection = self._connected()
        with outside.waiting("clickhouse"):
            self._check.check(connection.rows.highest_offsets)
        if connection.forgotten:
            batch.leave_out(connection.forgotten)
        crash_points.reached("sink_before_insert")
        return partial(_insert, connection, _prepared(batch))

    @outside.waiting("clickhouse")
    def _result(self) -> Inserted:
        running, self._running = self._running, None
        return running.result() if running is not None else _nothing()

    @outside.waiting("clickhouse")
    def _sift(self, batch: SinkBatch, began_s: float) -> Stored:
        with handling_records():
            batch.decide(decided)
        with _blaming(batch):
            connection = self._connected()
            sifted = connection.rows.sift(batch.decoded_rows)
            batch.overrides = connection.overrides.after(connection.rows.take_judged())
        batch.refuse((refused.record, _letter(refused)) for refused in sifted.refused)
        return Stored(sifted.written, batch.cut(sifted.undecided), time.monotonic() - began_s)


def _prepared(batch: SinkBatch) -> Prepared:
    with _blaming(batch):
        return batch.prepared()


def _letter(refused: Refused) -> DeadLetter | None:
    """What becomes of a row that is refused; a text makes no letter, for its ticket was answered."""
    if refused.record.name == "TicketText":
        TEXTS_SKIPPED.labels(SINK_REJECTED).inc()
        return None
    return DeadLetter(SINK_REJECTED, refused.detail)


def _insert(connection: Connection, batch: Prepared) -> Inserted:
    began_s = time.monotonic()
    stored = connection.rows.insert(batch)
    took_s = time.monotonic() - began_s
    # Asked when all rows are stored: another worker may store an answer and its correction at the same time.
    return Inserted(stored, took_s, connection.overrides.after(connection.rows.take_judged()))


def _nothing() -> Inserted:
    return Inserted({}, 0.0)


@contextmanager
def _blaming(batch: SinkBatch) -> Iterator[None]:
    """What nobody has foreseen is a record's fault if no values can be made of it."""
    try:
        yield
    except AnalyticsError:
        raise
    except Exception:
        with handling_records():
            for row in batch.decoded_rows:
                columns(row.name, [row])
        raise
