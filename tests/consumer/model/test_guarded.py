"""The guarded client: one call with all its tries."""

from collections.abc import Sequence

import pytest
from structlog.testing import capture_logs

from consumer.guards.breaker import BreakerState
from consumer.model.attempt import Attempt, Denied, Failed, Refused
from consumer.model.types import CallReport, Label, ModelReply, ModelTicket
from tests.consumer.model.bench import GARBLED, TIMED_OUT, UNAVAILABLE, Bench, always, answered, in_turn


def test_an_answer_reaches_every_ticket_with_the_call_that_brought_it() -> None:
    """Labels in the tickets' order, one call id for all, and one report."""
    bench = Bench(answered)
    replies = bench.ask(3)
    call_id = replies[0].call_id

    assert replies == [
        ModelReply("answered", (Label(str(index), 0.9),), "m1", call_id, 1, 50_000) for index in range(3)
    ]
    assert call_id is not None
    assert len(call_id) == 32
    assert bench.reports == [CallReport(call_id, "answered", 1, 1_000_000_000, 50_000, 3, None, "model_call")]


def test_no_tickets_make_no_call() -> None:
    """Nothing is sent, and there are no replies."""
    bench = Bench(answered)

    assert bench.ask(0) == []
    assert bench.model.asked == []


def test_a_failed_try_is_repeated_with_growing_waits() -> None:
    """The third try answers after one and two seconds of waiting, and the report counts one call."""
    bench = Bench(in_turn(UNAVAILABLE, GARBLED, answered))
    (reply,) = bench.ask()

    assert (reply.outcome, reply.attempts, reply.duration_us) == ("answered", 3, 3_150_000)
    assert [(report.outcome, report.attempts, report.duration_us) for report in bench.reports] == [
        ("answered", 3, 3_150_000)
    ]
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
    """A ticket without an answer gets a reason, and only failures that may pass are tried again."""
    bench = Bench(always(failed))
    (reply,) = bench.ask()
    (report,) = bench.reports

    assert (reply.outcome, reply.labels, reply.model, reply.attempts) == (outcome, (), None, attempts)
    assert (report.call_id, report.outcome, report.reason) == (reply.call_id, outcome, reason)


def test_a_retry_after_is_waited_for() -> None:
    """A Retry-After that is longer than our own pause decides."""
    bench = Bench(in_turn(Failed("unavailable", "http_429", retry_after_s=20.0), answered))
    (reply,) = bench.ask(within_s=30.0)

    assert (reply.outcome, reply.duration_us) == ("answered", 20_100_000)


def test_a_retry_after_beyond_the_deadline_ends_the_call_at_once() -> None:
    """The ticket gets its outcome now and not at its deadline."""
    bench = Bench(always(Failed("unavailable", "http_503", retry_after_s=31.0)))
    (reply,) = bench.ask(within_s=30.0)

    assert (reply.outcome, reply.attempts, reply.duration_us) == ("unavailable", 1, 50_000)


def test_no_try_begins_after_the_deadline() -> None:
    """A pause that would end after it does not begin, and each try gets no more than the time that is left."""
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
    """No request of ours can succeed, so no second one is made; the log names the setting to look at."""
    bench = Bench(always(Denied(status)))
    with capture_logs() as logs:
        outcomes = [bench.outcomes(2) for _ in range(2)]

    assert outcomes == [["unavailable"] * 2, ["breaker_open"] * 2]
    assert {(line["event"], line.get("status"), line.get("setting")) for line in logs} == {
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


def test_an_exception_gives_the_permit_back() -> None:
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
