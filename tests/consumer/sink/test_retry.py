"""The pauses of a sink whose ClickHouse is down: longer and longer, and not for ever."""

from consumer.sink.retry import FIRST_PAUSE_S, GIVE_UP_AFTER_S, MAX_PAUSE_S, Retry


def test_pauses_double_up_to_their_bound() -> None:
    """Each failure makes the next pause longer; a new retry begins with the first pause."""
    retry = Retry()

    assert [retry.failed(0.0) for _ in range(7)] == [0.5, 1.0, 2.0, 4.0, 8.0, MAX_PAUSE_S, MAX_PAUSE_S]
    assert Retry().failed(0.0) == FIRST_PAUSE_S


def test_a_try_is_due_when_its_pause_is_over() -> None:
    """Before the first failure nothing is pending."""
    retry = Retry()
    before = retry.is_pending, retry.is_due(10.0)
    retry.failed(10.0)

    assert before == (False, False)
    assert retry.is_pending
    assert not retry.is_due(10.0 + FIRST_PAUSE_S - 0.01)
    assert retry.is_due(10.0 + FIRST_PAUSE_S)


def test_a_wait_for_something_else_makes_no_pause_shorter_or_longer() -> None:
    """The registry is waited for while ClickHouse is: the later moment counts, and the pauses go on as they were."""
    retry = Retry()
    retry.failed(0.0)
    retry.failed(0.5)
    retry.wait(FIRST_PAUSE_S, 0.6)
    assert not retry.is_due(1.4)
    assert retry.is_due(1.5)

    assert retry.failed(1.5) == 2.0


def test_it_is_overdue_after_a_time_that_is_counted_from_the_first_try() -> None:
    """Later tries do not put it off."""
    retry = Retry()
    assert not retry.is_overdue(1e9)
    for second in (0.0, 5.0, 500.0):
        retry.begin(second)

    assert not retry.is_overdue(GIVE_UP_AFTER_S)
    assert retry.is_overdue(GIVE_UP_AFTER_S + 0.1)
