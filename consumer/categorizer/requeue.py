"""When provisional answers are asked again, and how often one ticket is.

Pure bookkeeping over times given; the queue itself is the topic `ticket-recategorize`.
"""

from collections.abc import Collection

from consumer.guards.breaker_state import BreakerState
from schemas.position import Position

MAX_ASKS = 5
FIRST_PAUSE_S = 1.0


class RequeueSchedule:
    """Decides when the queue is read.

    An ask counts against a ticket only when the breaker is still closed after it failed: then the model
    answers others and this ticket may be what it stumbles over. Asks that fell into an outage count for
    nothing, so that an outage, however long, never makes a provisional answer final.
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
