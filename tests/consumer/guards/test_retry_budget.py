"""The retry budget."""

import threading

from hypothesis import given
from hypothesis import strategies as st

from consumer.guards.retry_budget import WINDOW_S, RetryBudget

steps = st.lists(st.tuples(st.floats(0, 3), st.sampled_from(["answered", "failed", "retry"])), min_size=1, max_size=200)


@given(steps)
def test_it_agrees_with_counting_everything_again(moves: list[tuple[float, str]]) -> None:
    """A retry is granted unless half of the window's calls failed and its share, or its floor, is used up."""
    budget = RetryBudget()
    now = 1000.0
    seen: list[tuple[int, str]] = []
    for pause_s, what in moves:
        now += pause_s
        window = [kind for second, kind in seen if second > int(now) - WINDOW_S]
        calls = len(window) - window.count("retry")
        bites = calls > 0 and window.count("failed") >= calls / 2
        expected = not bites or window.count("retry") < max(10, calls / 10)
        if what == "retry":
            granted = budget.take(now)
            assert expected == granted
        else:
            granted = True
            budget.record(now, failed=what == "failed")
        if granted:
            seen.append((int(now), what))


def test_scattered_errors_are_retried_in_full() -> None:
    """As long as most calls are answered, every retry is granted."""
    budget = RetryBudget()
    for number in range(100):
        budget.record(50.0, failed=number % 10 < 4)

    assert all(budget.take(50.0) for _ in range(1000))


def test_an_outage_is_not_doubled() -> None:
    """While all calls fail, retries add a tenth."""
    budget = RetryBudget()
    for _ in range(1000):
        budget.record(50.0, failed=True)

    assert sum(budget.take(50.0) for _ in range(1000)) == 100


def test_one_failure_at_a_quiet_time_denies_no_retries() -> None:
    """The next call after a failed one may still be retried, though a tenth of one call is none."""
    budget = RetryBudget()
    budget.record(50.0, failed=True)

    assert [budget.take(51.0) for _ in range(11)] == [True] * 10 + [False]


def test_ten_seconds_later_all_is_forgotten() -> None:
    """An outage bites no longer than the window remembers it."""
    budget = RetryBudget()
    for _ in range(100):
        budget.record(50.0, failed=True)
    for _ in range(10):
        budget.take(50.0)

    assert (budget.take(59.9), budget.take(60.0)) == (False, True)


def test_many_threads_share_one_budget() -> None:
    """Sixteen threads together get no more than the budget holds."""
    budget = RetryBudget()
    for _ in range(1000):
        budget.record(50.0, failed=True)
    granted: list[bool] = []
    threads = [threading.Thread(target=lambda: granted.extend(budget.take(50.0) for _ in range(50))) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(granted) == 100


def test_its_use_is_shown_while_it_is_in_force() -> None:
    """Of ten retries at a quiet time five are a half; nothing is used while most calls are answered."""
    budget = RetryBudget()
    budget.record(50.0, failed=True)
    for _ in range(5):
        budget.take(50.0)
    halfway = budget.used(50.0)
    for _ in range(5):
        budget.take(50.0)
    full = budget.used(50.0)
    for _ in range(2):
        budget.record(50.0, failed=False)

    assert (halfway, full, budget.used(50.0), budget.used(50.0 + WINDOW_S)) == (0.5, 1.0, 0.0, 0.0)
