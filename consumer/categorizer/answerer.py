"""The answer to each ticket: override, cache, model, rules, in this order."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from consumer import crash_points
from consumer.answer.cache import Answer, AnswerCache, Entry, finished_answer
from consumer.answer.decide import AnswerBasis, Text, answer_from_labels, answer_from_override, answer_from_rules
from consumer.answer.foreign_labels import ForeignLabels
from consumer.answer.overrides import Overrides
from consumer.answer.policy_watch import Renewed
from consumer.categorizer.envelope import Envelope
from consumer.categorizer.model_callers import ModelCallers, PendingText, PendingTexts, TextReply
from consumer.categorizer.waiting import LabelGate, Waiting
from consumer.model.types import ModelReply
from schemas.events import Method, ModelOutcome

Encode = Callable[[dict[str, Any]], bytes]


@dataclass(slots=True)
class Collected:
    """What came of the replies and deadlines since the last time.

    Attributes:
        answered: tickets that the model answered, or failed at for good.
        unanswered: tickets of the queue that could not be asked; they stay in the queue.
    """

    answered: int = 0
    unanswered: list[Envelope] = field(default_factory=list)


class _Maker:
    """Makes answers, encoded, gives them to their envelopes, and measures how long the rules took."""

    def __init__(
        self, basis: AnswerBasis, renewed: Renewed, encode: Encode, cache: AnswerCache, overrides: Overrides
    ) -> None:
        self._basis = basis
        self._renewed = renewed
        self._encode = encode
        self._cache = cache
        self._overrides = overrides
        self._finished: list[Envelope] = []

    def finished(self) -> list[Envelope]:
        """The envelopes that were given an answer since the last time."""
        finished, self._finished = self._finished, []
        return finished

    def renew(self, now: float) -> None:
        """Use a policy that has changed: what the cache has encoded under the earlier one is made again."""
        policy = self._renewed(now)
        if policy is not None:
            self._basis = self._basis._replace(policy=policy)

    def by_override(self, envelope: Envelope) -> bool:
        """Whether people corrected the answer to this text: then theirs is the answer."""
        override = self._overrides.standing(envelope.fingerprint, envelope.received_us // 1000)
        if override is None:
            return False
        began_ns = time.perf_counter_ns()
        fields = answer_from_override(self._basis, envelope.fingerprint, override)
        if fields is None:
            return False
        answer = finished_answer(fields, self._encode)
        envelope.lookup_us += (time.perf_counter_ns() - began_ns) // 1000
        self._give(envelope, answer)
        return True

    def answer(self, waiters: Sequence[Envelope], reply: ModelReply) -> None:
        """Give a reply to the tickets of one text."""
        for index, envelope in enumerate(waiters):
            if index and self.from_cache(envelope):
                continue
            answer = self._from_labels(envelope, reply, "MODEL")
            if answer.method == "RULES":
                # From the cache it is the same, byte for byte, and the rules read a long text for milliseconds.
                self._cache.keep(envelope.fingerprint, answer, self._basis)
            self._give(envelope, answer)

    def from_cache(self, envelope: Envelope) -> bool:
        """Whether the model answered an equal text lately: then that is the answer."""
        entry = self._cache.get(envelope.fingerprint)
        if entry is None:
            return False
        envelope.model_outcome = "not_asked"
        answer = self._cache.hit(entry, self._basis, lambda found: self._from_labels(envelope, found, "CACHE"))
        self._give(envelope, answer)
        return True

    def by_rules(self, envelope: Envelope, outcome: ModelOutcome, *, provisional: bool) -> None:
        began_ns = time.perf_counter_ns()
        fields = answer_from_rules(self._basis, _text(envelope), f"model.{outcome}", provisional=provisional)
        envelope.rules_us = (time.perf_counter_ns() - began_ns) // 1000
        envelope.model_outcome = outcome
        self._give(envelope, finished_answer(fields, self._encode))

    def _give(self, envelope: Envelope, answer: Answer) -> None:
        envelope.outcome = answer
        self._finished.append(envelope)

    def _from_labels(self, envelope: Envelope, said: ModelReply | Entry, method: Method) -> Answer:
        began_ns = time.perf_counter_ns()
        fields = answer_from_labels(
            self._basis, _text(envelope), said.labels, said.model, method, calibrated=said.calibrated
        )
        if fields["method"] == "RULES":
            envelope.rules_us = (time.perf_counter_ns() - began_ns) // 1000
        return finished_answer(fields, self._encode)


class Answerer:
    """Finds the answer of every envelope, or asks the model for it. One thread uses it.

    Args:
        basis: taxonomy, rules and thresholds at the start.
        encode: turns an answer's fields into bytes.
        cache: the model's labels by fingerprint.
        callers: ask the model; None when the rules answer alone.
        waiting: counts and deadlines of the tickets that wait for the model; an attribute too.
        hold: tickets wait for a model that cannot be asked (ML_UNAVAILABLE=hold).
        renewed: gives a new policy when there is one.
        labels: whether the model speaks of the taxonomy's categories; behind the attribute `gate`.
        overrides: what people corrected.
    """

    def __init__(
        self,
        basis: AnswerBasis,
        encode: Encode,
        cache: AnswerCache,
        callers: ModelCallers | None,
        waiting: Waiting,
        *,
        hold: bool,
        renewed: Renewed = lambda _: None,
        labels: ForeignLabels | None = None,
        overrides: Overrides | None = None,
    ) -> None:
        self.waiting = waiting
        self._maker = _Maker(basis, renewed, encode, cache, Overrides(1, 0) if overrides is None else overrides)
        self._cache = cache
        self._callers = callers
        self._hold = hold
        self._pending = PendingTexts(shared=cache.enabled)
        self.gate = LabelGate(labels or ForeignLabels(basis.taxonomy), waiting, self._pending)
        self._new: list[PendingText] = []
        self._held: list[PendingText] = []

    def take(self, envelope: Envelope) -> None:
        """Answer at once when people, the cache or the rules can; else put the ticket on its way to the model."""
        if self._maker.by_override(envelope) or self._maker.from_cache(envelope):
            return
        if self._callers is None:
            self._maker.by_rules(envelope, "not_asked", provisional=False)
        else:
            self._ask(envelope)

    def corrected(self, fingerprint: str, now: float) -> None:
        """Answer the tickets of a text that wait, now that people corrected the answer to an earlier one."""
        for envelope in self._pending.waiting_for(fingerprint):
            if self._maker.by_override(envelope):
                envelope.queue_us = envelope.waited_us(now)
                self.waiting.done(envelope, now)

    def dispatch(self) -> None:
        """Hand new texts to the callers, once a poll."""
        if self._new and self._callers is not None:
            self._callers.submit(self._new)
            self._new = []
            crash_points.reached("ml_sent")

    def collect(self, now: float) -> Collected:
        """Apply the replies that came in, the deadlines that passed, and the policy that changed."""
        self._maker.renew(now)
        collected = Collected()
        for text_reply in self._callers.collect() if self._callers is not None else ():
            for passed in self.gate.pass_on(text_reply, now):
                self._apply_reply(passed, collected, now)
        if self.gate.foreign:
            # The model may have kept its name.
            self._cache.clear()
            if not self.waiting.total:
                self.gate.forget()
            return collected
        self._ask_again(self.gate.released(), now)
        if not self._hold:
            self._expire(now, collected.unanswered)
        self.gate.drop_unwanted()
        return collected

    def release_held(self, now: float) -> None:
        """Ask again for texts that wait until the model can be asked, and for a few that wait until its labels fit."""
        held, self._held = self._held, []
        self._ask_again([*held, *self.gate.probes(now)], now)

    @property
    def holding(self) -> bool:
        """Whether tickets wait for a model that cannot be asked, or whose labels are foreign."""
        return bool(self._held) or (self.gate.foreign and self.waiting.total > 0)

    def finished(self) -> list[Envelope]:
        """The envelopes that were given an answer since the last time; some may have been dropped before."""
        return self._maker.finished()

    def answer_finally(self, envelope: Envelope, now: float) -> None:
        """Give a ticket of the queue, asked in vain too often, its final answer by the rules."""
        self.waiting.done(envelope, now)
        self._maker.by_rules(envelope, envelope.model_outcome, provisional=False)

    def forget(self, envelopes: Sequence[Envelope]) -> None:
        """These were dropped: they count no longer, and the tickets that share their calls lose nothing."""
        for envelope in envelopes:
            if envelope.outcome is None:
                self.waiting.remove(envelope)

    def _ask(self, envelope: Envelope) -> None:
        pending = self._pending.join(envelope, self.waiting.add(envelope))
        if pending is not None and not self.gate.keeps(pending):
            self._new.append(pending)

    def _ask_again(self, texts: list[PendingText], now: float) -> None:
        for pending in texts:
            pending.deadline_s = now + self.waiting.deadline_s
        if self._callers is not None and texts:
            self._callers.submit(texts)

    def _apply_reply(self, text_reply: TextReply, collected: Collected, now: float) -> None:
        pending, reply, began_s = text_reply
        self._pending.ended(pending)
        waiters = pending.waiting
        _note_call(waiters, reply, began_s, now)
        if not waiters and reply.outcome != "answered":
            return
        match reply.outcome:
            case "answered":
                self._cache.put(pending.key, reply.labels, reply.model, calibrated=reply.calibrated)
                self._maker.answer(waiters, reply)
            case "refused" | "garbled":
                for envelope in waiters:
                    self._maker.by_rules(envelope, reply.outcome, provisional=False)
            case _:
                self._not_asked(pending, waiters, reply, collected, now)
                return
        for envelope in waiters:
            self.waiting.done(envelope, now)
        collected.answered += len(waiters)

    def _not_asked(
        self, pending: PendingText, waiters: list[Envelope], reply: ModelReply, collected: Collected, now: float
    ) -> None:
        if self._hold:
            self._held.append(pending)
            self._pending.keep(pending)
            return
        for envelope in waiters:
            if reply.outcome == "deadline" and not self.waiting.is_late(envelope, now):
                # It joined while the call was under way, and has time left.
                self.waiting.remove(envelope)
                self._ask(envelope)
            else:
                self._give_up(envelope, reply.outcome, collected.unanswered, now)

    def _expire(self, now: float, unanswered: list[Envelope]) -> None:
        for envelope in self.waiting.take_late(now):
            # A ticket that was asked a second time is there twice.
            if envelope.outcome is None:
                # Whether the call had begun is known only from the reply: all the time counts as waiting for the model.
                envelope.queue_us = envelope.waited_us(now)
                self._give_up(envelope, "deadline", unanswered, now)

    def _give_up(self, envelope: Envelope, outcome: ModelOutcome, unanswered: list[Envelope], now: float) -> None:
        if envelope in unanswered:
            # Its call failed and its deadline passed at once.
            return
        envelope.model_outcome = outcome
        if envelope.revision > 0:
            unanswered.append(envelope)
            return
        self.waiting.done(envelope, now)
        self._maker.by_rules(envelope, outcome, provisional=True)


def _note_call(waiters: Sequence[Envelope], reply: ModelReply, began_s: float, now: float) -> None:
    for index, envelope in enumerate(waiters):
        envelope.model_outcome = reply.outcome
        # The tries of a call are counted once: by the ticket that leads.
        envelope.attempts = 0 if index else reply.attempts
        envelope.call_id = reply.call_id
        envelope.queue_us = envelope.waited_us(began_s)
        envelope.model_us = min(reply.duration_us, envelope.waited_us(now))


def _text(envelope: Envelope) -> Text:
    ticket = envelope.decoded
    return Text(ticket["subject"], ticket["description"], ticket["language"], envelope.fingerprint)
