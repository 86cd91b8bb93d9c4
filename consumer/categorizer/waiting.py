"""Tickets that wait for the model: how many, and which are past their deadline."""

from collections import deque

from consumer.categorizer.envelope import Envelope


class Waiting:
    """Counts and deadlines of the tickets that wait. Pure: time is an argument, in monotonic seconds.

    Args:
        deadline_s: how long a ticket may wait, from its entry into the window.
        endless: tickets wait without a deadline (ML_UNAVAILABLE=hold).

    Attributes:
        deadline_s: as given.
        live: how many new tickets wait.
        requeued: how many tickets of `ticket-recategorize` wait.
    """

    def __init__(self, deadline_s: float, *, endless: bool) -> None:
        self.deadline_s = deadline_s
        self._endless = endless
        self._in_order: deque[Envelope] = deque()
        self.live = 0
        self.requeued = 0

    @property
    def total(self) -> int:
        return self.live + self.requeued

    def add(self, envelope: Envelope) -> float:
        """The ticket waits from now on; until when, in monotonic seconds."""
        if not self._endless:
            self._in_order.append(envelope)
        if envelope.revision > 0:
            self.requeued += 1
        else:
            self.live += 1
        return self.deadline(envelope)

    def remove(self, envelope: Envelope) -> None:
        """The ticket waits no longer."""
        if envelope.revision > 0:
            self.requeued -= 1
        else:
            self.live -= 1

    def done(self, envelope: Envelope, now: float) -> None:
        """The ticket waits no longer, and its outcome is known."""
        self.remove(envelope)
        envelope.ready_s = now

    def deadline(self, envelope: Envelope) -> float:
        """Until when a ticket may wait, in monotonic seconds."""
        return envelope.entered_s + self.deadline_s

    def is_late(self, envelope: Envelope, now: float) -> bool:
        """Whether a ticket is past its deadline."""
        return self.deadline(envelope) <= now

    def take_late(self, now: float) -> list[Envelope]:
        """Tickets that are past their deadline and still without an outcome; each is given once and still counted."""
        late = []
        in_order = self._in_order
        while in_order and (in_order[0].outcome is not None or in_order[0].dropped or self.is_late(in_order[0], now)):
            envelope = in_order.popleft()
            if envelope.outcome is None and not envelope.dropped:
                late.append(envelope)
        return late
