"""The categorizer: poll ▸ take in ▸ answer ▸ ordered window ▸ one transaction.

One thread owns the consumer and the producer. Nothing visible happens before a transaction begins,
so everything in flight may be dropped at any moment and read again.
"""

import threading
import time
from collections.abc import Callable, Collection, Mapping
from typing import NoReturn, Protocol

import structlog

from consumer import crash_points
from consumer.bad_records.flood import in_words
from consumer.bad_records.quarantine import Quarantine
from consumer.categorizer.answerer import Answerer
from consumer.categorizer.backpressure import MAX_RECORDS, FlowControl, Load
from consumer.categorizer.envelope import Envelope
from consumer.categorizer.intake import Intake
from consumer.categorizer.outbox import (
    REGISTRY_PAUSE_S,
    TRANSACTION_BYTES,
    TRANSACTION_RECORDS,
    Committed,
    Flooded,
    Kept,
    Outbox,
)
from consumer.categorizer.requeue import Requeue
from consumer.categorizer.window import Window
from consumer.errors import DeadLetterFlood, Fenced, TicketstreamError
from consumer.kafka.consumer import Assignments, GroupConsumer
from consumer.kafka.records import Record, TopicPartition
from schemas.codec import RegistryUnavailable

log = structlog.get_logger()

POLL_IDLE_S = 0.05
POLL_BUSY_S = 0.004
DRAIN_S = 5.0


class Observer(Protocol):
    """Hears of each transaction and of each turn; counts and never waits."""

    def committed(self, envelopes: list[Envelope], began_s: float, ended_s: float) -> None: ...

    def turned(self, records: int, waiting: int, lag: Callable[[], Mapping[str, int]], *, stopped: bool) -> None: ...


class Categorizer:
    """One worker: one consumer, one transactional producer, one window.

    Args:
        consumer: reads the tickets.
        intake: makes envelopes of records.
        quarantine: lets records in, one by one while some are suspect.
        answerer: answers envelopes.
        requeue: when provisional answers are asked again.
        outbox: commits finished envelopes.
        flow: pauses and resumes partitions.
        observer: counts.
    """

    def __init__(
        self,
        consumer: GroupConsumer,
        intake: Intake,
        quarantine: Quarantine,
        answerer: Answerer,
        requeue: Requeue,
        outbox: Outbox,
        flow: FlowControl,
        observer: Observer,
    ) -> None:
        self._consumer = consumer
        self._intake = intake
        self._quarantine = quarantine
        self._answerer = answerer
        self._requeue = requeue
        self._outbox = outbox
        self._flow = flow
        self._observer = observer
        self._window = Window()
        self._draining = False

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set, then finish what is in flight within a few seconds and leave the group.

        Raises:
            Fenced: another process has this worker's place.
            BrokerTrouble: Kafka did not recover within its bound; nothing was committed that is not written.
            DeadLetterFlood: so many records are bad that a person must look first.
        """
        self.start()
        try:
            while not stop.is_set():
                self.turn()
            self._drain()
        except Fenced:
            # Nothing may be committed on the way out: it would take the place back from the other process.
            self._forget(self._flow.partitions.assigned)
            raise
        except Exception as error:
            if not isinstance(error, TicketstreamError):
                self._quarantine.crashed()
            raise
        finally:
            self.leave()

    def start(self) -> None:
        """Fence an earlier process of the same name, and join the group."""
        self._outbox.open()
        assignments = Assignments(self._flow.partitions.add, self._on_revoked, self._forget)
        self._consumer.subscribe(list(self._intake.topics), assignments)

    def turn(self) -> None:
        """Once around, in the order of the data."""
        records = self._poll()
        now = time.monotonic()
        self._take_in(records, now)
        self._collect_answers(now)
        self._fill_outbox(now)
        self._commit_if_due(now)
        self._regulate(time.monotonic())

    def leave(self) -> None:
        """Leave the group; what is finished by then is committed."""
        self._consumer.close()
        self._outbox.close()

    def _poll(self) -> list[Record]:
        if self._flow.is_waiting:
            time.sleep(POLL_BUSY_S)
            return []
        at_most = 1 if self._quarantine.one_by_one else TRANSACTION_RECORDS
        return self._consumer.poll(
            at_most, POLL_BUSY_S if self._outbox or self._answerer.waiting.total else POLL_IDLE_S
        )

    def _take_in(self, records: list[Record], now: float) -> None:
        received_us = time.time_ns() // 1000
        partitions = {record.partition for record in records}
        admitted, later = self._quarantine.let_in(records, partitions, now, busy=self._is_busy())
        if later:
            self._consumer.give_back(later)
        self._intake.prepare(partitions)
        read = self._read_suspect if self._quarantine.one_by_one else self._intake.read
        for index, record in enumerate(admitted):
            try:
                envelope = read(record, now, received_us)
            except RegistryUnavailable as error:
                self._wait_for_registry(error, admitted[index:], now)
                break
            self._window.add(envelope)
            if envelope.outcome is None:
                self._answerer.take(envelope)
        if admitted:
            crash_points.reached("decoded")
        self._answerer.dispatch()

    def _read_suspect(self, record: Record, now: float, received_us: int) -> Envelope:
        letter = self._quarantine.condemned(record)
        if letter is not None:
            return self._intake.unread(record, letter, now, received_us)
        return self._intake.read(record, now, received_us)

    def _wait_for_registry(self, error: RegistryUnavailable, unread: list[Record], now: float) -> None:
        log.warning("registry.unavailable", detail=str(error))
        self._outbox.pause(REGISTRY_PAUSE_S, now)
        self._quarantine.clear_markers()
        self._consumer.give_back(unread)

    def _collect_answers(self, now: float) -> None:
        collected = self._answerer.collect(now)
        self._flow.answered(collected.answered, now)
        if collected.answered:
            crash_points.reached("ml_done")
        if collected.unanswered:
            self._postpone(collected.unanswered, now)

    def _postpone(self, unanswered: list[Envelope], now: float) -> None:
        """Leave queued tickets in the queue: drop them and read them again later."""
        final, again = self._requeue.judge(unanswered, now)
        for envelope in final:
            self._answerer.answer_finally(envelope, now)
        for partition in again:
            self._outbox.add(self._window.take(TRANSACTION_RECORDS, TRANSACTION_BYTES, {partition}), now)
            dropped = self._drop([partition])
            if dropped:
                self._consumer.rewind(partition, dropped[0].record.position.offset)

    def _fill_outbox(self, now: float) -> None:
        room = TRANSACTION_RECORDS - len(self._outbox)
        if room > 0:
            self._outbox.add(self._window.take(room, TRANSACTION_BYTES), now)

    def _commit_if_due(self, now: float) -> None:
        if self._outbox.is_due(now, at_once=self._quarantine.one_by_one):
            self._commit()

    def _commit(self) -> None:
        began_s = time.monotonic()
        match self._outbox.commit(began_s, time.time_ns() // 1_000_000):
            case Committed(envelopes, offsets):
                self._quarantine.committed(offsets, began_s)
                self._requeue.answered(envelopes)
                self._observer.committed(envelopes, began_s, time.monotonic())
            case Flooded(over):
                self._stop_before(over)
            case Kept():
                pass

    def _stop_before(self, over: Mapping[TopicPartition, tuple[int, str]]) -> NoReturn:
        """Commit what stands before the first dead letter that is one too many; the rest waits in Kafka."""
        # First of all: nothing behind that letter may be committed any more, whatever happens.
        self._drop(over)
        self._outbox.end_before(over)
        if self._outbox:
            self._commit()
        self._quarantine.hand_over(over)
        self._forget(over)
        raise DeadLetterFlood(in_words(over))

    def _regulate(self, now: float) -> None:
        """Pause and resume partitions, on change only."""
        answerer = self._answerer
        if answerer.holding and self._requeue.probe_free(now):
            answerer.release_held(now)
        # A record that is read by itself fills the window.
        records = MAX_RECORDS if self._quarantine.one_by_one and self._is_busy() else self._window.records
        stopped = self._flow.regulate(
            Load(records, self._window.bytes, answerer.waiting.total),
            now,
            stopped=answerer.holding or self._draining or self._outbox.is_paused(now),
            queue=self._requeue.may_read(answerer.waiting, now),
        )
        self._observer.turned(self._window.records, answerer.waiting.total, self._lag, stopped=stopped)

    def _lag(self) -> dict[str, int]:
        return self._consumer.offsets.lag(self._intake.topics)

    def _is_busy(self) -> bool:
        return bool(self._window.records or self._outbox)

    def _drain(self) -> None:
        """Finish what is in flight within the time that a stop may take; the next owner reads the rest again."""
        give_up_s = time.monotonic() + DRAIN_S
        self._draining = True
        # Everything is paused from now on; polling goes on for the group's sake.
        self._regulate(time.monotonic())
        while self._is_busy() and time.monotonic() < give_up_s:
            self.turn()

    def _on_revoked(self, partitions: list[TopicPartition]) -> None:
        """Commit the finished prefix of what goes, drop the rest."""
        now = time.monotonic()
        self._outbox.add(self._window.take(TRANSACTION_RECORDS, TRANSACTION_BYTES, set(partitions)), now)
        if self._outbox.holds(partitions):
            self._commit()
        self._quarantine.hand_over(partitions)
        self._forget(partitions)

    def _forget(self, partitions: Collection[TopicPartition]) -> None:
        gone = set(partitions)
        self._drop(gone)
        self._outbox.forget(gone)
        self._quarantine.forget(gone)
        self._flow.partitions.remove(gone)

    def _drop(self, partitions: Collection[TopicPartition]) -> list[Envelope]:
        dropped = self._window.drop(partitions)
        self._answerer.forget(dropped)
        return dropped
