"""What every simulation needs: the program's clock and its named moments, in the hands of the test."""

import gc
import logging
import time
from collections.abc import Callable, Iterator

import pytest
import structlog

from consumer import crash_points
from consumer.kafka import transactions
from tests.sim.broker import Clock
from tests.sim.moments import Moments


@pytest.fixture
def virtual(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    """The program's clock, which the universe moves."""
    clock = Clock()
    monkeypatch.setattr(time, "monotonic", clock)
    # No call takes real time here: the line says itself that one never ends. A thread for each is half of all the time.
    monkeypatch.setattr(transactions, "within", _at_once)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield clock
    # Each universe has frozen what was there before it.
    gc.unfreeze()


@pytest.fixture
def moments(monkeypatch: pytest.MonkeyPatch) -> Moments:
    """The moments at which processes die."""
    made = Moments()
    monkeypatch.setattr(crash_points, "reached", made)
    return made


def _at_once(_: float, call: Callable[[], object], __: str) -> object:
    return call()
