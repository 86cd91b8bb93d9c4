"""How many tickets are answered while the model fails, and how much a dead model is asked."""

import random

import pytest

from consumer.guards.retry import RetryPolicy
from consumer.model.attempt import Attempt, Failed
from tests.consumer.model.bench import GARBLED, TIMED_OUT, UNAVAILABLE, Bench, always, answered


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
