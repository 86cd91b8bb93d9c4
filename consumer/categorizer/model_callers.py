"""Calls under way: who waits for which text, and the callers that ask the model in batches.

A flight belongs to a text, not to a ticket: equal texts share one, and a ticket that is dropped
(its partition was revoked) takes nothing away from those who wait with it.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from consumer.categorizer.envelope import Slot
from consumer.model.types import ModelReply, ModelTicket


class Model(Protocol):
    """What the callers ask: `consumer.model.guarded.GuardedModel`, or a fake in tests."""

    def ask(
        self, tickets: Sequence[ModelTicket], deadline: float, *, traceparent: str | None = None
    ) -> list[ModelReply]:
        """One reply a ticket, in order; `deadline` in monotonic seconds; never raises for the model's faults."""
        ...


class Flight:
    """One text on its way to the model, and the slots that wait for its answer; the first leads."""

    __slots__ = ("deadline_s", "healing", "key", "ticket", "traceparent", "waiters")

    def __init__(self, key: str, ticket: ModelTicket, slot: Slot, deadline_s: float, *, healing: bool) -> None:
        self.key = key
        self.ticket = ticket
        self.waiters = [slot]
        self.traceparent = slot.record.header("traceparent")
        self.deadline_s = deadline_s
        self.healing = healing

    def join(self, slot: Slot, deadline_s: float) -> None:
        self.waiters.append(slot)
        self.deadline_s = max(self.deadline_s, deadline_s)

    @property
    def wanted(self) -> bool:
        """Whether anyone still waits for it."""
        return any(slot.outcome is None and not slot.dropped for slot in self.waiters)


class Landed(NamedTuple):
    """A flight that came back: the reply and when its call began, in monotonic seconds."""

    flight: Flight
    reply: ModelReply
    began_s: float


GIVEN_UP = ModelReply("deadline")
# One in so many callers, and one in so many calls while live tickets wait.
HEALING_SHARE = 5


class Callers:
    """A bounded pool of threads that ask the model, each taking what waits, up to a batch.

    Nobody waits for a batch to fill: a free caller takes what there is, so batches grow with the load.
    Tickets asked again (healing) get at most a fifth of the callers, and while others wait at most every
    fifth call: with fewer than five callers a fifth of them is none.
    """

    def __init__(
        self, model: Model, *, concurrency: int, batch_size: int, on_unforeseen: Callable[[Exception], None]
    ) -> None:
        self._model = model
        self._batch_size = batch_size
        self._on_unforeseen = on_unforeseen
        self._live: deque[Flight] = deque()
        self._healing: deque[Flight] = deque()
        self._healing_calls = 0
        self._healing_limit = max(1, concurrency // HEALING_SHARE)
        self._live_calls_since_healing = 0
        self._free = threading.Condition()
        self._landed: deque[Landed] = deque()
        self._closed = False
        self._threads = [
            threading.Thread(target=self._call_until_closed, name=f"model-caller-{n}", daemon=True)
            for n in range(concurrency)
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, flights: Sequence[Flight]) -> None:
        """Queue texts for the next free callers."""
        with self._free:
            for flight in flights:
                (self._healing if flight.healing else self._live).append(flight)
            # As many as there can be batches: the last of each queue may be a part of one.
            self._free.notify(2 + len(flights) // self._batch_size)

    def landed(self) -> list[Landed]:
        """What came back since the last time; never waits."""
        landed: list[Landed] = []
        while self._landed:
            landed.append(self._landed.popleft())
        return landed

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
                    [flight.ticket for flight in batch],
                    max(flight.deadline_s for flight in batch),
                    # One call carries many tickets but one trace: the first's.
                    traceparent=batch[0].traceparent,
                )
                landed = [Landed(flight, reply, began_s) for flight, reply in zip(batch, replies, strict=True)]
            except Exception as error:  # noqa: BLE001 - a caller that dies silently would hold its tickets for ever
                self._on_unforeseen(error)
                landed = [Landed(flight, ModelReply("unavailable"), began_s) for flight in batch]
            self._landed.extend(landed)
            if batch[0].healing:
                with self._free:
                    self._healing_calls -= 1
                    self._free.notify()

    def _next_batch(self) -> list[Flight]:
        with self._free:
            while not self._closed:
                for queue in self._queues_in_turn():
                    if batch := self._cut(queue):
                        self._count(batch)
                        return batch
                self._free.wait()
        return []

    def _queues_in_turn(self) -> tuple[deque[Flight], ...]:
        if self._healing_calls >= self._healing_limit:
            return (self._live,)
        if self._live_calls_since_healing >= HEALING_SHARE - 1:
            return self._healing, self._live
        return self._live, self._healing

    def _count(self, batch: list[Flight]) -> None:
        if batch[0].healing:
            self._healing_calls += 1
            self._live_calls_since_healing = 0
        else:
            self._live_calls_since_healing += 1

    def _cut(self, queue: deque[Flight]) -> list[Flight]:
        batch: list[Flight] = []
        while queue and len(batch) < self._batch_size:
            flight = queue.popleft()
            if flight.wanted:
                batch.append(flight)
            else:
                # Nobody waits any more; it lands all the same, so that the next equal text gets a flight of its own.
                self._landed.append(Landed(flight, GIVEN_UP, time.monotonic()))
        return batch
