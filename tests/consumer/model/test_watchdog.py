"""The hard limit on an attempt's time, on bare sockets."""

import socket
import time
from collections.abc import Iterator

import pytest

from consumer.model.watchdog import Limit, Watchdog


@pytest.fixture(name="watchdog")
def _watchdog() -> Iterator[Watchdog]:
    watchdog = Watchdog("test-watchdog")
    yield watchdog
    watchdog.close()


@pytest.fixture(name="pair")
def _pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    near, far = socket.socketpair()
    near.settimeout(5.0)
    with near, far:
        yield near, far


def expires(limit: Limit) -> None:
    until = time.monotonic() + 5.0
    while not limit.expired and time.monotonic() < until:
        time.sleep(0.005)


def test_a_read_ends_when_the_time_is_up(watchdog: Watchdog, pair: tuple[socket.socket, socket.socket]) -> None:
    """The socket reads as ended, and the flag says why."""
    with watchdog.limit(0.05) as limit:
        line = limit.open(pair[0])
        received = pair[0].recv(1)
    line.drop()

    assert (received, limit.expired) == (b"", True)


def test_a_limit_is_kept_though_the_thread_was_asleep(
    watchdog: Watchdog, pair: tuple[socket.socket, socket.socket]
) -> None:
    """Having nothing left to wait for, the thread is woken by the next limit."""
    with watchdog.limit(0.01) as first:
        expires(first)
    with watchdog.limit(0.05) as limit:
        line = limit.open(pair[0])
        began = time.monotonic()
        pair[0].recv(1)
    line.drop()

    assert limit.expired
    assert time.monotonic() - began < 3.0


def test_a_line_that_another_attempt_has_taken_is_not_cut(
    watchdog: Watchdog, pair: tuple[socket.socket, socket.socket]
) -> None:
    """Between its last byte and its end an attempt no longer owns the connection it has given back to the pool."""
    with watchdog.limit(0.05) as first:
        line = first.open(pair[0])
        with watchdog.limit(60.0) as second:
            second.attach(line)
            expires(first)
            pair[1].sendall(b"x")
            received = pair[0].recv(1)
    line.drop()

    assert (first.expired, second.expired, received) == (True, False, b"x")


def test_a_connection_that_is_ready_too_late_is_not_used(
    watchdog: Watchdog, pair: tuple[socket.socket, socket.socket]
) -> None:
    """What begins after the time was up ends at once."""
    with watchdog.limit(0.0) as limit:
        expires(limit)
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
