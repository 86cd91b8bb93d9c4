"""When to try again."""

import random
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumer.guards.retry import RetryPolicy, RetryStrategy

NOON = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC).timestamp()

policies = st.builds(
    RetryPolicy,
    max_attempts=st.integers(1, 10),
    initial_delay_s=st.floats(0, 100),
    max_delay_s=st.floats(0, 1000),
    strategy=st.sampled_from(RetryStrategy),
    jitter=st.booleans(),
)


@pytest.mark.parametrize(
    ("strategy", "expected"),
    [
        (RetryStrategy.EXPONENTIAL, [1.0, 2.0, 4.0, 8.0, 10.0]),
        (RetryStrategy.LINEAR, [1.0, 2.0, 3.0, 4.0, 5.0]),
        (RetryStrategy.FIXED, [1.0, 1.0, 1.0, 1.0, 1.0]),
    ],
)
def test_each_strategy_grows_in_its_own_way(strategy: RetryStrategy, expected: list[float]) -> None:
    """Exponential doubles, linear adds, fixed stays, and none exceeds the longest delay."""
    policy = RetryPolicy(initial_delay_s=1.0, max_delay_s=10.0, strategy=strategy, jitter=False)

    actual = [policy.delay_s(attempt, random.Random(0)) for attempt in range(1, 6)]

    assert expected == actual


@given(policy=policies, attempt=st.integers(1, 10_000), seed=st.integers())
def test_jitter_only_ever_shortens(policy: RetryPolicy, attempt: int, seed: int) -> None:
    """Whatever the attempt, a delay lies between nothing and both its strategy's and the longest delay."""
    ceiling = RetryPolicy(
        policy.max_attempts, policy.initial_delay_s, policy.max_delay_s, policy.strategy, jitter=False
    ).delay_s(attempt, random.Random(0))

    actual = policy.delay_s(attempt, random.Random(seed))

    assert 0 <= actual <= ceiling <= policy.max_delay_s


def test_full_jitter_spreads_over_the_whole_delay() -> None:
    """Waits are even between zero and the strategy's, so callers that failed together do not come back together."""
    policy = RetryPolicy(initial_delay_s=10.0)
    rng = random.Random(7)
    waits = [policy.delay_s(1, rng) for _ in range(2000)]

    shares = [sum(low <= wait < low + 2.5 for wait in waits) / 2000 for low in (0.0, 2.5, 5.0, 7.5)]

    assert all(0.2 < share < 0.3 for share in shares)


@given(
    policy=policies,
    attempt=st.integers(1, 12),
    now=st.floats(0, 1e6),
    left_s=st.floats(-10, 1000),
    retry_after_s=st.none() | st.floats(0, 1e4),
    seed=st.integers(),
)
def test_no_try_begins_after_the_deadline_or_before_retry_after(
    policy: RetryPolicy, attempt: int, now: float, left_s: float, retry_after_s: float | None, seed: int
) -> None:
    """A pause that is granted ends before the deadline, respects Retry-After and belongs to a try that is left."""
    pause_s = policy.pause_s(attempt, now, now + left_s, random.Random(seed), retry_after_s)

    assert pause_s is None or (
        now + pause_s < now + left_s and pause_s >= (retry_after_s or 0) and attempt < policy.max_attempts
    )


def test_a_retry_after_beyond_the_deadline_ends_the_call() -> None:
    """A try before the Retry-After is pointless, and so is one after the deadline."""
    policy = RetryPolicy(jitter=False)

    pauses = [policy.pause_s(1, 100.0, 110.0, random.Random(0), retry_after_s=wait) for wait in (9.0, 10.0)]

    assert pauses == [9.0, None]


def test_retry_after_may_exceed_our_own_longest_delay() -> None:
    """The longest delay bounds what we choose, not what the server asks for."""
    policy = RetryPolicy(max_delay_s=2.0)

    assert policy.pause_s(1, 0.0, 100.0, random.Random(0), retry_after_s=50.0) == 50.0


@pytest.mark.parametrize(
    "make",
    [
        lambda: RetryPolicy(max_attempts=0),
        lambda: RetryPolicy(initial_delay_s=-1.0),
        lambda: RetryPolicy(initial_delay_s=float("nan")),
        lambda: RetryPolicy(max_delay_s=float("inf")),
    ],
)
def test_an_impossible_policy_is_refused(make: type[RetryPolicy]) -> None:
    """A policy that could never be obeyed cannot be made."""
    with pytest.raises(ValueError, match="must be"):
        make()
