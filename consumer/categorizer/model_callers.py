"""Calls under way: who waits for which text, and the callers that ask the model in batches.

A call belongs to a text, not to a ticket: tickets of equal text share the call. A ticket that is dropped
(its partition was revoked) takes nothing away from the tickets that wait with it.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from consumer.categorizer.envelope import Envelope
from consumer.model.types import ModelReply, ModelTicket

# One turn of the loop applies about so many characters of replies, and so many bytes of passed deadlines: the rules
# answer many of them, and read the longest texts for milliseconds each.
TURN_SIZE = 1024 * 1024


class Model(Protocol):
    """What the callers ask: `consumer.model.guarded.GuardedClient`, or a fake in tests."""

    def ask(
        self, tickets: Sequence[ModelTicket], deadline: float, *, traceparent: str | None = None
    ) -> list[ModelReply]:
        """One reply a ticket, in order; `deadline` in monotonic seconds; never raises for the model's faults."""
        ...


class PendingText:
    """One text on its way to the model, and the envelopes that wait for its answer; the first leads.

    A text without an envelope is asked for its own sake.
    """

    __slots__ = ("deadline_s", "key", "requeued", "ticket", "traceparent", "waiters")

    def __init__(
        self, key: str, ticket: ModelTicket, envelope: Envelope | None, deadline_s: float, *, requeued: bool
    ) -> None:
        self.key = key
        self.ticket = ticket
        self.waiters = [] if envelope is None else [envelope]
        self.traceparent = None if envelope is None else envelope.record.header("traceparent")
        self.deadline_s = deadline_s
        self.requeued = requeued

    @property
    def waiting(self) -> list[Envelope]:
        """The envelopes that still wait for it."""
        return [envelope for envelope in self.waiters if envelope.outcome is None and not envelope.dropped]

    def join(self, envelope: Envelope, deadline_s: float) -> None:
        self.waiters.append(envelope)
        self.deadline_s = max(self.deadline_s, deadline_s)

    @property
    def wanted(self) -> bool:
        """Whether anyone still waits for it."""
        return not self.waiters or any(envelope.outcome is None and not envelope.dropped for envelope in self.waiters)


class PendingTexts:
    """The texts on their way to the model; equal texts share a call (single flight). Not thread-safe.

    Args:
        shared: whether they do; without a cache every ticket is a call.
    """

    def __init__(self, *, shared: bool) -> None:
        self._shared = shared
        self._by_key: dict[str, PendingText] = {}

    def join(self, envelope: Envelope, deadline_s: float) -> PendingText | None:
        """Let the ticket wait for its text.

        Returns:
            The text when it is to be asked, None when it is asked already.
        """
        pending = self._by_key.get(envelope.fingerprint)
        if pending is not None:
            pending.join(envelope, deadline_s)
            return None
        ticket = envelope.decoded
        pending = PendingText(
            envelope.fingerprint,
            ModelTicket(ticket["subject"], ticket["description"], ticket["language"]),
            envelope,
            deadline_s,
            requeued=envelope.revision > 0,
        )
        self.keep(pending)
        return pending

    def waiting_for(self, key: str) -> list[Envelope]:
        """The tickets of this text that wait; none where equal texts share nothing."""
        pending = self._by_key.get(key)
        return [] if pending is None else pending.waiting

    def keep(self, pending: PendingText) -> None:
        """Tickets of this text may join from now on."""
        if self._shared:
            self._by_key[pending.key] = pending

    def ended(self, pending: PendingText) -> None:
        """No ticket joins any more: the reply is there."""
        if self._by_key.get(pending.key) is pending:
            del self._by_key[pending.key]


class TextReply(NamedTuple):
    """The reply for one text, and when the call began, in monotonic seconds."""

    pending: PendingText
    reply: ModelReply
    began_s: float


GIVEN_UP = ModelReply("deadline")
# One in so many callers, and one in so many calls while live tickets wait.
REQUEUED_SHARE = 5


class ModelCallers:
    """A bounded pool of threads that ask the model. Each takes the texts that wait, up to a batch.

    No batch waits to be filled: a free caller takes what there is, so batches grow with the load.
    Tickets of `ticket-recategorize` get at most a fifth of the callers, and while others wait at most every
    fifth call: with fewer than five callers a fifth of them is none.
    """

    def __init__(
        self, model: Model, *, concurrency: int, batch_size: int, on_unforeseen: Callable[[Exception], None]
    ) -> None:
        self._model = model
        self._batch_size = batch_size
        self._on_unforeseen = on_unforeseen
        self._live: deque[PendingText] = deque()
        self._requeued: deque[PendingText] = deque()
        self._requeued_calls = 0
        self._requeued_limit = max(1, concurrency // REQUEUED_SHARE)
        self._live_calls_since_requeued = 0
        self._free = threading.Condition()
        self._replies: deque[TextReply] = deque()
        self._closed = False
        self._threads = [
            threading.Thread(target=self._call_until_closed, name=f"model-caller-{n}", daemon=True)
            for n in range(concurrency)
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, texts: Sequence[PendingText]) -> None:
        """Queue texts for the next free callers."""
        with self._free:
            for pending in texts:
                (self._requeued if pending.requeued else self._live).append(pending)
            # As many as there can be batches: the last of each queue may be a part of one.
            self._free.notify(2 + len(texts) // self._batch_size)

    def collect(self) -> list[TextReply]:
        """What came back since the last time, about `TURN_SIZE` of it; never waits."""
        replies: list[TextReply] = []
        size = 0
        while self._replies and size < TURN_SIZE:
            reply = self._replies.popleft()
            size += len(reply.pending.ticket.description)
            replies.append(reply)
        return replies

    def close(self) -> None:
        """Take no more texts; calls under way are left to end by themselves."""
        with self._free:
            self._closed = True
            self._free.notify_all()

    def _call_until_closed(self) -> None:
        while batch := self._next_batch():
            began_s = time.monotonic()
            try:
                replies = self._model.ask(
                    [pending.ticket for pending in batch],
                    max(pending.deadline_s for pending in batch),
                    # One call carries many tickets but one trace: the first's.
                    traceparent=batch[0].traceparent,
                )
                returned = [TextReply(pending, reply, began_s) for pending, reply in zip(batch, replies, strict=True)]
            except Exception as error:  # noqa: BLE001 - a caller that dies silently would hold its tickets for ever
                self._on_unforeseen(error)
                returned = [TextReply(pending, ModelReply("unavailable"), began_s) for pending in batch]
            self._replies.extend(returned)
            if batch[0].requeued:
                with self._free:
                    self._requeued_calls -= 1
                    self._free.notify()

    def _next_batch(self) -> list[PendingText]:
        with self._free:
            while not self._closed:
                for queue in self._queues_in_turn():
                    if batch := self._cut(queue):
                        self._count(batch)
                        return batch
                self._free.wait()
        return []

    def _queues_in_turn(self) -> tuple[deque[PendingText], ...]:
        if self._requeued_calls >= self._requeued_limit:
            return (self._live,)
        if self._live_calls_since_requeued >= REQUEUED_SHARE - 1:
            return self._requeued, self._live
        return self._live, self._requeued

    def _count(self, batch: list[PendingText]) -> None:
        if batch[0].requeued:
            self._requeued_calls += 1
            self._live_calls_since_requeued = 0
        else:
            self._live_calls_since_requeued += 1

    def _cut(self, queue: deque[PendingText]) -> list[PendingText]:
        batch: list[PendingText] = []
        while queue and len(batch) < self._batch_size:
            pending = queue.popleft()
            if pending.wanted:
                batch.append(pending)
            else:
                # No ticket waits any more. A reply is given all the same, so that the next equal text is asked again.
                self._replies.append(TextReply(pending, GIVEN_UP, time.monotonic()))
        return batch
