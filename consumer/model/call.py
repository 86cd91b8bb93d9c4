"""One call: a permit of the breaker, tries within the deadline, and a report of its outcome to breaker and budget."""

import random
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import structlog

from consumer.guards.breaker import Breaker, Permit
from consumer.guards.clock import Clock
from consumer.guards.retry import RetryPolicy
from consumer.guards.retry_budget import RetryBudget
from consumer.model.attempt import Answered, Attempt, Denied, Failed, ModelPort, Refused
from consumer.model.types import CallReport, ModelReply, ModelTicket
from consumer.model.usage import Spent
from schemas.events import ModelOutcome

# A try that the deadline cut short counts against the model only if it had this long. A ticket that waited nearly until
# its deadline says nothing about the model. But a model that hangs must open the breaker, however short the deadlines.
FAIR_TRY_S = 1.0
# The breaker lets a probe through once an hour, even if a Retry-After asks for longer.
MAX_HOLD_S = 3600.0
# An attempt may time out this much before the deadline from which its time was computed.
_CLOCK_SLACK_S = 0.01
_NOT_FOUND = 404

log = structlog.get_logger(__name__)


class Request(NamedTuple):
    """The content and the limits of one call.

    Attributes:
        tickets: At least one.
        deadline: Monotonic seconds.
        traceparent: Passed on to the model.
        retries_garbled: Whether to try again after a garbled answer.
        singled_out: Whether the model answered other tickets beside this one. That it garbles this one alone is then
            no failure of the model.
    """

    tickets: Sequence[ModelTicket]
    deadline: float
    traceparent: str | None
    retries_garbled: bool
    singled_out: bool = False


class _Tried(NamedTuple):
    """The outcome of a call after all its tries.

    Attributes:
        outcome: Of the whole call.
        attempts: How many tries were made.
        last: The outcome of the last try.
        counts: Whether a failure counts against the model.
    """

    outcome: ModelOutcome
    attempts: int
    last: Attempt
    counts: bool = True


@dataclass(frozen=True, slots=True)
class RetryingClient:
    """Makes calls, each with its tries, under the breaker and the retry budget. Thread-safe if its parts are.

    Attributes:
        client: Sends one attempt.
        retry: The number of tries and the pauses between them.
        breaker: Of this model.
        budget: Of this model's retries.
        on_call: Receives a report of every call that was sent, at its end.
        timeout_s: The most that one attempt may take.
        clock: The source of the time.
        rng: Draws the jitter and the ids of calls.
    """

    client: ModelPort
    retry: RetryPolicy
    breaker: Breaker
    budget: RetryBudget
    on_call: Callable[[CallReport], None]
    timeout_s: float
    clock: Clock
    rng: random.Random
    _told: set[str] = field(default_factory=set)

    def call(self, request: Request) -> list[ModelReply]:
        """Make one call with all its tries, if deadline and breaker permit it; one reply for each ticket."""
        began, began_us = self.clock.now(), self.clock.unix_us()
        if began >= request.deadline:
            return [ModelReply("deadline")] * len(request.tickets)
        permit = self.breaker.acquire()
        if permit is None:
            return [ModelReply("breaker_open")] * len(request.tickets)
        spent = Spent()
        try:
            tried = self._tries(request, permit, spent)
        except BaseException:
            self.breaker.release(permit)
            raise
        call_id = uuid.UUID(int=self.rng.getrandbits(128), version=4).hex
        duration_us = round((self.clock.now() - began) * 1e6)
        self._settle(permit, tried)
        self._tell_unread(spent)
        self._report(
            CallReport(
                call_id,
                tried.outcome,
                tried.attempts,
                began_us,
                duration_us,
                len(request.tickets),
                _reason(tried.last),
                detail=tried.last.detail if isinstance(tried.last, Failed | Denied) else "",
                usage=spent.usage,
            )
        )
        return _replies(tried, call_id, duration_us, len(request.tickets))

    def _tries(self, request: Request, permit: Permit, spent: Spent) -> _Tried:
        """Try until there is an answer, or until a further try is impossible, pointless or not allowed.

        What each try cost is added to `spent`.
        """
        attempts = 0
        while True:
            attempts += 1
            allowed_s = min(self.timeout_s, request.deadline - self.clock.now())
            last = self.client.attempt(request.tickets, allowed_s, request.traceparent)
            spent.add(last.usage)
            if not isinstance(last, Failed):
                return _Tried(_outcome(last), attempts, last)
            now = self.clock.now()
            if last.outcome == "timeout" and now >= request.deadline - _CLOCK_SLACK_S:
                fair = attempts > 1 or allowed_s >= min(FAIR_TRY_S, self.timeout_s)
                return _Tried("deadline", attempts, last, counts=fair)
            pause_s = self._pause_s(request, last, attempts, now)
            if pause_s is None:
                counts = last.outcome != "garbled" or not request.singled_out
                return _Tried(last.outcome, attempts, last, counts=counts)
            if not self.breaker.wait(permit, pause_s):
                return _Tried("breaker_open", attempts, last)
            # On a busy machine the wait may end late.
            if self.clock.now() >= request.deadline:
                return _Tried(last.outcome, attempts, last)

    def _pause_s(self, request: Request, failed: Failed, attempts: int, now: float) -> float | None:
        if not failed.retryable or (failed.outcome == "garbled" and not request.retries_garbled):
            return None
        pause_s = self.retry.pause_s(attempts, now, request.deadline, self.rng, failed.retry_after_s)
        return pause_s if pause_s is not None and self.budget.take(now) else None

    def _settle(self, permit: Permit, tried: _Tried) -> None:
        """Count the call in breaker and budget."""
        answered = isinstance(tried.last, Answered | Refused)
        self.budget.record(self.clock.now(), failed=not answered)
        match tried.last:
            case Answered():
                self.breaker.succeed(permit)
            case Denied(status, detail):
                # A 404 means that the address is wrong; the others mean the token.
                setting = "ML_API_URL" if status == _NOT_FOUND else "ML_API_TOKEN"
                log.error("model.denied", status=status, setting=setting, **({"detail": detail} if detail else {}))
                self.breaker.trip(permit)
            case Failed(retry_after_s=hold_s) if tried.counts:
                self.breaker.fail(permit, hold_s=min(hold_s or 0.0, MAX_HOLD_S))
            case _:
                self.breaker.release(permit)

    def _tell_unread(self, spent: Spent) -> None:
        """Name each field of a usage that cannot be read, once."""
        for at_fault in spent.unread - self._told:
            self._told.add(at_fault)
            log.warning("model.usage_unread", field=at_fault, mend="costs are left out until it is a number from 0 on")

    def _report(self, report: CallReport) -> None:
        if report.outcome != "answered":
            log.warning(
                "model.call_failed",
                call_id=report.call_id,
                outcome=report.outcome,
                reason=report.reason,
                attempts=report.attempts,
                tickets=report.tickets,
                **({"detail": report.detail} if report.detail else {}),
            )
        elif report.reason is not None:
            log.warning("model.answer_garbled", call_id=report.call_id, reason=report.reason, tickets=report.tickets)
        self.on_call(report)


def _outcome(last: Answered | Refused | Denied) -> ModelOutcome:
    match last:
        case Answered():
            return "answered"
        case Refused():
            return "refused"
        case Denied():
            return "unavailable"


def _reason(last: Attempt) -> str | None:
    match last:
        case Answered(fault=fault):
            return fault
        case Failed(reason=reason):
            return reason
        case Refused(status) | Denied(status):
            return f"http_{status}"


def _replies(tried: _Tried, call_id: str, duration_us: int, tickets: int) -> list[ModelReply]:
    match tried.last:
        case Answered(model, all_labels, calibrated=calibrated):
            tries = tried.attempts
            return [
                ModelReply("answered" if labels else "garbled", labels, model, call_id, tries, duration_us, calibrated)
                for labels in all_labels
            ]
        case _:
            unanswered = ModelReply(tried.outcome, call_id=call_id, attempts=tried.attempts, duration_us=duration_us)
            return [unanswered] * tickets
