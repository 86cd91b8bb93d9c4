"""Calls with a time limit of our own."""

import contextvars
import threading

import pytest

from consumer.bounded import within


def test_what_the_call_returns_or_raises_comes_back() -> None:
    """As if it had been called here, context variables included."""
    variable = contextvars.ContextVar("variable", default="")
    variable.set("ours")

    assert within(10, variable.get, "call") == "ours"
    with pytest.raises(ValueError, match="no number"):
        within(10, lambda: int("no number"), "call")


def test_a_call_that_takes_longer_is_left_behind() -> None:
    """The thread goes on; whoever called does not."""
    released, ended = threading.Event(), threading.Event()

    def stuck() -> None:
        released.wait()
        ended.set()

    with pytest.raises(TimeoutError, match="stuck-call"):
        within(0.01, stuck, "stuck-call")
    assert not ended.is_set()
    released.set()
    assert ended.wait(10)
