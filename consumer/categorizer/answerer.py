"""The answer to each ticket: override (reserved), cache, model, rules, in this order."""

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from consumer import crash_points
from consumer.answer.cache import AnswerCache, Entry
from consumer.answer.decide import Answering, Text, answer_from_labels, answer_from_rules
from consumer.answer.policy_watch import Renewed
from consumer.categorizer.envelope import Answer, Slot
from consumer.categorizer.model_callers import Callers, Flight, Landed
from consumer.model.types import ModelReply, ModelTicket
from schemas.events import Method, ModelOutcome

Encode = Callable[[dict[str, Any]], bytes]


@dataclass(slots=True)
class Landing:
    """What came of the replies and deadlines since the last look.

    Attributes:
        answered: tickets that the model answered, or failed at for good.
        unhealed: tickets of the queue that could not be asked; they stay in the queue.
    """

    answered: int = 0
    unhealed: list[Slot] = field(default_factory=list)


class Desk:
    """Finds or asks for the answer of every slot. One thread uses it."""

    def __init__(
        self,
        how: Answering,
        encode: Encode,
        cache: AnswerCache,
        callers: Callers | None,
        *,
        deadline_s: float,
        hold: bool,
        renewed: Renewed = lambda _: None,
    ) -> None:
        self.how = how
        self._renewed = renewed
        self._encode = encode
        self._cache = cache
        self._callers = callers
        self._deadline_s = deadline_s
        self._hold = hold
        self._flights: dict[str, Flight] = {}
        self._new: list[Flight] = []
        self._held: list[Flight] = []
        self._waiting: deque[Slot] = deque()
        self.live_waiting = 0
        self.healing_waiting = 0

    def take(self, slot: Slot) -> None:
        """Answer the slot at once when the cache or the rules can; else put it on its way to the model."""
        entry = self._cache.get(slot.fingerprint)
        if entry is not None:
            self._from_cache(slot, entry)
        elif self._callers is None:
            self._by_rules(slot, "not_asked", provisional=False)
        else:
            self._ask(slot)

    def dispatch(self) -> None:
        """Hand new texts to the callers, once a poll."""
        if self._new and self._callers is not None:
            self._callers.submit(self._new)
            self._new = []
            crash_points.reached("ml_sent")

    def collect(self, now: float) -> Landing:
        """Apply the replies that came in, the deadlines that passed, and the policy that changed."""
        policy = self._renewed(now)
        if policy is not None:
            # Another `how`: what the cache has encoded under the earlier one is made again.
            self.how = self.how._replace(policy=policy)
        landing = Landing()
        for landed in self._callers.landed() if self._callers is not None else ():
            self._land(landed, landing, now)
        if not self._hold:
            self._expire(now, landing.unhealed)
        return landing

    def release_held(self) -> None:
        """Ask again for what waits because the model could not be asked (ML_UNAVAILABLE=hold)."""
        held, self._held = self._held, []
        deadline_s = time.monotonic() + self._deadline_s
        for flight in held:
            flight.deadline_s = deadline_s
        if self._callers is not None and held:
            self._callers.submit(held)

    @property
    def holding(self) -> bool:
        return bool(self._held)

    def settle(self, slot: Slot, now: float) -> None:
        """Give a ticket of the queue, asked in vain too often, its final answer by the rules."""
        self._done_waiting(slot, now)
        self._by_rules(slot, slot.model_outcome, provisional=False)

    def forget(self, slots: Sequence[Slot]) -> None:
        """These slots were dropped: they count no longer, and those who share their calls lose nothing."""
        for slot in slots:
            if slot.outcome is None:
                self._no_longer_waiting(slot)

    def _ask(self, slot: Slot) -> None:
        ticket = slot.ticket
        assert ticket is not None  # noqa: S101 - only decoded tickets come here
        deadline_s = slot.entered_s + self._deadline_s
        self._count_waiting(slot)
        flight = self._flights.get(slot.fingerprint) if self._cache.enabled else None
        if flight is not None:
            flight.join(slot, deadline_s)
            return
        flight = Flight(
            slot.fingerprint,
            ModelTicket(ticket["subject"], ticket["description"], ticket["language"]),
            slot,
            deadline_s,
            healing=slot.revision > 0,
        )
        if self._cache.enabled:
            self._flights[slot.fingerprint] = flight
        self._new.append(flight)

    def _land(self, landed: Landed, landing: Landing, now: float) -> None:
        flight, reply, began_s = landed
        if self._flights.get(flight.key) is flight:
            del self._flights[flight.key]
        waiters = [slot for slot in flight.waiters if slot.outcome is None and not slot.dropped]
        for place, slot in enumerate(waiters):
            slot.model_outcome = reply.outcome
            # The tries of a call are counted once: by the ticket that leads.
            slot.attempts = 0 if place else reply.attempts
            slot.call_id = reply.call_id
            before_us = slot.decode_us + slot.lookup_us
            slot.queue_us = max(0, int((began_s - slot.entered_s) * 1e6) - before_us)
            slot.model_us = min(reply.duration_us, max(0, int((now - slot.entered_s) * 1e6) - before_us))
        if not waiters and reply.outcome != "answered":
            return
        match reply.outcome:
            case "answered":
                self._cache.put(flight.key, reply.labels, reply.model)
                self._answered(waiters, reply)
            case "refused" | "garbled":
                for slot in waiters:
                    self._done_waiting(slot, now)
                    self._by_rules(slot, reply.outcome, provisional=False)
            case _:
                self._not_asked(flight, waiters, reply, landing, now)
                return
        for slot in waiters:
            slot.ready_s = now
        landing.answered += len(waiters)

    def _answered(self, waiters: list[Slot], reply: ModelReply) -> None:
        for place, slot in enumerate(waiters):
            self._no_longer_waiting(slot)
            entry = self._cache.get(slot.fingerprint) if place else None
            if entry is not None:
                self._from_cache(slot, entry)
                continue
            slot.outcome = self._make(slot, reply.labels, reply.model, "MODEL")

    def _not_asked(self, flight: Flight, waiters: list[Slot], reply: ModelReply, landing: Landing, now: float) -> None:
        if self._hold:
            self._held.append(flight)
            if self._cache.enabled:
                self._flights[flight.key] = flight
            return
        if reply.outcome == "deadline":
            # Some joined while the call was under way and have time left.
            late = [slot for slot in waiters if slot.entered_s + self._deadline_s > now]
            waiters = [slot for slot in waiters if slot.entered_s + self._deadline_s <= now]
            for slot in late:
                self._no_longer_waiting(slot)
                self._ask(slot)
        for slot in waiters:
            self._give_up(slot, reply.outcome, landing.unhealed, now)

    def _expire(self, now: float, unhealed: list[Slot]) -> None:
        waiting = self._waiting
        while waiting and (waiting[0].outcome is not None or waiting[0].dropped or self._is_late(waiting[0], now)):
            slot = waiting.popleft()
            if slot.outcome is None and not slot.dropped:
                # Whether its call had begun is known only when it lands: all of it counts as waiting for the model.
                slot.queue_us = int((now - slot.entered_s) * 1e6) - slot.decode_us - slot.lookup_us
                self._give_up(slot, "deadline", unhealed, now)

    def _is_late(self, slot: Slot, now: float) -> bool:
        return slot.entered_s + self._deadline_s <= now

    def _give_up(self, slot: Slot, outcome: ModelOutcome, unhealed: list[Slot], now: float) -> None:
        if slot in unhealed:
            # Its call failed and its deadline passed at once.
            return
        slot.model_outcome = outcome
        if slot.revision > 0:
            unhealed.append(slot)
            return
        self._done_waiting(slot, now)
        self._by_rules(slot, outcome, provisional=True)

    def _from_cache(self, slot: Slot, entry: Entry) -> None:
        slot.model_outcome = "not_asked"
        slot.outcome = self._cache.hit(
            entry, self.how, lambda found: self._make(slot, found.labels, found.model, "CACHE")
        )

    def _make(self, slot: Slot, labels: Sequence[Any], model: str | None, method: Method) -> Answer:
        began_ns = time.perf_counter_ns()
        fields = answer_from_labels(self.how, _text(slot), labels, model, method)
        if fields["method"] == "RULES":
            slot.rules_us = (time.perf_counter_ns() - began_ns) // 1000
        return Answer(self._encode(fields), fields["method"], provisional=False)

    def _by_rules(self, slot: Slot, outcome: ModelOutcome, *, provisional: bool) -> None:
        began_ns = time.perf_counter_ns()
        fields = answer_from_rules(self.how, _text(slot), f"model.{outcome}", provisional=provisional)
        slot.model_outcome = outcome
        slot.rules_us = (time.perf_counter_ns() - began_ns) // 1000
        slot.outcome = Answer(self._encode(fields), "RULES", provisional)

    def _count_waiting(self, slot: Slot) -> None:
        if not self._hold:
            self._waiting.append(slot)
        if slot.revision > 0:
            self.healing_waiting += 1
        else:
            self.live_waiting += 1

    def _done_waiting(self, slot: Slot, now: float) -> None:
        self._no_longer_waiting(slot)
        slot.ready_s = now

    def _no_longer_waiting(self, slot: Slot) -> None:
        if slot.revision > 0:
            self.healing_waiting -= 1
        else:
            self.live_waiting -= 1


def _text(slot: Slot) -> Text:
    ticket = slot.ticket
    assert ticket is not None  # noqa: S101 - only decoded tickets are answered
    return Text(ticket["subject"], ticket["description"], ticket["language"], slot.fingerprint)
