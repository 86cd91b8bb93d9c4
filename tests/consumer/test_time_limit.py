"""Calls with a time limit of our own."""

import contextlib
import contextvars
import gc
import threading
import weakref
from collections.abc import Iterator

import pytest

from consumer.time_limit import Running, StillRunning, within
from tests.support.waiting import until


def test_what_the_call_returns_or_raises_comes_back() -> None:
    """As if it had been called here, context variables included."""
    variable = contextvars.ContextVar("variable", default="")
    variable.set("ours")

    assert within(10, variable.get, "call") == "ours"
    with pytest.raises(ValueError, match="no number"):
        within(10, lambda: int("no number"), "call")


def test_a_call_that_takes_longer_is_left_behind() -> None:
    """The call's thread runs on; the caller does not wait for it."""
    released, ended = threading.Event(), threading.Event()

    def stuck() -> None:
        released.wait()
        ended.set()

    with pytest.raises(TimeoutError, match="stuck-call"):
        within(0.01, stuck, "stuck-call")
    assert not ended.is_set()
    released.set()
    assert ended.wait(10)


def test_a_call_runs_beside_its_caller() -> None:
    """It has ended when it has a result, and not before; an error comes with the result."""
    released = threading.Event()
    running = Running(released.wait, "call")
    failing = Running(lambda: int("no number"), "call")

    assert not running.has_ended
    released.set()
    until(lambda: running.has_ended and failing.has_ended)
    assert running.result()
    with pytest.raises(ValueError, match="no number"):
        failing.result()


@pytest.fixture
def _uncollected() -> Iterator[None]:
    """Without the collection of garbage, which the service puts off."""
    gc.disable()
    yield
    gc.enable()


class Part:
    """An object with a call that can be made to fail."""

    def __init__(self, released: threading.Event) -> None:
        self._released = released

    def fail(self) -> None:
        self._released.wait()
        raise ValueError("no")


@pytest.mark.usefixtures("_uncollected")
def test_nothing_stays_of_a_call_that_failed() -> None:
    released = threading.Event()
    released.set()
    part = Part(released)
    gone = weakref.ref(part)

    with contextlib.suppress(ValueError):
        within(10, part.fail, "call")
    del part

    until(lambda: gone() is None)


@pytest.mark.usefixtures("_uncollected")
def test_nothing_stays_of_a_call_that_failed_after_it_was_left_behind() -> None:
    released = threading.Event()
    part = Part(released)
    gone = weakref.ref(part)

    with contextlib.suppress(StillRunning):
        within(0.01, part.fail, "stuck-call")
    del part
    assert gone() is not None
    released.set()

    until(lambda: gone() is None)
