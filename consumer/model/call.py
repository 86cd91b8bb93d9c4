"""One guarded call: a permit of the breaker, tries within the deadline, and an ending that the guards are told of."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import structlog

from consumer.model.attempt import Answered, Denied, Failed, Refused
from consumer.model.types import CallReport, ModelReply

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Sequence

    from consumer.guards.breaker import Breaker, Permit
    from consumer.guards.clock import Clock
    from consumer.guards.retry import RetryPolicy
    from consumer.guards.retry_budget import RetryBudget
    from consumer.model.attempt import Attempt, ModelPort
    from consumer.model.types import ModelTicket
    from schemas.events import ModelOutcome

# A try that the deadline cut short is held against the model only if it had this long: a ticket that waited nearly
# until its deadline says nothing about the model, but one that hangs must open the breaker, whatever the deadline.
FAIR_TRY_S = 1.0
# However long a Retry-After asks for, the breaker lets a probe through once an hour.
MAX_HOLD_S = 3600.0
# A socket's timeout may fire this much before the deadline it was computed from.
_CLOCK_SLACK_S = 0.01
_NOT_FOUND = 404

_log = structlog.get_logger(__name__)


class Request(NamedTuple):
    """What one call is to ask.

    Attributes:
        tickets: At least one.
        deadline: Monotonic seconds.
        traceparent: Passed on to the model.
        insist: Whether to try again when the answer was garbled.
    """

    tickets: Sequence[ModelTicket]
    deadline: float
    traceparent: str | None
    insist: bool


class _Tried(NamedTuple):
    """What all tries of a call came to; `blames` says whether the breaker may hold it against the model."""

    outcome: ModelOutcome
    attempts: int
    last: Attempt
    blames: bool = True


@dataclass(frozen=True, slots=True)
class Caller:
    """Makes calls. Thread-safe if its parts are.

    Attributes:
        client: Sends one attempt.
        retry: How often to try and how long to wait.
        breaker: Of this model.
        budget: Of this model's retries.
        on_call: Told of every call that was sent, when it has ended.
        timeout_s: The most that one attempt may take.
        clock: Tells the time.
        rng: Draws the jitter and the names of calls.
    """

    client: ModelPort
    retry: RetryPolicy
    breaker: Breaker
    budget: RetryBudget
    on_call: Callable[[CallReport], None]
    timeout_s: float
    clock: Clock
    rng: random.Random

    def call(self, request: Request) -> list[ModelReply]:
        """Make one call with all its tries, if the deadline and the breaker permit it; one reply for each ticket."""
        began, began_us = self.clock.now(), self.clock.unix_us()
        if began >= request.deadline:
            return [ModelReply("deadline")] * len(request.tickets)
        permit = self.breaker.acquire()
        if permit is None:
            return [ModelReply("breaker_open")] * len(request.tickets)
        try:
            tried = self._tries(request, permit)
        except BaseException:
            self.breaker.release(permit)
            raise
        call_id = uuid.UUID(int=self.rng.getrandbits(128), version=4).hex
        duration_us = round((self.clock.now() - began) * 1e6)
        self._settle(permit, tried)
        self._tell(
            CallReport(
                call_id, tried.outcome, tried.attempts, began_us, duration_us, len(request.tickets), _reason(tried.last)
            )
        )
        return _replies(tried, call_id, duration_us, len(request.tickets))

    def _tries(self, request: Request, permit: Permit) -> _Tried:
        """Try until there is an answer, or until another try is impossible, pointless or not allowed."""
        attempts = 0
        while True:
            attempts += 1
            allowed_s = min(self.timeout_s, request.deadline - self.clock.now())
            last = self.client.attempt(request.tickets, allowed_s, request.traceparent)
            if not isinstance(last, Failed):
                return _Tried(_outcome(last), attempts, last)
            now = self.clock.now()
            if last.outcome == "timeout" and now >= request.deadline - _CLOCK_SLACK_S:
                fair = attempts > 1 or allowed_s >= min(FAIR_TRY_S, self.timeout_s)
                return _Tried("deadline", attempts, last, blames=fair)
            pause_s = self._pause_s(request, last, attempts, now)
            if pause_s is None:
                return _Tried(last.outcome, attempts, last)
            if not self.breaker.wait(permit, pause_s):
                return _Tried("breaker_open", attempts, last)
            # A machine under load may wake us late.
            if self.clock.now() >= request.deadline:
                return _Tried(last.outcome, attempts, last)

    def _pause_s(self, request: Request, failed: Failed, attempts: int, now: float) -> float | None:
        if not failed.retryable or (failed.outcome == "garbled" and not request.insist):
            return None
        pause_s = self.retry.pause_s(attempts, now, request.deadline, self.rng, failed.retry_after_s)
        return pause_s if pause_s is not None and self.budget.take(now) else None

    def _settle(self, permit: Permit, tried: _Tried) -> None:
        """Tell breaker and budget, as what kind of ending this call counts."""
        answered = isinstance(tried.last, Answered | Refused)
        self.budget.record(self.clock.now(), failed=not answered)
        match tried.last:
            case Answered():
                self.breaker.succeed(permit)
            case Denied(status):
                # 404 speaks of the address, the others of the token.
                setting = "ML_API_URL" if status == _NOT_FOUND else "ML_API_TOKEN"
                _log.error("model.denied", status=status, setting=setting)
                self.breaker.trip(permit)
            case Failed(retry_after_s=hold_s) if tried.blames:
                self.breaker.fail(permit, hold_s=min(hold_s or 0.0, MAX_HOLD_S))
            case _:
                self.breaker.release(permit)

    def _tell(self, report: CallReport) -> None:
        if report.outcome != "answered":
            _log.warning(
                "model.call_failed",
                call_id=report.call_id,
                outcome=report.outcome,
                reason=report.reason,
                attempts=report.attempts,
                tickets=report.tickets,
            )
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
        case Answered():
            return None
        case Failed(reason=reason):
            return reason
        case Refused(status) | Denied(status):
            return f"http_{status}"


def _replies(tried: _Tried, call_id: str, duration_us: int, tickets: int) -> list[ModelReply]:
    match tried.last:
        case Answered(model, all_labels):
            return [
                ModelReply("answered", labels, model, call_id, tried.attempts, duration_us) for labels in all_labels
            ]
        case _:
            unanswered = ModelReply(tried.outcome, call_id=call_id, attempts=tried.attempts, duration_us=duration_us)
            return [unanswered] * tickets
