"""The hard time limit of one attempt at the model."""

import math
import socket
import threading
import time
from typing import TYPE_CHECKING

import pytest

from consumer.model.attempt import Failed
from consumer.model.client import ModelClient
from consumer.model.connection import LimitedConnection, serving
from consumer.model.types import ModelTicket
from consumer.model.watchdog import Watchdog
from network.tls import Certificates
from tests.support.model_scripts import (
    GOOD,
    TICKETS,
    attempt,
    drip_body,
    drip_body_until_close,
    drip_chunks,
    drip_continues,
    drip_error,
    drip_headers,
    drip_status_line,
    hang,
)
from tests.support.model_server import LOCALHOST_PEM, Asked, Door, Script, serve
from tests.support.waiting import until

if TYPE_CHECKING:
    from consumer.model.attempt import Attempt

# Far less than the scripts would take if nobody cut them, far more than a busy machine needs to cut.
CUT_WITHIN_S = 15.0
# For attempts that end by themselves, also on a busy machine.
PATIENT_S = 20.0


@pytest.mark.parametrize(
    "script",
    [
        hang,
        drip_status_line,
        drip_headers,
        drip_body,
        drip_body_until_close,
        drip_chunks,
        drip_continues,
        drip_error,
    ],
)
def test_the_time_limit_is_hard(script: Script) -> None:
    """An answer that hangs or drips, in the headers or the body, is a timeout when the time is up."""
    began = time.monotonic()
    outcome = attempt(script, timeout_s=0.3)

    assert outcome == Failed("timeout", "timed_out")
    assert 0.3 <= time.monotonic() - began < CUT_WITHIN_S


def test_a_connection_does_not_inherit_the_limit_of_an_earlier_attempt() -> None:
    """An attempt that ended in time leaves nothing behind that could cut the next one."""
    limit_s = 1.0
    limit_is_over_s = math.inf

    def script(asked: Asked, door: Door) -> None:
        if asked.number == 2:
            # The model must still be at the third request when the limit of the second one would go off.
            door.closing.wait(limit_is_over_s - time.monotonic())
        door.answer(asked)

    with serve(script) as server:
        client = ModelClient(server.url)
        # The first attempt opens the connection, so that the limited one needs no more than a round trip.
        outcomes = [client.attempt(TICKETS, PATIENT_S), client.attempt(TICKETS, limit_s)]
        limit_is_over_s = time.monotonic() + limit_s + 0.1
        outcomes.append(client.attempt(TICKETS, PATIENT_S))
        client.close()

    assert outcomes == [GOOD] * 3
    assert server.connections == 1


def test_after_a_cut_the_next_attempt_has_a_fresh_connection() -> None:
    """What is left of a late answer is never taken for the next one."""

    def script(asked: Asked, door: Door) -> None:
        if asked.number == 0:
            drip_body(asked, door)
        door.answer(asked)

    with serve(script) as server:
        client = ModelClient(server.url)
        outcomes = [client.attempt(TICKETS, 0.2), client.attempt(TICKETS, PATIENT_S)]
        client.close()

    assert outcomes == [Failed("timeout", "timed_out"), GOOD]
    assert server.connections == 2


def test_a_server_that_does_not_read_is_cut() -> None:
    """A request too large for the buffers of the network ends at the limit too."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = ModelClient(f"http://127.0.0.1:{listener.getsockname()[1]}/")
        began = time.monotonic()
        outcome = client.attempt([ModelTicket("s", "d" * (16 << 20))], 0.3)
        client.close()

    assert outcome == Failed("timeout", "timed_out")
    assert time.monotonic() - began < CUT_WITHIN_S


def test_the_limit_is_the_only_timer() -> None:
    """A timeout of the socket's own could go off just before the limit, and would pass for a broken connection."""
    watchdog = Watchdog("test-watchdog")
    with socket.create_server(("127.0.0.1", 0)) as listener, watchdog.limit(PATIENT_S) as limit:
        token = serving.set(limit)
        connection = LimitedConnection("127.0.0.1", listener.getsockname()[1])
        connection.connect()
        timeout_s = connection.sock.gettimeout()
        connection.close()
        serving.reset(token)
    watchdog.close()

    assert timeout_s is None


@pytest.mark.parametrize("script", [hang, drip_headers])
def test_closing_ends_the_attempts_in_flight(script: Script) -> None:
    """Shutdown does not wait for a model, and nothing new begins after it."""
    outcomes: list[Attempt] = []
    with serve(script) as server:
        client = ModelClient(server.url)
        threads = [threading.Thread(target=lambda: outcomes.append(client.attempt(TICKETS, 60.0))) for _ in range(4)]
        for thread in threads:
            thread.start()
        until(lambda: len(server.asked) == 4)
        client.close()
        for thread in threads:
            thread.join(timeout=CUT_WITHIN_S)
        outcomes.append(client.attempt(TICKETS, PATIENT_S))

    assert outcomes == [Failed("timeout", "timed_out")] * 5
    assert len(server.asked) == 4


@pytest.mark.parametrize("script", [drip_headers, drip_body, drip_body_until_close])
def test_the_time_limit_is_hard_under_tls(script: Script) -> None:
    """The limit cuts the socket under the encryption."""
    with serve(script, tls=True) as server:
        client = ModelClient(server.url, certificates=Certificates("ML_API", str(LOCALHOST_PEM)))
        began = time.monotonic()
        outcome = client.attempt(TICKETS, 0.4)
        client.close()

    assert outcome == Failed("timeout", "timed_out")
    assert time.monotonic() - began < CUT_WITHIN_S


def test_the_time_limit_bounds_the_handshake() -> None:
    """A server that accepts the connection and then drips a TLS record is cut as well."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def drip_record() -> None:
            connection = listener.accept()[0]
            with connection:
                try:
                    connection.sendall(b"\x16\x03\x03\x40\x00")
                    for _ in range(2000):
                        connection.sendall(b"\x02")
                        # The pace of the drips: nothing is waited for.
                        time.sleep(0.02)
                except OSError:
                    pass

        dripper = threading.Thread(target=drip_record)
        dripper.start()
        # To read the usual certificates may take longer than the limit on a busy machine. The limit would then cut the
        # connection before the handshake has begun.
        client = ModelClient(
            f"https://127.0.0.1:{listener.getsockname()[1]}/", certificates=Certificates("ML_API", str(LOCALHOST_PEM))
        )
        began = time.monotonic()
        outcome = client.attempt(TICKETS, 0.3)
        client.close()
        dripper.join()

    assert outcome == Failed("timeout", "timed_out")
    assert time.monotonic() - began < CUT_WITHIN_S
