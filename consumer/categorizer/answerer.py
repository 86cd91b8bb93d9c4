"""The answer to each ticket: override (reserved), cache, model, rules, in this order."""

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from consumer import crash_points
from consumer.answer.cache import Answer, AnswerCache, Entry
from consumer.answer.decide import AnswerBasis, Text, answer_from_labels, answer_from_rules
from consumer.answer.policy_watch import Renewed
from consumer.categorizer.envelope import Envelope
from consumer.categorizer.model_callers import ModelCallers, PendingText, TextReply
from consumer.model.types import ModelReply, ModelTicket
from schemas.events import Method, ModelOutcome

Encode = Callable[[dict[str, Any]], bytes]


@dataclass(slots=True)
class Collected:
    """What came of the replies and deadlines since the last look.

    Attributes:
        answered: tickets that the model answered, or failed at for good.
        unhealed: tickets of the queue that could not be asked; they stay in the queue.
    """

    answered: int = 0
    unhealed: list[Envelope] = field(default_factory=list)


class Answerer:
    """Finds or asks for the answer of every envelope. One thread uses it."""

    def __init__(
        self,
        basis: AnswerBasis,
        encode: Encode,
        cache: AnswerCache,
        callers: ModelCallers | None,
        *,
        deadline_s: float,
        hold: bool,
        renewed: Renewed = lambda _: None,
    ) -> None:
        self.basis = basis
        self._renewed = renewed
        self._encode = encode
        self._cache = cache
        self._callers = callers
        self._deadline_s = deadline_s
        self._hold = hold
        self._pending: dict[str, PendingText] = {}
        self._new: list[PendingText] = []
        self._held: list[PendingText] = []
        self._waiting: deque[Envelope] = deque()
        self.live_waiting = 0
        self.requeued_waiting = 0

    def take(self, envelope: Envelope) -> None:
        """Answer the envelope at once when the cache or the rules can; else put it on its way to the model."""
        entry = self._cache.get(envelope.fingerprint)
        if entry is not None:
            self._from_cache(envelope, entry)
        elif self._callers is None:
            self._by_rules(envelope, "not_asked", provisional=False)
        else:
            self._ask(envelope)

    def dispatch(self) -> None:
        """Hand new texts to the callers, once a poll."""
        if self._new and self._callers is not None:
            self._callers.submit(self._new)
            self._new = []
            crash_points.reached("ml_sent")

    def collect(self, now: float) -> Collected:
        """Apply the replies that came in, the deadlines that passed, and the policy that changed."""
        policy = self._renewed(now)
        if policy is not None:
            # Another `how`: what the cache has encoded under the earlier one is made again.
            self.basis = self.basis._replace(policy=policy)
        collected = Collected()
        for text_reply in self._callers.collect() if self._callers is not None else ():
            self._apply_reply(text_reply, collected, now)
        if not self._hold:
            self._expire(now, collected.unhealed)
        return collected

    def release_held(self) -> None:
        """Ask again for what waits because the model could not be asked (ML_UNAVAILABLE=hold)."""
        held, self._held = self._held, []
        deadline_s = time.monotonic() + self._deadline_s
        for pending in held:
            pending.deadline_s = deadline_s
        if self._callers is not None and held:
            self._callers.submit(held)

    @property
    def holding(self) -> bool:
        return bool(self._held)

    def settle(self, envelope: Envelope, now: float) -> None:
        """Give a ticket of the queue, asked in vain too often, its final answer by the rules."""
        self._done_waiting(envelope, now)
        self._by_rules(envelope, envelope.model_outcome, provisional=False)

    def forget(self, envelopes: Sequence[Envelope]) -> None:
        """These envelopes were dropped: they count no longer, and those who share their calls lose nothing."""
        for envelope in envelopes:
            if envelope.outcome is None:
                self._no_longer_waiting(envelope)

    def _ask(self, envelope: Envelope) -> None:
        ticket = envelope.ticket
        assert ticket is not None  # noqa: S101 - only decoded tickets come here
        deadline_s = envelope.entered_s + self._deadline_s
        self._count_waiting(envelope)
        pending = self._pending.get(envelope.fingerprint) if self._cache.enabled else None
        if pending is not None:
            pending.join(envelope, deadline_s)
            return
        pending = PendingText(
            envelope.fingerprint,
            ModelTicket(ticket["subject"], ticket["description"], ticket["language"]),
            envelope,
            deadline_s,
            requeued=envelope.revision > 0,
        )
        if self._cache.enabled:
            self._pending[envelope.fingerprint] = pending
        self._new.append(pending)

    def _apply_reply(self, text_reply: TextReply, collected: Collected, now: float) -> None:
        pending, reply, began_s = text_reply
        if self._pending.get(pending.key) is pending:
            del self._pending[pending.key]
        waiters = [envelope for envelope in pending.waiters if envelope.outcome is None and not envelope.dropped]
        for place, envelope in enumerate(waiters):
            envelope.model_outcome = reply.outcome
            # The tries of a call are counted once: by the ticket that leads.
            envelope.attempts = 0 if place else reply.attempts
            envelope.call_id = reply.call_id
            before_us = envelope.decode_us + envelope.lookup_us
            envelope.queue_us = max(0, int((began_s - envelope.entered_s) * 1e6) - before_us)
            envelope.model_us = min(reply.duration_us, max(0, int((now - envelope.entered_s) * 1e6) - before_us))
        if not waiters and reply.outcome != "answered":
            return
        match reply.outcome:
            case "answered":
                self._cache.put(pending.key, reply.labels, reply.model)
                self._answered(waiters, reply)
            case "refused" | "garbled":
                for envelope in waiters:
                    self._done_waiting(envelope, now)
                    self._by_rules(envelope, reply.outcome, provisional=False)
            case _:
                self._not_asked(pending, waiters, reply, collected, now)
                return
        for envelope in waiters:
            envelope.ready_s = now
        collected.answered += len(waiters)

    def _answered(self, waiters: list[Envelope], reply: ModelReply) -> None:
        for place, envelope in enumerate(waiters):
            self._no_longer_waiting(envelope)
            entry = self._cache.get(envelope.fingerprint) if place else None
            if entry is not None:
                self._from_cache(envelope, entry)
                continue
            envelope.outcome = self._make(envelope, reply.labels, reply.model, "MODEL")

    def _not_asked(
        self, pending: PendingText, waiters: list[Envelope], reply: ModelReply, collected: Collected, now: float
    ) -> None:
        if self._hold:
            self._held.append(pending)
            if self._cache.enabled:
                self._pending[pending.key] = pending
            return
        if reply.outcome == "deadline":
            # Some joined while the call was under way and have time left.
            late = [envelope for envelope in waiters if envelope.entered_s + self._deadline_s > now]
            waiters = [envelope for envelope in waiters if envelope.entered_s + self._deadline_s <= now]
            for envelope in late:
                self._no_longer_waiting(envelope)
                self._ask(envelope)
        for envelope in waiters:
            self._give_up(envelope, reply.outcome, collected.unhealed, now)

    def _expire(self, now: float, unhealed: list[Envelope]) -> None:
        waiting = self._waiting
        while waiting and (waiting[0].outcome is not None or waiting[0].dropped or self._is_late(waiting[0], now)):
            envelope = waiting.popleft()
            if envelope.outcome is None and not envelope.dropped:
                # Whether its call had begun is known only when it lands: all of it counts as waiting for the model.
                envelope.queue_us = int((now - envelope.entered_s) * 1e6) - envelope.decode_us - envelope.lookup_us
                self._give_up(envelope, "deadline", unhealed, now)

    def _is_late(self, envelope: Envelope, now: float) -> bool:
        return envelope.entered_s + self._deadline_s <= now

    def _give_up(self, envelope: Envelope, outcome: ModelOutcome, unhealed: list[Envelope], now: float) -> None:
        if envelope in unhealed:
            # Its call failed and its deadline passed at once.
            return
        envelope.model_outcome = outcome
        if envelope.revision > 0:
            unhealed.append(envelope)
            return
        self._done_waiting(envelope, now)
        self._by_rules(envelope, outcome, provisional=True)

    def _from_cache(self, envelope: Envelope, entry: Entry) -> None:
        envelope.model_outcome = "not_asked"
        envelope.outcome = self._cache.hit(
            entry, self.basis, lambda found: self._make(envelope, found.labels, found.model, "CACHE")
        )

    def _make(self, envelope: Envelope, labels: Sequence[Any], model: str | None, method: Method) -> Answer:
        began_ns = time.perf_counter_ns()
        fields = answer_from_labels(self.basis, _text(envelope), labels, model, method)
        if fields["method"] == "RULES":
            envelope.rules_us = (time.perf_counter_ns() - began_ns) // 1000
        return Answer(self._encode(fields), fields["method"], provisional=False)

    def _by_rules(self, envelope: Envelope, outcome: ModelOutcome, *, provisional: bool) -> None:
        began_ns = time.perf_counter_ns()
        fields = answer_from_rules(self.basis, _text(envelope), f"model.{outcome}", provisional=provisional)
        envelope.model_outcome = outcome
        envelope.rules_us = (time.perf_counter_ns() - began_ns) // 1000
        envelope.outcome = Answer(self._encode(fields), "RULES", provisional)

    def _count_waiting(self, envelope: Envelope) -> None:
        if not self._hold:
            self._waiting.append(envelope)
        if envelope.revision > 0:
            self.requeued_waiting += 1
        else:
            self.live_waiting += 1

    def _done_waiting(self, envelope: Envelope, now: float) -> None:
        self._no_longer_waiting(envelope)
        envelope.ready_s = now

    def _no_longer_waiting(self, envelope: Envelope) -> None:
        if envelope.revision > 0:
            self.requeued_waiting -= 1
        else:
            self.live_waiting -= 1


def _text(envelope: Envelope) -> Text:
    ticket = envelope.ticket
    assert ticket is not None  # noqa: S101 - only decoded tickets are answered
    return Text(ticket["subject"], ticket["description"], ticket["language"], envelope.fingerprint)
