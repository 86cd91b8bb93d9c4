"""The hard limit on an attempt's time, on bare sockets."""

import socket
import time
from collections.abc import Iterator

import pytest

from consumer.model.watchdog import Limit, Watchdog
from tests.support.waiting import until

# Long enough for a busy machine to hand over a connection before it.
CUT_AFTER_S = 0.3


@pytest.fixture(name="watchdog")
def _watchdog() -> Iterator[Watchdog]:
    watchdog = Watchdog("test-watchdog")
    yield watchdog
    watchdog.close()


@pytest.fixture(name="pair")
def _pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    near, far = socket.socketpair()
    near.settimeout(20.0)
    with near, far:
        yield near, far


def wait_for_expiry(limit: Limit) -> None:
    until(lambda: limit.expired)


def test_a_read_ends_when_the_time_is_up(watchdog: Watchdog, pair: tuple[socket.socket, socket.socket]) -> None:
    """The socket reads as ended, and the flag says why."""
    with watchdog.limit(CUT_AFTER_S) as limit:
        line = limit.open(pair[0])
        received = pair[0].recv(1)
    line.drop()

    assert (received, limit.expired) == (b"", True)


def test_a_limit_is_kept_though_the_thread_was_asleep(
    watchdog: Watchdog, pair: tuple[socket.socket, socket.socket]
) -> None:
    """The thread has no limit to wait for, and the next limit wakes it."""
    with watchdog.limit(0.01) as first:
        wait_for_expiry(first)
    with watchdog.limit(CUT_AFTER_S) as limit:
        line = limit.open(pair[0])
        began = time.monotonic()
        pair[0].recv(1)
    line.drop()

    assert limit.expired
    assert time.monotonic() - began < 15.0


def test_a_line_that_a_later_attempt_has_taken_is_not_cut(
    watchdog: Watchdog, pair: tuple[socket.socket, socket.socket]
) -> None:
    """After its last byte an attempt has given its connection back to the pool and no longer owns it."""
    with watchdog.limit(CUT_AFTER_S) as first:
        line = first.open(pair[0])
        with watchdog.limit(60.0) as second:
            second.attach(line)
            wait_for_expiry(first)
            pair[1].sendall(b"x")
            received = pair[0].recv(1)
    line.drop()

    assert (first.expired, second.expired, received) == (True, False, b"x")


def test_a_connection_that_is_ready_too_late_is_not_used(
    watchdog: Watchdog, pair: tuple[socket.socket, socket.socket]
) -> None:
    """What begins after the time was up ends at once."""
    with watchdog.limit(0.0) as limit:
        wait_for_expiry(limit)
        with pytest.raises(TimeoutError):
            limit.open(pair[0])


def test_closing_expires_everything(watchdog: Watchdog, pair: tuple[socket.socket, socket.socket]) -> None:
    """What is under way is cut, and what comes later is expired from the start."""
    with watchdog.limit(60.0) as limit:
        line = limit.open(pair[0])
        watchdog.close()
        received = pair[0].recv(1)
    line.drop()
    with watchdog.limit(60.0) as late:
        assert (received, limit.expired, late.expired) == (b"", True, True)
