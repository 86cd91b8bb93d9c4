"""The model behind its guards, with a model that fails on command and a clock that moves only when somebody waits."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from consumer.guards.breaker import Breaker, BreakerState
from consumer.guards.budget import RetryBudget
from consumer.guards.clock import ManualClock
from consumer.guards.retry import RetryPolicy
from consumer.model.attempt import Answered, Attempt, Denied, Failed, Refused
from consumer.model.guarded import GuardedModel
from consumer.model.types import CallReport, Label, ModelReply, ModelTicket

LABEL = Label("billing", 0.9)
UNAVAILABLE = Failed("unavailable", "http_503")
GARBLED = Failed("garbled", "ids")
TIMED_OUT = Failed("timeout", "timed_out")
PATIENT = 1e9

Script = Callable[[Sequence[ModelTicket]], Attempt]


@dataclass(slots=True)
class Model:
    """Does what its script says, and takes its time; a timeout takes all it is given."""

    script: Script
    clock: ManualClock
    takes_s: float = 0.05
    asked: list[list[str]] = field(default_factory=list)
    allowed_s: list[float] = field(default_factory=list)
    closed: bool = False

    def attempt(self, tickets: Sequence[ModelTicket], timeout_s: float, traceparent: str | None) -> Attempt:
        assert traceparent is None
        self.asked.append([each.subject for each in tickets])
        self.allowed_s.append(timeout_s)
        outcome = self.script(tickets)
        self.clock.moment += timeout_s if outcome == TIMED_OUT else self.takes_s
        return outcome

    def close(self) -> None:
        self.closed = True


@dataclass(slots=True)
class Bench:
    """A guarded model with everything around it at hand."""

    script: Script
    retry: RetryPolicy = field(default_factory=lambda: RetryPolicy(jitter=False))
    threshold: int = 5
    clock: ManualClock = field(default_factory=ManualClock)
    reports: list[CallReport] = field(default_factory=list)
    model: Model = field(init=False)
    breaker: Breaker = field(init=False)
    guarded: GuardedModel = field(init=False)

    def __post_init__(self) -> None:
        self.model = Model(self.script, self.clock)
        self.breaker = Breaker("model", threshold=self.threshold, timeout_s=300.0, clock=self.clock)
        self.guarded = GuardedModel(
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
    return [ModelTicket(str(place), "text") for place in range(count)]


def answered(tickets: Sequence[ModelTicket]) -> Attempt:
    return Answered("m1", tuple((Label(each.subject, 0.9),) for each in tickets))


def always(outcome: Attempt) -> Script:
    return lambda _tickets: outcome


def in_turn(*outcomes: Attempt | Script) -> Script:
    left = list(outcomes)

    def script(tickets: Sequence[ModelTicket]) -> Attempt:
        outcome = left.pop(0) if len(left) > 1 else left[0]
        return outcome(tickets) if callable(outcome) else outcome

    return script


def faulty(fault: Attempt, places: set[int]) -> Script:
    """A model at which every batch with one of these tickets comes to grief."""

    def script(tickets: Sequence[ModelTicket]) -> Attempt:
        return fault if any(int(each.subject) in places for each in tickets) else answered(tickets)

    return script


def test_an_answer_reaches_every_ticket_with_the_call_that_brought_it() -> None:
    """Labels in the tickets' order, one call id for all, and one report."""
    bench = Bench(answered)
    replies = bench.ask(3)
    call_id = replies[0].call_id

    assert replies == [
        ModelReply("answered", (Label(str(place), 0.9),), "m1", call_id, 1, 50_000) for place in range(3)
    ]
    assert call_id is not None
    assert len(call_id) == 32
    assert bench.reports == [CallReport(call_id, "answered", 1, 1_000_000_000, 50_000, 3, None, "model_call")]


def test_nothing_asked_is_nothing_sent() -> None:
    """No tickets make no call."""
    bench = Bench(answered)

    assert bench.ask(0) == []
    assert bench.model.asked == []


def test_a_failed_try_is_repeated_with_growing_waits() -> None:
    """The third try answers after one and two seconds of waiting, and the report counts one call."""
    bench = Bench(in_turn(UNAVAILABLE, GARBLED, answered))
    (reply,) = bench.ask()

    assert (reply.outcome, reply.attempts, reply.duration_us) == ("answered", 3, 3_150_000)
    assert [(each.outcome, each.attempts, each.duration_us) for each in bench.reports] == [("answered", 3, 3_150_000)]
    assert bench.state is BreakerState.CLOSED


@pytest.mark.parametrize(
    ("failed", "outcome", "reason", "attempts"),
    [
        (UNAVAILABLE, "unavailable", "http_503", 3),
        (TIMED_OUT, "timeout", "timed_out", 3),
        (GARBLED, "garbled", "ids", 3),
        (Failed("unavailable", "http_302", retryable=False), "unavailable", "http_302", 1),
        (Refused(400), "refused", "http_400", 1),
        (Denied(403), "unavailable", "http_403", 1),
    ],
)
def test_what_fails_for_good_is_named(failed: Attempt, outcome: str, reason: str, attempts: int) -> None:
    """A ticket that gets no answer learns why, and only what may change is tried again."""
    bench = Bench(always(failed))
    (reply,) = bench.ask()
    (report,) = bench.reports

    assert (reply.outcome, reply.labels, reply.model, reply.attempts) == (outcome, (), None, attempts)
    assert (report.call_id, report.outcome, report.reason) == (reply.call_id, outcome, reason)


def test_a_retry_after_is_waited_for() -> None:
    """Longer than our own wait, it decides."""
    bench = Bench(in_turn(Failed("unavailable", "http_429", retry_after_s=20.0), answered))
    (reply,) = bench.ask(within_s=30.0)

    assert (reply.outcome, reply.duration_us) == ("answered", 20_100_000)


def test_a_retry_after_beyond_the_deadline_ends_the_call_at_once() -> None:
    """The ticket is told now and not when its deadline is reached."""
    bench = Bench(always(Failed("unavailable", "http_503", retry_after_s=31.0)))
    (reply,) = bench.ask(within_s=30.0)

    assert (reply.outcome, reply.attempts, reply.duration_us) == ("unavailable", 1, 50_000)


def test_no_try_begins_after_the_deadline() -> None:
    """Waits that would end behind it are not begun, and each try gets no more than what is left."""
    bench = Bench(always(TIMED_OUT))
    (reply,) = bench.ask(within_s=25.0)

    assert bench.model.allowed_s == [10.0, 10.0, 2.0]
    assert (reply.outcome, reply.attempts, bench.clock.moment) == ("deadline", 3, 1025.0)


def test_a_ticket_that_comes_too_late_is_not_sent() -> None:
    """Its deadline is its outcome; there was no call to report."""
    bench = Bench(answered)
    replies = bench.ask(2, within_s=0.0)

    assert replies == [ModelReply("deadline"), ModelReply("deadline")]
    assert (bench.model.asked, bench.reports) == ([], [])


def test_a_try_that_was_given_no_time_is_not_held_against_the_model() -> None:
    """Tickets that wait too long for their turn do not open the breaker of a model that answers in half a second."""
    bench = Bench(always(TIMED_OUT))
    outcomes = [bench.outcomes(within_s=0.2) for _ in range(20)]

    assert outcomes == [["deadline"]] * 20
    assert bench.state is BreakerState.CLOSED


def test_a_model_that_hangs_opens_the_breaker_though_the_deadline_is_short() -> None:
    """Two seconds without an answer are a failure, even if the timeout would have allowed ten."""
    bench = Bench(always(TIMED_OUT))
    outcomes = [bench.outcomes(within_s=2.0) for _ in range(6)]

    assert outcomes == [["deadline"]] * 5 + [["breaker_open"]]


def test_an_open_breaker_answers_at_once() -> None:
    """After five failed calls, with all their tries, nothing is sent and nothing is reported."""
    bench = Bench(always(UNAVAILABLE))
    outcomes = [bench.outcomes() for _ in range(6)]
    (last,) = bench.ask()

    assert outcomes == [["unavailable"]] * 5 + [["breaker_open"]]
    assert last == ModelReply("breaker_open")
    assert len(bench.reports) == 5


def test_a_probe_that_is_answered_closes_it_again() -> None:
    """Five minutes later one call is let through, and then all are."""
    up = False
    bench = Bench(lambda tickets: answered(tickets) if up else UNAVAILABLE)
    for _ in range(6):
        bench.ask()
    bench.clock.moment += 300.0
    up = True

    assert [bench.outcomes() for _ in range(3)] == [["answered"]] * 3
    assert bench.state is BreakerState.CLOSED


@pytest.mark.parametrize("status", [401, 403, 404])
def test_being_denied_opens_it_at_once(status: int) -> None:
    """No request of ours can succeed, so no second one is made; the operator is told which setting to look at."""
    bench = Bench(always(Denied(status)))
    with capture_logs() as logs:
        outcomes = [bench.outcomes(2) for _ in range(2)]

    assert outcomes == [["unavailable"] * 2, ["breaker_open"] * 2]
    assert {(each["event"], each.get("status"), each.get("setting")) for each in logs} == {
        ("model.denied", status, "ML_API_URL" if status == 404 else "ML_API_TOKEN"),
        ("model.call_failed", None, None),
    }


def test_refusals_are_neither_success_nor_failure() -> None:
    """Bad tickets open nothing, and they do not hide that the model fails otherwise."""
    turns: list[Attempt] = [Refused(422), UNAVAILABLE, UNAVAILABLE, UNAVAILABLE]
    bench = Bench(in_turn(*turns * 5))
    states = []
    for _ in range(10):
        bench.ask()
        states.append(bench.state)

    assert states == [BreakerState.CLOSED] * 9 + [BreakerState.OPEN]


@given(st.sets(st.integers(0, 31), max_size=6))
def test_only_the_tickets_that_are_refused_alone_are_refused(bad: set[int]) -> None:
    """Whichever they are, they are found by halving, and all others are answered."""
    bench = Bench(faulty(Refused(400), bad))
    replies = bench.ask(32)

    assert [place for place, reply in enumerate(replies) if reply.outcome == "refused"] == sorted(bad)
    assert all(reply.labels == (Label(str(place), 0.9),) for place, reply in enumerate(replies) if place not in bad)
    assert len(bench.reports) <= 1 + 10 * len(bad)
    assert bench.state is BreakerState.CLOSED


@pytest.mark.parametrize("place", range(32))
def test_one_ticket_that_garbles_its_batch_harms_no_other(place: int) -> None:
    """It is found, alone it is tried in full, and it does not open the breaker."""
    bench = Bench(faulty(GARBLED, {place}))
    outcomes = bench.outcomes(32)

    assert outcomes == ["garbled" if each == place else "answered" for each in range(32)]
    assert bench.state is BreakerState.CLOSED
    assert [report.attempts for report in bench.reports if report.outcome == "garbled"] == [3, 1, 1, 1, 1, 3]


def test_a_model_that_garbles_everything_is_left_alone() -> None:
    """The search for a ticket at fault ends when the breaker opens; those not reached can be asked again."""
    bench = Bench(always(GARBLED))
    outcomes = bench.outcomes(32)

    assert outcomes == ["breaker_open"] * 32
    assert len(bench.reports) == 5


def test_the_search_ends_at_the_deadline() -> None:
    """Tickets that were not found guilty by then are late, not garbled."""
    bench = Bench(faulty(GARBLED, {0}), retry=RetryPolicy(max_attempts=1))
    outcomes = bench.outcomes(32, within_s=0.18)

    # Four tries of 50 ms: all, the first half, the second half, the first quarter.
    assert outcomes == ["deadline"] * 16 + ["answered"] * 16
    assert len(bench.model.asked) == 4


def test_each_part_of_a_split_batch_has_its_own_call() -> None:
    """Every ticket names the call that decided it, and every call is reported once."""
    bench = Bench(faulty(Refused(413), {1}))
    replies = bench.ask(4)

    assert [(report.outcome, report.tickets) for report in bench.reports] == [
        ("refused", 4),
        ("refused", 2),
        ("answered", 2),
        ("answered", 1),
        ("refused", 1),
    ]
    assert [reply.call_id for reply in replies] == [bench.reports[number].call_id for number in (3, 4, 2, 2)]


@pytest.mark.parametrize("seed", range(10))
def test_with_three_in_ten_calls_failing_at_random_the_model_answers_nearly_all(seed: int) -> None:
    """Under the default settings at least 95 of 100 tickets are answered by the model."""
    rng = random.Random(seed)
    faults = [UNAVAILABLE, TIMED_OUT, GARBLED, Failed("unavailable", "connection_broken")]
    bench = Bench(lambda tickets: rng.choice(faults) if rng.random() < 0.3 else answered(tickets), retry=RetryPolicy())
    outcomes = [outcome for _ in range(400) for outcome in bench.outcomes(4, within_s=30.0)]

    assert outcomes.count("answered") / len(outcomes) >= 0.95


def calls_of_a_dead_model(threshold: int, fault: Attempt) -> int:
    bench = Bench(always(fault), retry=RetryPolicy(), threshold=threshold)
    until = bench.clock.moment + 2 * 3600.0
    while bench.clock.moment < until:
        bench.ask(32, within_s=3.0)
        bench.clock.moment += 1.0
    return len(bench.model.asked)


@pytest.mark.parametrize("fault", [UNAVAILABLE, TIMED_OUT])
def test_a_dead_model_is_hardly_asked(fault: Attempt) -> None:
    """Over two hours it gets at most 5 % of the calls that it would get without the breaker."""
    assert calls_of_a_dead_model(5, fault) <= 0.05 * calls_of_a_dead_model(0, fault)


def test_without_a_breaker_the_budget_keeps_an_outage_from_being_multiplied() -> None:
    """Once half of the calls fail, retries add about a tenth and not twice as much."""
    bench = Bench(always(UNAVAILABLE), retry=RetryPolicy(initial_delay_s=0.0), threshold=0)
    for _ in range(1000):
        bench.ask()

    assert len(bench.model.asked) <= 1000 * 1.1 + 10


def test_whatever_is_thrown_gives_the_permit_back() -> None:
    """An interrupt in the middle of a probe does not leave the breaker half-open for ever."""

    def interrupted(_tickets: Sequence[ModelTicket]) -> Attempt:
        raise KeyboardInterrupt

    bench = Bench(in_turn(Denied(401), interrupted, interrupted, answered))
    bench.ask()
    bench.clock.moment += 300.0
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            bench.ask()

    assert bench.outcomes() == ["answered"]
    assert bench.state is BreakerState.CLOSED


def test_closing_refuses_what_comes_after() -> None:
    """After shutdown nothing is sent."""
    bench = Bench(answered)
    bench.guarded.close()

    assert bench.outcomes() == ["breaker_open"]
    assert (bench.model.asked, bench.model.closed) == ([], True)
