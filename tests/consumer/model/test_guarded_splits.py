"""How the tickets at fault are found in a batch."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumer.guards.breaker import BreakerState
from consumer.guards.retry import RetryPolicy
from consumer.model.attempt import Refused
from consumer.model.types import Label
from tests.consumer.model.bench import GARBLED, Bench, always, faulty


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
