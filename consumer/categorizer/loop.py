"""The categorizer: poll ▸ take in ▸ answer ▸ window ▸ one transaction.

One thread owns the consumer and the producer. Nothing visible happens before a transaction begins,
so everything in flight may be dropped at any moment and read again.
"""

import time
from collections.abc import Collection, Mapping
from typing import NoReturn, Protocol

from consumer import crash_points
from consumer.bad_records.blame import CrashedOnRecord, handling_records
from consumer.bad_records.flood import in_words
from consumer.bad_records.quarantine import Quarantine
from consumer.categorizer.backpressure import MAX_RECORDS, FlowControl
from consumer.categorizer.envelope import Envelope
from consumer.categorizer.in_flight import InFlight
from consumer.categorizer.intake import Intake
from consumer.categorizer.outbox import (
    REGISTRY_PAUSE_S,
    Committed,
    Flooded,
    Kept,
    Outbox,
    Room,
)
from consumer.errors import DeadLetterFlood
from consumer.kafka.consumer import Assignments, GroupConsumer
from consumer.kafka.records import Record, TopicPartition
from consumer.lifetime import close_all

DRAIN_S = 5.0


class Observer(Protocol):
    """Hears of each transaction and of each turn; counts and never waits."""

    def committed(self, envelopes: list[Envelope], began_s: float, ended_s: float) -> None: ...

    def turned(self, records: int, waiting: int, fill: float, *, stopped: bool) -> None: ...


class Categorizer:
    """One worker: one consumer, one transactional producer, one window.

    Args:
        consumer: reads the tickets.
        intake: makes envelopes of records; some records have to wait.
        quarantine: lets records in, one by one while some are suspect.
        in_flight: holds envelopes until they are answered.
        outbox: commits finished envelopes.
        flow: pauses and resumes partitions.
        observer: counts.
    """

    def __init__(
        self,
        consumer: GroupConsumer,
        intake: Intake,
        quarantine: Quarantine,
        in_flight: InFlight,
        outbox: Outbox,
        flow: FlowControl,
        observer: Observer,
    ) -> None:
        self._consumer = consumer
        self._intake = intake
        self._quarantine = quarantine
        self._in_flight = in_flight
        self._outbox = outbox
        self._flow = flow
        self._observer = observer
        self._draining = False

    def start(self) -> None:
        """Fence an earlier process of the same name, learn what people corrected, and join the group."""
        self._outbox.open()
        self._in_flight.prepare()
        assignments = Assignments(self._flow.partitions.add, self._on_revoked, self._forget)
        self._consumer.subscribe(list(self._intake.topics), assignments)

    def turn(self) -> None:
        """Once around, in the order of the data."""
        due_in_s = self._due_in_s(time.monotonic())
        records = self._flow.poll(one_by_one=self._quarantine.one_by_one, busy=self._is_busy(), due_in_s=due_in_s)
        now = time.monotonic()
        self._in_flight.follow(now)
        self._take_in(records, now)
        self._collect_answers(now)
        self._commit_if_due(now)
        self._regulate(time.monotonic())

    def finish(self) -> None:
        """Finish what is in flight within the time that a stop may take; the next owner reads the rest again."""
        give_up_s = time.monotonic() + DRAIN_S
        self._draining = True
        # Everything is paused from now on; polling goes on for the group's sake.
        self._regulate(time.monotonic())
        while self._is_busy() and time.monotonic() < give_up_s:
            self.turn()

    def fail(self, error: Exception) -> None:
        """Get ready to leave because of an error."""
        self._quarantine.ends_by(error)
        if not isinstance(error, CrashedOnRecord | DeadLetterFlood):
            # Nothing is committed on the way out: the cluster would refuse it again, or what was committed is not
            # known, or another process has this one's place, and would lose it again.
            self._forget(self._flow.partitions.assigned)

    def leave(self) -> None:
        """Commit what is finished, and leave the group."""
        try:
            self._on_revoked(list(self._flow.partitions.assigned))
        finally:
            # No marker stands any more, should the client crash.
            close_all({"consumer": self._consumer.close, "producer": self._outbox.close})

    def _take_in(self, records: list[Record], now: float) -> None:
        envelopes, registry_answers = self._intake.take(records, now, busy=self._is_busy())
        with handling_records():
            self._in_flight.add(envelopes)
            if envelopes:
                crash_points.reached("decoded")
            self._in_flight.ask()
        if not registry_answers:
            self._outbox.pause(REGISTRY_PAUSE_S, now)

    def _collect_answers(self, now: float) -> None:
        with handling_records():
            answered, again = self._in_flight.collect(now)
        self._flow.answered(answered, now)
        for partition in again:
            # Queued tickets that were asked in vain stay in the queue, and everything behind them in their partition.
            self._outbox.add(self._in_flight.take_finished(Room(), {partition}), now)
            dropped = self._in_flight.drop([partition])
            if dropped:
                self._consumer.rewind(partition, dropped[0].record.position.offset)

    def _commit_if_due(self, now: float) -> None:
        self._outbox.add(self._in_flight.take_finished(self._outbox.room), now)
        if self._due_in_s(now) <= 0.0:
            self._commit()

    def _due_in_s(self, now: float) -> float:
        return self._outbox.due_s(self._in_flight.under_way, now, at_once=self._quarantine.one_by_one) - now

    def _commit(self) -> None:
        began_s = time.monotonic()
        match self._outbox.commit(began_s, time.time_ns() // 1_000_000, self._in_flight.holds):
            case Committed(envelopes, offsets):
                ended_s = time.monotonic()
                self._outbox.took(began_s, ended_s)
                self._quarantine.committed(offsets, began_s)
                self._in_flight.committed(envelopes)
                self._observer.committed(envelopes, began_s, ended_s)
            case Flooded(over):
                self._stop_before(over)
            case Kept():
                pass

    def _stop_before(self, over: Mapping[TopicPartition, tuple[int, str]]) -> NoReturn:
        """Commit what stands before the first dead letter that is one too many; the rest waits in Kafka."""
        # First of all: nothing behind that letter may be committed any more, whatever happens.
        self._in_flight.drop(over)
        self._outbox.end_before(over)
        if self._outbox:
            self._commit()
        self._quarantine.hand_over(over)
        self._forget(over)
        raise DeadLetterFlood(in_words(over))

    def _regulate(self, now: float) -> None:
        """Pause and resume partitions, on change only."""
        in_flight = self._in_flight
        in_flight.release_held(now)
        load = in_flight.load
        # A record that is read by itself fills the window.
        is_full = self._quarantine.one_by_one and self._is_busy()
        stopped = self._flow.regulate(
            load._replace(records=MAX_RECORDS) if is_full else load,
            now,
            stopped=in_flight.is_held or self._draining or self._outbox.is_paused(now),
            queue=in_flight.may_read_queue(now),
            full=in_flight.full(),
        )
        self._observer.turned(load.records, load.waiting, self._flow.fill, stopped=stopped)

    def _is_busy(self) -> bool:
        return bool(self._in_flight.load.records or self._outbox)

    def _on_revoked(self, partitions: list[TopicPartition]) -> None:
        """Commit what is finished of what goes, drop the rest."""
        finished = self._in_flight.take_finished(Room(), set(partitions))
        self._outbox.add(finished, time.monotonic())
        try:
            if self._outbox.holds(partitions):
                self._commit()
        except Exception as error:
            # After this callback the group takes no offsets for these partitions any more.
            self.fail(error)
            raise
        self._quarantine.hand_over(partitions)
        self._forget(partitions)

    def _forget(self, partitions: Collection[TopicPartition]) -> None:
        gone = set(partitions)
        self._in_flight.drop(gone)
        self._outbox.forget(gone)
        self._quarantine.forget(gone)
        self._flow.partitions.remove(gone)
