"""Tickets that wait for the model: how many, which are past their deadline, and which wait for labels that fit."""

from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING

from consumer.answer.foreign_labels import Fit, ForeignLabels
from consumer.categorizer.envelope import Envelope
from consumer.categorizer.model_callers import TURN_SIZE, PendingText, PendingTexts, TextReply

if TYPE_CHECKING:
    from consumer.model.types import ModelTicket

# So many texts are asked about again to see whether the labels fit now.
PROBES = 8


class Waiting:
    """Counts and deadlines of the tickets that wait. Pure: time is an argument, in monotonic seconds.

    Args:
        deadline_s: how long a ticket may wait, from its entry into the window or from the last `resume`.
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
        self._resumed_s = float("-inf")

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
        return max(envelope.entered_s, self._resumed_s) + self.deadline_s

    def resume(self, now: float) -> None:
        """Begin the deadlines of all tickets anew: until now they waited for something else than the model's answer."""
        self._resumed_s = now

    def is_late(self, envelope: Envelope, now: float) -> bool:
        """Whether a ticket is past its deadline."""
        return self.deadline(envelope) <= now

    def take_late(self, now: float) -> list[Envelope]:
        """Tickets that are past their deadline and still without an outcome; each is given once and still counted.

        About `TURN_SIZE` of them; the others are given the next time.
        """
        late: list[Envelope] = []
        size_bytes = 0
        in_order = self._in_order
        while in_order and (in_order[0].outcome is not None or in_order[0].dropped or self.is_late(in_order[0], now)):
            if size_bytes >= TURN_SIZE:
                break
            envelope = in_order.popleft()
            if envelope.outcome is None and not envelope.dropped:
                late.append(envelope)
                size_bytes += envelope.size
        return late


class LabelGate:
    """Keeps replies back while the model speaks, or may speak, of categories outside the taxonomy.

    A reply without a known label of a model that has not named one yet is undecided: it waits for other replies, until
    its tickets' deadlines. When the labels are foreign nothing passes: texts are held until a probe is answered with a
    known label.

    Args:
        labels: judges each reply.
        waiting: the tickets; when the labels fit again their deadlines begin anew.
        pending: the texts on their way; equal ones join those that are kept here.
    """

    def __init__(self, labels: ForeignLabels, waiting: Waiting, pending: PendingTexts) -> None:
        self._labels = labels
        self._waiting = waiting
        self._pending = pending
        self._undecided: list[TextReply] = []
        self._held: list[PendingText] = []
        # The last text that was answered with a known label: the best probe, for the texts held may all be exceptions.
        self._understood: tuple[str, ModelTicket] | None = None

    @property
    def foreign(self) -> bool:
        """Whether nothing passes."""
        return self._labels.foreign

    @property
    def undecided(self) -> int:
        """How many tickets have a reply that is not decided yet."""
        return sum(len(text_reply.pending.waiting) for text_reply in self._undecided)

    def pass_on(self, text_reply: TextReply, now: float) -> Sequence[TextReply]:
        """Judge a reply.

        Returns:
            The replies that are applied to their tickets now: none, this one, or earlier ones with it.
        """
        pending, reply, _ = text_reply
        was_foreign = self._labels.foreign
        fit = self._labels.judge(reply.model, reply.labels, now) if reply.outcome == "answered" else None
        if self._labels.foreign:
            self._held += [undecided.pending for undecided in self._undecided]
            self._undecided = []
            self._hold(pending)
            return ()
        if fit is Fit.UNDECIDED:
            self._undecided.append(text_reply)
            return ()
        earlier = self._undecided
        if fit is Fit.KNOWN:
            self._understood = pending.key, pending.ticket
            if was_foreign:
                self._waiting.resume(now)
            if earlier:
                self._undecided = []
                return (*earlier, text_reply)
        return (text_reply,)

    def released(self) -> list[PendingText]:
        """Take the texts that are asked about again, because the labels fit."""
        released, self._held = self._held, []
        return released

    def keeps(self, pending: PendingText) -> bool:
        """Hold a new text, while the labels are foreign."""
        if self.foreign:
            self._hold(pending)
        return self.foreign

    def drop_unwanted(self) -> None:
        """Forget undecided replies for which no ticket waits any more: dropped, or past its deadline."""
        for text_reply in tuple(self._undecided):
            if not text_reply.pending.waiting:
                self._undecided.remove(text_reply)
                self._pending.ended(text_reply.pending)

    def probes(self, now: float) -> list[PendingText]:
        """Take a few of the held texts, when it is time to ask about some of them again."""
        if not self.foreign or not self._labels.may_probe(now):
            return []
        held, self._held = self._held, []
        for pending in held:
            self._hold(pending)
        probes, self._held = self._held[:PROBES], self._held[PROBES:]
        if self._understood is not None:
            probes.append(PendingText(*self._understood, None, now, requeued=False))
        return probes

    def forget(self) -> None:
        """No ticket waits any more: neither is a text kept, nor is anything known of the labels."""
        for pending in self._held:
            self._pending.ended(pending)
        self._held = []
        self._labels.forget()

    def _hold(self, pending: PendingText) -> None:
        """Keep a text until the labels fit, if tickets wait for it."""
        if pending.waiting:
            self._held.append(pending)
        else:
            self._pending.ended(pending)
