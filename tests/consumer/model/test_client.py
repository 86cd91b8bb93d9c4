"""The model's client: what it sends, and what it keeps."""

import contextlib
import gc
import os
import socket
import stat
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from consumer.model.attempt import Answered, Failed
from consumer.model.client import ModelClient
from network.tls import Certificates
from tests.support.model_scripts import GOOD, LABEL, TICKETS, drip_body, drip_body_until_close, good, hang, reset
from tests.support.model_server import LOCALHOST_PEM, Asked, Door, Script, serve

if TYPE_CHECKING:
    from consumer.model.attempt import Attempt


def test_nobody_listening_is_unavailable() -> None:
    """A refused connection and an unknown name both say so."""
    outcomes = []
    # Bound and not listening: the port refuses connections, and no other process can take it.
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        for host in (f"127.0.0.1:{bound.getsockname()[1]}", "no-such-host.invalid", "x" * 70):
            client = ModelClient(f"http://{host}/")
            outcomes.append(client.attempt(TICKETS, 5.0))
            client.close()

    assert outcomes == [Failed("unavailable", "connect_failed")] * 3


@pytest.fixture(name="echo")
def _echo() -> Callable[..., Asked]:
    """Ask a model once and return what it was asked."""

    def ask(*, token: str | None = None, traceparent: str | None = None, user: str = "") -> Asked:
        with serve(good) as server:
            client = ModelClient(server.url.replace("://", f"://{user}"), token=token)
            outcome = client.attempt(TICKETS, 5.0, traceparent)
            client.close()
        assert outcome == GOOD
        return server.asked[0]

    return ask


def test_the_request_carries_what_the_contract_says(echo: Callable[..., Asked]) -> None:
    """Token, trace and tickets; and it asks for no compression."""
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    asked = echo(token="s3cret", traceparent=trace)
    names = ("authorization", "traceparent", "accept-encoding", "content-type", "user-agent")

    assert [asked.headers[name] for name in names] == [
        "Bearer s3cret",
        trace,
        "identity",
        "application/json",
        "ticketstream",
    ]
    assert asked.tickets[0] == {
        "id": asked.tickets[0]["id"],
        "subject": "Problema con pago",
        "description": "No puedo pagar mi factura",
        "language": "es",
    }


@pytest.mark.parametrize("trace", ["", "00-xyz", "00-" + "a" * 32 + "-" + "b" * 16 + "-01\r\nX-Evil: 1"])
def test_a_trace_that_is_not_one_is_not_passed_on(echo: Callable[..., Asked], trace: str) -> None:
    """A record's header is anybody's, so it cannot add headers to our request."""
    asked = echo(traceparent=trace)

    assert {"traceparent", "x-evil"} & asked.headers.keys() == set()


def test_the_environment_has_no_say(echo: Callable[..., Asked], monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy meant for other traffic gets no tickets."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")

    assert "authorization" not in echo().headers


def test_credentials_in_the_address_are_sent_unless_there_is_a_token(echo: Callable[..., Asked]) -> None:
    """As every HTTP client does; the token is the more particular of the two."""
    basic = echo(user="ana:pw@").headers["authorization"]
    bearer = echo(user="ana:pw@", token="s3cret").headers["authorization"]

    assert (basic, bearer) == ("Basic YW5hOnB3", "Bearer s3cret")


@pytest.mark.parametrize(
    ("url", "token"),
    [
        ("ftp://ana:hunter2@host/", None),
        ("hunter2", None),
        ("http://", None),
        ("http://host/", "hunter2\r\nX-Evil: 1"),
        ("http://host/", "hunter2é"),
    ],
)
def test_what_cannot_be_sent_is_refused_at_once_and_in_silence(url: str, token: str | None) -> None:
    """The message names the mend and none of the secrets."""
    with pytest.raises(ValueError, match=r"must|is not") as refusal:
        ModelClient(url, token=token)

    assert "hunter2" not in str(refusal.value)


def test_one_connection_serves_many_attempts() -> None:
    """Also after errors, whose short bodies are read to keep it."""

    def script(asked: Asked, door: Door) -> None:
        if asked.number % 2:
            door.reply(b"busy", 503)
        else:
            door.answer(asked)

    with serve(script) as server:
        client = ModelClient(server.url)
        outcomes = [client.attempt(TICKETS, 5.0) for _ in range(6)]
        client.close()

    assert outcomes == [GOOD, Failed("unavailable", "http_503")] * 3
    assert server.connections == 1


def test_sixteen_threads_share_a_client() -> None:
    """Answers reach those who asked, over no more connections than there are threads."""
    with serve(good) as server:
        client = ModelClient(server.url, concurrency=16)
        outcomes: list[tuple[int, Attempt]] = []

        def work(size: int) -> None:
            outcomes.extend((size, client.attempt(TICKETS[:1] * size, 10.0)) for _ in range(20))

        threads = [threading.Thread(target=work, args=(size,)) for size in range(1, 17)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        client.close()

    assert all(outcome == Answered("m1", ((LABEL,),) * size) for size, outcome in outcomes)
    assert len(outcomes) == 320
    assert server.connections <= 16


def connections_to(port: int) -> int:
    """How many connections this process has to a port; several of its sockets may be of one."""
    ends = set()
    for number in range(256):
        if is_open(number) and stat.S_ISSOCK(os.fstat(number).st_mode):
            with socket.socket(fileno=os.dup(number)) as copy, contextlib.suppress(OSError):
                if copy.getpeername()[1] == port:
                    ends.add(copy.getsockname())
    return len(ends)


@pytest.mark.parametrize(("kept_idle_s", "left"), [(0.05, 1), (60.0, 4)])
def test_connections_of_a_peak_are_closed_when_idle(kept_idle_s: float, left: int) -> None:
    """Four calls at once, then one at a time: idle connections are closed, and calls are still answered."""
    together = threading.Barrier(4)

    def script(asked: Asked, door: Door) -> None:
        if asked.number < 4:
            together.wait(10)
        door.answer(asked)

    with serve(script) as server:
        client = ModelClient(server.url, kept_idle_s=kept_idle_s)
        threads = [threading.Thread(target=client.attempt, args=(TICKETS, 10.0)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        outcomes = []
        for _ in range(3):
            # Idle time is the point of this test: longer than the short limit, shorter than the long one.
            time.sleep(0.1)
            outcomes.append(client.attempt(TICKETS, 5.0))
        kept = connections_to(urlsplit(server.url).port or 0)
        client.close()

    assert outcomes == [GOOD] * 3
    assert kept == left


def test_tls_is_verified_and_its_certificates_can_be_chosen() -> None:
    """An untrusted certificate ends the attempt before a ticket is sent."""
    with serve(good, tls=True) as server:
        trusting = ModelClient(server.url, certificates=Certificates("ML_API", str(LOCALHOST_PEM)))
        wary = ModelClient(server.url)
        outcomes = [trusting.attempt(TICKETS, 5.0), wary.attempt(TICKETS, 5.0), trusting.attempt(TICKETS, 5.0)]
        trusting.close()
        wary.close()

    assert outcomes == [GOOD, Failed("unavailable", "tls_failed"), GOOD]
    assert len(server.asked) == 2


def is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


@pytest.mark.parametrize("script", [None, reset, hang], ids=["refused", "reset", "hang"])
def test_a_failed_attempt_leaves_no_garbage(script: Script | None) -> None:
    """Each would keep its request, 40 kB and more, until garbage is collected: in this service once in many hours."""
    attempts = 20
    with serve(script or good) as server:
        client = ModelClient(server.url if script else "http://127.0.0.1:9/")
        client.attempt(TICKETS, 0.05)
        gc.collect()
        gc.disable()
        try:
            outcomes = {type(client.attempt(TICKETS, 0.05)) for _ in range(attempts)}
            left = gc.collect()
        finally:
            gc.enable()
        client.close()

    assert outcomes == {Failed}
    assert left < attempts


def test_nothing_is_left_open() -> None:
    """Attempts that are answered, cut, broken and refused leave no file descriptor and no thread behind."""

    scripts: list[Script] = [drip_body_until_close, drip_body, reset, good]

    def script(asked: Asked, door: Door) -> None:
        scripts[asked.number % 4](asked, door)

    def run() -> tuple[int, int]:
        with serve(script) as server:
            client = ModelClient(server.url)
            for _ in range(8):
                client.attempt(TICKETS, 0.1)
            client.close()
        return sum(is_open(number) for number in range(256)), threading.active_count()

    before, after = run(), run()

    assert before == after
