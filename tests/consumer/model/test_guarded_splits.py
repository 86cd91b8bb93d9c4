"""How the tickets at fault are found in a batch."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from consumer.guards.breaker import BreakerState
from consumer.guards.retry import RetryPolicy
from consumer.model.attempt import Answered, Attempt, Refused
from consumer.model.types import Label, ModelTicket
from tests.consumer.model.bench import GARBLED, UNAVAILABLE, Bench, Script, always, faulty, in_turn


@given(st.sets(st.integers(0, 31), max_size=6))
def test_only_the_tickets_that_are_refused_alone_are_refused(bad: set[int]) -> None:
    """Whichever they are, they are found by halving, and all others are answered."""
    bench = Bench(faulty(Refused(400), bad))
    replies = bench.ask(32)

    assert [index for index, reply in enumerate(replies) if reply.outcome == "refused"] == sorted(bad)
    assert all(reply.labels == (Label(str(index), 0.9),) for index, reply in enumerate(replies) if index not in bad)
    assert len(bench.reports) <= 1 + 10 * len(bad)
    assert bench.state is BreakerState.CLOSED


@pytest.mark.parametrize("bad", range(32))
def test_one_ticket_that_garbles_its_batch_harms_no_other(bad: int) -> None:
    """It is found, alone it is tried in full, and it does not open the breaker."""
    bench = Bench(faulty(GARBLED, {bad}))
    outcomes = bench.outcomes(32)

    assert outcomes == ["garbled" if index == bad else "answered" for index in range(32)]
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


def garbling(indexes: set[int]) -> Script:
    """A model whose answers are garbled for these tickets alone."""

    def script(tickets: Sequence[ModelTicket]) -> Attempt:
        labels = tuple(() if int(ticket.subject) in indexes else (Label(ticket.subject, 0.9),) for ticket in tickets)
        return Answered("m1", labels, "confidence" if () in labels else None) if any(labels) else GARBLED

    return script


@given(st.sets(st.integers(0, 31), max_size=31))
def test_a_ticket_that_is_garbled_beside_answers_costs_only_its_own_calls(bad: set[int]) -> None:
    """The others keep the answers of the first call; it is asked alone, with all its tries, and is garbled for good."""
    bench = Bench(garbling(bad), retry=RetryPolicy(max_attempts=2, initial_delay_s=0.0))
    replies = bench.ask(32)

    assert [index for index, reply in enumerate(replies) if reply.outcome == "garbled"] == sorted(bad)
    assert {reply.call_id for reply in replies if reply.outcome == "answered"} == {bench.reports[0].call_id}
    assert bench.model.asked[0] == [str(index) for index in range(32)]
    assert {subject for asked in bench.model.asked[1:] for subject in asked} == {str(index) for index in bad}
    assert all(len(asked) == 1 for asked in bench.model.asked[1:])
    assert len(bench.model.asked) <= 1 + 2 * len(bad)
    assert bench.state is BreakerState.CLOSED


def test_a_ticket_that_was_garbled_once_is_answered_alone() -> None:
    """A fault that passes costs one call more."""
    bench = Bench(in_turn(garbling({3}), garbling(set())))
    replies = bench.ask(8)

    assert [reply.outcome for reply in replies] == ["answered"] * 8
    assert bench.model.asked[1:] == [["3"]]
    assert replies[3].call_id == bench.reports[1].call_id


def test_the_log_says_why_an_answer_is_garbled_in_part() -> None:
    """With the call and a code, and none of the model's words; the call counts as answered."""
    bench = Bench(garbling({1}))
    with capture_logs() as logs:
        bench.ask(2)
    told = [line for line in logs if line["event"] == "model.answer_garbled"]

    assert [(line["reason"], line["call_id"]) for line in told] == [("confidence", bench.reports[0].call_id)]
    assert (bench.reports[0].outcome, bench.reports[0].reason) == ("answered", "confidence")


def test_an_outage_while_a_ticket_is_asked_alone_still_counts() -> None:
    """Only a garbled answer is the ticket's own fault."""
    bench = Bench(in_turn(garbling(set(range(6))), always(UNAVAILABLE)), retry=RetryPolicy(max_attempts=1))
    outcomes = bench.outcomes(8)

    assert outcomes == ["unavailable"] * 5 + ["breaker_open"] + ["answered"] * 2
