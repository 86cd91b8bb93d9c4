"""The categorizer: poll ▸ read ▸ answer ▸ ordered window ▸ one transaction.

One thread owns the consumer and the producer. Nothing visible happens before a transaction begins,
so whatever is in flight may be dropped at any moment and read again.
"""

import threading
import time
from collections.abc import Callable, Collection, Mapping
from typing import NamedTuple, NoReturn, Protocol

import structlog

from consumer import crash_points
from consumer.bad_records.flood import Flood, before, in_words
from consumer.bad_records.quarantine import Quarantine
from consumer.categorizer.answerer import Answerer, Collected
from consumer.categorizer.backpressure import MAX_RECORDS, AnswerRate, Backpressure, Flow
from consumer.categorizer.envelope import Envelope, Repeat
from consumer.categorizer.intake import Intake
from consumer.categorizer.output import Emission
from consumer.categorizer.partitions import Partitions
from consumer.categorizer.repeats import Repeats
from consumer.categorizer.requeue import Hysteresis, RequeueSchedule
from consumer.categorizer.window import Window
from consumer.errors import BrokerTrouble, DeadLetterFlood, Fenced, TicketstreamError
from consumer.guards.breaker_state import BreakerState
from consumer.kafka.consumer import Assignments, GroupConsumer
from consumer.kafka.records import Record, TopicPartition
from consumer.kafka.transactions import Outcome, Transactions
from schemas.codec import RegistryUnavailable

log = structlog.get_logger()

TRANSACTION_RECORDS = 500
TRANSACTION_BYTES = 8 * 1024 * 1024
TRANSACTION_AGE_S = 0.05
POLL_IDLE_S = 0.05
POLL_BUSY_S = 0.004
DRAIN_S = 5.0
REGISTRY_PAUSE_S = 1.0
MAX_ABORTS_IN_A_ROW = 5


class ModelState(Protocol):
    """What the categorizer asks about the model's breaker."""

    def state(self, now: float) -> BreakerState: ...

    def would_permit(self, now: float) -> bool: ...


class Observer(Protocol):
    """Told once per transaction and at each change of what is going on; counts and never waits."""

    def committed(self, envelopes: list[Envelope], began_s: float, ended_s: float) -> None: ...

    def looked(
        self, window: Window, answerer: Answerer, behind: Callable[[], Mapping[str, int]], *, full: bool
    ) -> None: ...


class Limits(NamedTuple):
    """How the model is used; what the window may hold follows from it."""

    concurrency: int
    batch_size: int
    deadline_s: float


class Categorizer:
    """One worker: one consumer, one transactional producer, one window."""

    def __init__(
        self,
        group_consumer: GroupConsumer,
        transactions: Transactions,
        intake: Intake,
        answerer: Answerer,
        emission: Emission,
        breaker: ModelState | None,
        requeued: RequeueSchedule,
        repeats: Repeats,
        flood: Flood,
        limits: Limits,
        observer: Observer,
        *,
        created: str,
        recategorize: str,
    ) -> None:
        self._in = group_consumer
        self._transactions = transactions
        self._intake = intake
        self._answerer = answerer
        self._emission = emission
        self._breaker = breaker
        self._requeued = requeued
        self._repeats = repeats
        self._requeue_room = Hysteresis(2 * limits.batch_size * max(1, limits.concurrency // 5))
        self._observer = observer
        self._topics = [created, recategorize]
        self._partitions = Partitions(group_consumer, recategorize)
        self._flood = flood
        self._quarantine = Quarantine(group_consumer, flood)
        self._window = Window()
        self._outbox: list[Envelope] = []
        self._outbox_since_s = 0.0
        self._rate = AnswerRate(time.monotonic())
        self._backpressure = Backpressure(limits.concurrency, limits.batch_size, limits.deadline_s)
        self._flow = Flow.OPEN
        self._aborts = 0
        self._not_before_s = 0.0
        self._draining = False

    def run(self, stop: threading.Event) -> None:
        """Work until told to stop, then finish what is in flight within a few seconds and leave the group.

        Raises:
            Fenced: another process has taken our place.
            BrokerTrouble: Kafka did not recover within its bound; nothing was committed that is not written.
            DeadLetterFlood: so many records are bad that a person must look first.
        """
        self.start()
        try:
            while not stop.is_set():
                self.turn()
            self._drain()
        except Fenced:
            # Nothing may be committed on the way out: it would take the place back from who has it now.
            self._forget(self._partitions.assigned)
            raise
        except Exception as error:
            if not isinstance(error, TicketstreamError):
                self._quarantine.died()
            raise
        finally:
            self.leave()

    def start(self) -> None:
        """Take the place of whoever wrote under our name before, and join the group."""
        self._transactions.open()
        self._in.subscribe(self._topics, Assignments(self._partitions.add, self._on_revoked, self._on_lost))

    def turn(self) -> None:
        """Once around: what has come, what is finished, what is due."""
        self._step(self._poll())

    def leave(self) -> None:
        """Leave the group; what is finished by then is committed."""
        self._in.close()
        self._transactions.close()

    def _poll(self) -> list[Record]:
        if self._flow is Flow.WAITING:
            time.sleep(POLL_BUSY_S)
            return []
        waiting = self._answerer.live_waiting + self._answerer.requeued_waiting
        most = 1 if self._quarantine.one_by_one else TRANSACTION_RECORDS
        return self._in.poll(most, POLL_BUSY_S if self._outbox or waiting else POLL_IDLE_S)

    def _step(self, records: list[Record]) -> None:
        now = time.monotonic()
        self._admit(records, now)
        self._apply(self._answerer.collect(now), now)
        self._fill_outbox(now)
        if self._outbox and self._is_due(now):
            self._commit()
        self._regulate(time.monotonic())

    def _admit(self, records: list[Record], now: float) -> None:
        received_us = time.time_ns() // 1000
        partitions = {record.partition for record in records}
        records = self._quarantine.let_in(records, partitions, now, busy=self._is_busy())
        self._repeats.prepare(partitions)
        one_by_one = self._quarantine.one_by_one
        for place, record in enumerate(records):
            try:
                if one_by_one and (letter := self._quarantine.condemned(record)):
                    envelope = self._intake.unread(record, letter, now, received_us)
                else:
                    envelope = self._intake.read(record, now, received_us)
            except RegistryUnavailable as error:
                log.warning("registry.unavailable", detail=str(error))
                self._not_before_s = now + REGISTRY_PAUSE_S
                self._quarantine.clear_markers()
                self._in.give_back(records[place:])
                break
            self._window.add(envelope)
            if envelope.outcome is None and self._repeats.is_repeat(envelope):
                envelope.outcome = Repeat()
            if envelope.outcome is None:
                self._answerer.take(envelope)
        if records:
            crash_points.reached("decoded")
        self._answerer.dispatch()

    def _apply(self, collected: Collected, now: float) -> None:
        self._rate.add(collected.answered, now)
        if collected.answered:
            crash_points.reached("ml_done")
        if collected.unhealed:
            self._postpone(collected.unhealed, now)

    def _postpone(self, unhealed: list[Envelope], now: float) -> None:
        """Leave queued tickets in the queue: drop them and read them again later."""
        state = self._breaker_state(now)
        for envelope in unhealed:
            if not envelope.dropped and self._requeued.exhausted(envelope.source, envelope.asks, state):
                self._answerer.settle(envelope, now)
        left = [envelope for envelope in unhealed if envelope.outcome is None and not envelope.dropped]
        self._requeued.failed({envelope.source for envelope in left}, state, now)
        for partition in {envelope.partition for envelope in left}:
            self._fill_outbox(now, only={partition})
            dropped = self._window.drop([partition])
            self._answerer.forget(dropped)
            if dropped:
                self._in.rewind(partition, dropped[0].record.position.offset)

    def _breaker_state(self, now: float) -> BreakerState:
        return self._breaker.state(now) if self._breaker else BreakerState.CLOSED

    def _fill_outbox(self, now: float, only: set[TopicPartition] | None = None) -> None:
        room = TRANSACTION_RECORDS - len(self._outbox) if only is None else TRANSACTION_RECORDS
        taken = self._window.take(room, TRANSACTION_BYTES, only) if room > 0 else []
        if taken and not self._outbox:
            self._outbox_since_s = now
        self._outbox.extend(taken)

    def _is_busy(self) -> bool:
        return bool(self._window.records or self._outbox)

    def _is_due(self, now: float) -> bool:
        if now < self._not_before_s:
            return False
        if self._quarantine.one_by_one:
            return True
        return len(self._outbox) >= TRANSACTION_RECORDS or now - self._outbox_since_s >= TRANSACTION_AGE_S

    def _commit(self) -> None:
        """One transaction for the outbox, whose envelopes are kept until it is known to be committed."""
        began_s = time.monotonic()
        if over := self._flood.over(self._outbox):
            self._stop_before(over)
        try:
            messages = self._emission.messages(self._outbox, began_s, time.time_ns() // 1_000_000)
        except RegistryUnavailable as error:
            log.warning("registry.unavailable", detail=str(error))
            self._not_before_s = began_s + REGISTRY_PAUSE_S
            return
        offsets = {envelope.partition: envelope.record.next_offset for envelope in self._outbox}
        messages += self._repeats.messages(offsets)
        match self._transactions.commit(messages, offsets, self._in.group_metadata(), self._flood.notes(offsets)):
            case Outcome.COMMITTED:
                self._committed(offsets, began_s)
            case Outcome.ABORTED:
                self._aborted(began_s)
            case Outcome.IN_DOUBT:
                self._resolve(offsets, began_s)

    def _stop_before(self, over: Mapping[TopicPartition, tuple[int, str]]) -> NoReturn:
        """Commit what stands before the first dead letter that is one too many; the rest waits in Kafka."""
        # First of all: nothing behind that letter may be committed any more, whatever happens.
        self._answerer.forget(self._window.drop(over))
        self._outbox = before(self._outbox, over)
        if self._outbox:
            self._commit()
        self._quarantine.hand_over(over)
        self._forget(over)
        raise DeadLetterFlood(in_words(over))

    def _committed(self, offsets: dict[TopicPartition, int], began_s: float) -> None:
        envelopes, self._outbox = self._outbox, []
        self._repeats.committed(offsets)
        self._flood.committed(offsets)
        self._quarantine.committed(offsets, began_s)
        self._aborts = 0
        self._requeued.answered([envelope.source for envelope in envelopes if envelope.revision])
        self._observer.committed(envelopes, began_s, time.monotonic())

    def _aborted(self, now: float) -> None:
        self._aborts += 1
        self._not_before_s = now + 0.1 * 2**self._aborts
        if self._aborts >= MAX_ABORTS_IN_A_ROW:
            raise BrokerTrouble(f"{self._aborts} transactions in a row were aborted; see transaction.failed in the log")

    def _resolve(self, offsets: dict[TopicPartition, int], began_s: float) -> None:
        """Find out what became of a doubtful transaction: a new epoch ends it, the group's offsets tell."""
        self._transactions.open()
        if self._in.has_committed(offsets):
            log.info("transaction.found_committed")
            self._committed(offsets, began_s)
        else:
            log.info("transaction.found_aborted")
            self._aborted(began_s)

    def _regulate(self, now: float) -> None:
        """Pause and resume partitions, on change only."""
        answerer = self._answerer
        if answerer.holding and (self._breaker is None or self._breaker.would_permit(now)):
            answerer.release_held()
        waiting = answerer.live_waiting + answerer.requeued_waiting
        # What is read alone fills the window.
        records = MAX_RECORDS if self._quarantine.one_by_one and self._is_busy() else self._window.records
        self._flow = self._backpressure.update(records, self._window.bytes, waiting, self._rate.per_second, now)
        stopped = self._flow is Flow.PAUSED or answerer.holding or self._draining or now < self._not_before_s
        self._partitions.read(any_at_all=not stopped, queue=self._may_read_queue(now))
        full = stopped or self._flow is Flow.WAITING
        self._observer.looked(self._window, answerer, lambda: self._in.behind(self._topics), full=full)

    def _may_read_queue(self, now: float) -> bool:
        probe_free = self._breaker is None or self._breaker.would_permit(now)
        return self._requeue_room.is_free(self._answerer.requeued_waiting) and self._requeued.may_read(
            self._breaker_state(now), probe_free=probe_free, live_waiting=self._answerer.live_waiting > 0, now=now
        )

    def _drain(self) -> None:
        """Finish what is in flight within the time that a stop may take; the rest is read again by another."""
        give_up_s = time.monotonic() + DRAIN_S
        self._draining = True
        while self._is_busy() and time.monotonic() < give_up_s:
            # Everything is paused; polling goes on for the group's sake.
            self._regulate(time.monotonic())
            self._step(self._in.poll(TRANSACTION_RECORDS, POLL_BUSY_S))

    def _on_revoked(self, partitions: list[TopicPartition]) -> None:
        """Commit the finished prefix of what goes, drop the rest."""
        self._fill_outbox(time.monotonic(), only=set(partitions))
        if any(envelope.partition in partitions for envelope in self._outbox):
            self._commit()
        self._quarantine.hand_over(partitions)
        self._forget(partitions)

    def _on_lost(self, partitions: list[TopicPartition]) -> None:
        self._forget(partitions)

    def _forget(self, partitions: Collection[TopicPartition]) -> None:
        gone = set(partitions)
        self._answerer.forget(self._window.drop(partitions))
        self._repeats.forget(partitions)
        self._quarantine.forget(partitions)
        self._flood.forget(partitions)
        self._outbox = [envelope for envelope in self._outbox if envelope.partition not in gone]
        self._partitions.remove(gone)
