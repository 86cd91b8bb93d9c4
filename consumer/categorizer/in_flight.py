"""Tickets in flight: between intake and outbox."""

from collections.abc import Collection, Iterable

from consumer import crash_points
from consumer.categorizer.answerer import Answerer
from consumer.categorizer.backpressure import Load
from consumer.categorizer.envelope import Envelope
from consumer.categorizer.outbox import Room
from consumer.categorizer.requeue import Requeue
from consumer.categorizer.window import NOTHING, Taken, Window
from consumer.kafka.records import TopicPartition
from consumer.overrides.following import FollowedOverrides


class InFlight:
    """The window, and the answers that its envelopes wait for. Not thread-safe; `now` is monotonic time.

    Args:
        answerer: answers envelopes.
        requeue: when provisional answers are asked again.
        window: holds the envelopes.
        overrides: what people corrected.
    """

    def __init__(self, answerer: Answerer, requeue: Requeue, window: Window, overrides: FollowedOverrides) -> None:
        self._answerer = answerer
        self._requeue = requeue
        self._window = window
        self._overrides = overrides

    @property
    def load(self) -> Load:
        """How much is in flight."""
        # A ticket whose reply is undecided does not wait for the model, and must not keep those away that decide.
        waiting = self._answerer.waiting.total - self._answerer.gate.undecided
        return Load(self._window.records, self._window.bytes, waiting)

    @property
    def under_way(self) -> int:
        """How many tickets may be finished soon."""
        return self._window.waiting

    @property
    def is_held(self) -> bool:
        """Whether tickets wait for a model that cannot be asked (ML_UNAVAILABLE=hold), or whose labels are foreign."""
        return self._answerer.holding

    def holds(self, partition: TopicPartition) -> bool:
        """Whether a ticket of this partition is in flight."""
        return self._window.holds(partition)

    def full(self) -> Collection[TopicPartition]:
        """The partitions that are not to be read further for now."""
        return self._window.full()

    def prepare(self) -> None:
        """Learn what has to be known before the first ticket is answered.

        Raises:
            BrokerTrouble: it could not be read.
        """
        self._overrides.load()

    def follow(self, now: float) -> None:
        """Learn what people have corrected meanwhile: it answers what is taken in from now on, and what waits.

        Raises:
            BrokerTrouble: it may not be read any more.
        """
        for fingerprint in self._overrides.follow(now):
            self._answerer.corrected(fingerprint, now)

    def add(self, envelopes: Iterable[Envelope]) -> None:
        """Take envelopes in, and ask for their answers."""
        for envelope in envelopes:
            self._window.add(envelope)
            if envelope.outcome is None:
                self._answerer.take(envelope)
        self._window.finished(self._answerer.finished())

    def ask(self) -> None:
        """Hand the texts that are new to the model's callers, once a poll."""
        self._answerer.dispatch()

    def collect(self, now: float) -> tuple[int, set[TopicPartition]]:
        """Apply the answers that came in and the deadlines that passed.

        Returns:
            How many tickets the model answered; and the partitions of `ticket-recategorize` with tickets that were
            asked in vain, to be read again later.
        """
        collected = self._answerer.collect(now)
        if collected.answered:
            crash_points.reached("ml_done")
        again: set[TopicPartition] = set()
        if collected.unanswered:
            final, again = self._requeue.judge(collected.unanswered, now)
            for envelope in final:
                self._answerer.answer_finally(envelope, now)
        self._window.finished(self._answerer.finished())
        return collected.answered, again

    def take_finished(self, room: Room, only: Collection[TopicPartition] | None = None) -> Taken:
        """Take what is finished of each partition, or of these, and may go, as far as there is room."""
        return self._window.take(*room, only) if room.records > 0 and room.size_bytes > 0 else NOTHING

    def drop(self, partitions: Collection[TopicPartition]) -> list[Envelope]:
        """Forget the envelopes of these partitions: another member has them, or they are read again."""
        dropped = self._window.drop(partitions)
        self._answerer.forget(dropped)
        return dropped

    def committed(self, envelopes: Iterable[Envelope]) -> None:
        """These were committed."""
        self._requeue.answered(envelopes)

    def release_held(self, now: float) -> None:
        """Ask again for the tickets that are held, if the model may be asked."""
        if self._answerer.holding and self._requeue.probe_free(now):
            self._answerer.release_held(now)

    def may_read_queue(self, now: float) -> bool:
        """Whether `ticket-recategorize` may be read now."""
        return self._requeue.may_read(self._answerer.waiting, now)
