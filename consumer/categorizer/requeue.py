"""Provisional answers: when their tickets are asked again, and how often one ticket is.

Pure bookkeeping over times given; the queue itself is the topic `ticket-recategorize`.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple, Protocol

from consumer.categorizer.envelope import Envelope
from consumer.categorizer.waiting import Waiting
from consumer.guards.breaker_state import BreakerState
from consumer.kafka.records import TopicPartition
from schemas.position import Position

MAX_ASKS = 5
FIRST_PAUSE_S = 1.0


class ModelState(Protocol):
    """What is asked about the model's breaker."""

    def state(self, now: float) -> BreakerState: ...

    def would_permit(self, now: float) -> bool: ...


class RequeueSchedule:
    """Decides when the queue is read.

    A failed ask counts against a ticket only when the breaker is still closed after it: then the model answers other
    tickets, and may stumble over this one. Asks that failed in an outage do not count, so that an outage, however
    long, never makes a provisional answer final.
    """

    def __init__(self, max_pause_s: float) -> None:
        self._max_pause_s = max(max_pause_s, FIRST_PAUSE_S)
        self._pause_s = FIRST_PAUSE_S
        self._not_before_s = 0.0
        self._asks: dict[Position, int] = {}

    def may_read(self, state: BreakerState, *, probe_free: bool, live_waiting: bool, now: float) -> bool:
        """Whether queued tickets may be asked now.

        While the breaker lets probes through, the queue provides them only when no live ticket does:
        without that, a quiet stream would never find out that the model is back.
        """
        if now < self._not_before_s:
            return False
        return state is BreakerState.CLOSED or (probe_free and not live_waiting)

    def failed(self, sources: Collection[Position], state: BreakerState, now: float) -> None:
        """These were asked in vain: wait longer each time, and count the asks that count."""
        self._not_before_s = now + self._pause_s
        self._pause_s = min(2 * self._pause_s, self._max_pause_s)
        if state is BreakerState.CLOSED:
            for source in sources:
                self._asks[source] = self._asks.get(source, 0) + 1

    def answered(self, sources: Collection[Position]) -> None:
        """These have their answer."""
        self._pause_s = FIRST_PAUSE_S
        for source in sources:
            self._asks.pop(source, None)

    def exhausted(self, source: Position, asks_before: int, state: BreakerState) -> bool:
        """Whether the failure at hand makes this ticket's answer final."""
        return state is BreakerState.CLOSED and asks_before + self._asks.get(source, 0) + 1 >= MAX_ASKS


class Hysteresis:
    """How many queued tickets may be under way at once; when they are too many, half of them go first."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._full = False

    def is_free(self, waiting: int) -> bool:
        """Whether more may come while so many are under way."""
        self._full = waiting >= (self._size // 2 if self._full else self._size)
        return not self._full


class Verdict(NamedTuple):
    """What becomes of tickets of the queue that were asked in vain.

    Attributes:
        final: these get a final answer by the rules.
        again: these partitions of the queue are read again later.
    """

    final: list[Envelope]
    again: set[TopicPartition]


class Requeue:
    """The queue of provisional answers, as the categorizer reads it.

    Args:
        schedule: when it is read.
        room: how many of its tickets may be under way.
        breaker: the model's; None when the rules answer alone.
    """

    def __init__(self, schedule: RequeueSchedule, room: Hysteresis, breaker: ModelState | None) -> None:
        self._schedule = schedule
        self._room = room
        self._breaker = breaker

    def probe_free(self, now: float) -> bool:
        """Whether the model may be asked now."""
        return self._breaker is None or self._breaker.would_permit(now)

    def may_read(self, waiting: Waiting, now: float) -> bool:
        """Whether the queue may be read now."""
        probe_free = self.probe_free(now)
        return self._room.is_free(waiting.requeued) and self._schedule.may_read(
            self._state(now), probe_free=probe_free, live_waiting=waiting.live > 0, now=now
        )

    def judge(self, unanswered: Sequence[Envelope], now: float) -> Verdict:
        """Which of these get a final answer, and which stay in the queue."""
        state = self._state(now)
        final: list[Envelope] = []
        again: list[Envelope] = []
        for envelope in unanswered:
            if not envelope.dropped:
                exhausted = self._schedule.exhausted(envelope.source, envelope.asks, state)
                (final if exhausted else again).append(envelope)
        self._schedule.failed({envelope.source for envelope in again}, state, now)
        return Verdict(final, {envelope.partition for envelope in again})

    def answered(self, envelopes: Iterable[Envelope]) -> None:
        """These were committed."""
        self._schedule.answered([envelope.source for envelope in envelopes if envelope.revision])

    def _state(self, now: float) -> BreakerState:
        return self._breaker.state(now) if self._breaker else BreakerState.CLOSED
