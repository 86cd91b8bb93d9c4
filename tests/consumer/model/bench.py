"""A guarded client for tests: its model fails on command, and its clock moves only when somebody waits."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from consumer.guards.breaker import Breaker, BreakerState
from consumer.guards.retry import RetryPolicy
from consumer.guards.retry_budget import RetryBudget
from consumer.model.attempt import Answered, Attempt, Failed
from consumer.model.guarded import GuardedClient
from consumer.model.types import CallReport, Label, ModelReply, ModelTicket
from tests.support.manual_clock import ManualClock

UNAVAILABLE = Failed("unavailable", "http_503")
GARBLED = Failed("garbled", "ids")
TIMED_OUT = Failed("timeout", "timed_out")
PATIENT = 1e9
Script = Callable[[Sequence[ModelTicket]], Attempt]


@dataclass(slots=True)
class Model:
    """Does what its script says and takes `takes_s`; a timeout takes all the time that it is given."""

    script: Script
    clock: ManualClock
    takes_s: float = 0.05
    asked: list[list[str]] = field(default_factory=list)
    allowed_s: list[float] = field(default_factory=list)
    closed: bool = False

    def attempt(self, tickets: Sequence[ModelTicket], timeout_s: float, traceparent: str | None) -> Attempt:
        assert traceparent is None
        self.asked.append([ticket.subject for ticket in tickets])
        self.allowed_s.append(timeout_s)
        outcome = self.script(tickets)
        self.clock.moment += timeout_s if outcome == TIMED_OUT else self.takes_s
        return outcome

    def close(self) -> None:
        self.closed = True


@dataclass(slots=True)
class Bench:
    """A guarded client and all its parts."""

    script: Script
    retry: RetryPolicy = field(default_factory=lambda: RetryPolicy(jitter=False))
    threshold: int = 5
    clock: ManualClock = field(default_factory=ManualClock)
    reports: list[CallReport] = field(default_factory=list)
    model: Model = field(init=False)
    breaker: Breaker = field(init=False)
    guarded: GuardedClient = field(init=False)

    def __post_init__(self) -> None:
        self.model = Model(self.script, self.clock)
        self.breaker = Breaker("model", threshold=self.threshold, timeout_s=300.0, clock=self.clock)
        self.guarded = GuardedClient(
            self.model,
            self.retry,
            self.breaker,
            RetryBudget(),
            self.reports.append,
            timeout_s=10.0,
            clock=self.clock,
            rng=random.Random(11),
        )

    def ask(self, count: int = 1, *, within_s: float = PATIENT) -> list[ModelReply]:
        return self.guarded.ask(batch(count), self.clock.now() + within_s)

    def outcomes(self, count: int = 1, *, within_s: float = PATIENT) -> list[str]:
        return [reply.outcome for reply in self.ask(count, within_s=within_s)]

    @property
    def state(self) -> BreakerState:
        return self.breaker.state(self.clock.now())


def batch(count: int) -> list[ModelTicket]:
    return [ModelTicket(str(index), "text") for index in range(count)]


def answered(tickets: Sequence[ModelTicket]) -> Attempt:
    return Answered("m1", tuple((Label(ticket.subject, 0.9),) for ticket in tickets))


def always(outcome: Attempt) -> Script:
    return lambda _tickets: outcome


def in_turn(*outcomes: Attempt | Script) -> Script:
    left = list(outcomes)

    def script(tickets: Sequence[ModelTicket]) -> Attempt:
        outcome = left.pop(0) if len(left) > 1 else left[0]
        return outcome(tickets) if callable(outcome) else outcome

    return script


def faulty(fault: Attempt, indexes: set[int]) -> Script:
    """A model that fails every batch with one of these tickets."""

    def script(tickets: Sequence[ModelTicket]) -> Attempt:
        return fault if any(int(ticket.subject) in indexes for ticket in tickets) else answered(tickets)

    return script
