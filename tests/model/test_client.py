"""One attempt at a model that does all that a model can do over HTTP."""

import gzip
import os
import socket
import threading
import time
import tracemalloc
import zlib
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consumer.model.attempt import Answered, Attempt, Denied, Failed, Refused
from consumer.model.client import ModelClient
from consumer.model.types import Label, ModelTicket
from tests.model.model_server import LOCALHOST_PEM, Asked, Door, Script, answer, serve

TICKETS = [ModelTicket("Problema con pago", "No puedo pagar mi factura", "es"), ModelTicket("Card", "It is lost")]
LABEL = Label("billing", 0.9, "payment_issue", 0.8)
GOOD = Answered("m1", ((LABEL,), (LABEL,)))
# Far less than the scripts below would take if nobody cut them, far more than a busy machine needs to cut.
CUT_WITHIN_S = 3.0


def attempt(script: Script, timeout_s: float = 5.0) -> Attempt:
    with serve(script) as server:
        client = ModelClient(server.url)
        try:
            return client.attempt(TICKETS, timeout_s)
        finally:
            client.close()


def drip_headers(_asked: Asked, door: Door) -> None:
    # Cut anywhere behind its first line, this parses as an empty 200.
    door.send(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n")
    door.drip(b"X-Padding: x\r\n" * 1000)


def drip_status_line(_asked: Asked, door: Door) -> None:
    door.drip(b"HTTP/1.1 200 " + b"O" * 10_000)


def drip_body(asked: Asked, door: Door) -> None:
    body = answer(asked.tickets)
    door.send(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body) + 10_000}\r\n\r\n".encode() + body)
    door.drip(b" " * 10_000)


def drip_body_until_close(asked: Asked, door: Door) -> None:
    # Without a length, what came before the cut is a whole and valid answer.
    door.send(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + answer(asked.tickets))
    door.drip(b" " * 10_000)


def drip_chunks(asked: Asked, door: Door) -> None:
    body = answer(asked.tickets)
    door.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n" % (len(body), body))
    door.drip(b"1\r\n \r\n" * 10_000)


def drip_continues(_asked: Asked, door: Door) -> None:
    door.drip(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000)


def drip_error(_asked: Asked, door: Door) -> None:
    door.send(b"HTTP/1.1 400 Bad\r\nContent-Length: 10000\r\n\r\n")
    door.drip(b" " * 10_000)


def hang(_asked: Asked, door: Door) -> None:
    door.hang()


def reset(_asked: Asked, door: Door) -> None:
    door.reset()


def good(asked: Asked, door: Door) -> None:
    door.answer(asked)


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


def raw(response: bytes) -> Script:
    def script(_asked: Asked, door: Door) -> None:
        door.send(response)
        door.connection.shutdown(socket.SHUT_WR)

    return script


def sized(body: bytes, headers: bytes = b"") -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n%b\r\n%b" % (len(body), headers, body)


def chunked(*chunks: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"".join(chunks)


BODY = answer([{"id": "0"}, {"id": "1"}])
BROKEN = Failed("unavailable", "connection_broken")
TOO_LARGE = Failed("garbled", "too_large")


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        pytest.param(sized(BODY), GOOD, id="good"),
        pytest.param(sized(gzip.compress(BODY), b"Content-Encoding: gzip\r\n"), GOOD, id="gzip though not asked for"),
        pytest.param(chunked(b"%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY)), GOOD, id="chunked"),
        pytest.param(b"HTTP/1.0 200 OK\r\n\r\n" + BODY, GOOD, id="until the connection closes"),
        pytest.param(b"", BROKEN, id="closed without a word"),
        pytest.param(b"SSH-2.0-OpenSSH_9.2\r\n", BROKEN, id="not HTTP"),
        pytest.param(sized(BODY)[:-10], BROKEN, id="truncated body"),
        pytest.param(chunked(b"%x\r\n%b" % (len(BODY), BODY[:-10])), BROKEN, id="truncated chunk"),
        pytest.param(chunked(b"zz\r\n"), BROKEN, id="chunk without a size"),
        pytest.param(chunked(b"-1\r\n" + b"x" * 100), BROKEN, id="chunk of size -1"),
        pytest.param(chunked(b"-5\r\n" + b"x" * 100), BROKEN, id="chunk of size -5"),
        pytest.param(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n", BROKEN, id="200 headers"),
        pytest.param(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000 + b"\r\n\r\n", BROKEN, id="endless header"),
        pytest.param(sized(BODY, b"Content-Length: 3\r\n"), BROKEN, id="two lengths"),
        pytest.param(
            sized(b"oops", b"Content-Encoding: gzip\r\n"), Failed("garbled", "content_encoding"), id="not gzip"
        ),
        pytest.param(sized(BODY, b"Content-Encoding: x\r\n").replace(b'"0.9"', b""), GOOD, id="unknown encoding"),
        pytest.param(sized(b"x" * (1 << 20)), Failed("garbled", "not_json"), id="1 MiB"),
        pytest.param(sized(b" " * ((1 << 20) + 1)), TOO_LARGE, id="1 MiB and a byte"),
        pytest.param(b"HTTP/1.1 200 OK\r\n\r\n" + b" " * (3 << 20), TOO_LARGE, id="3 MiB without a length"),
        pytest.param(chunked(b"300000\r\n" + b" " * (3 << 20)), TOO_LARGE, id="3 MiB in a chunk"),
        pytest.param(sized(b'{"error": "overloaded"}'), Failed("garbled", "no_predictions"), id="an error inside"),
        pytest.param(b"HTTP/1.1 204 No Content\r\n\r\n", Failed("garbled", "not_json"), id="no content"),
        pytest.param(
            b"HTTP/1.1 429 Slow\r\nRetry-After: 3\r\nContent-Length: 0\r\n\r\n",
            Failed("unavailable", "http_429", retry_after_s=3.0),
            id="429",
        ),
        pytest.param(b"HTTP/1.1 500 Oops\r\nContent-Length: 100\r\n\r\n", Failed("unavailable", "http_500"), id="500"),
        pytest.param(b"HTTP/1.1 413 Big\r\n\r\n" + b"x" * 100_000, Refused(413), id="413 with a long body"),
        pytest.param(b"HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n", Denied(401), id="401"),
        pytest.param(
            b"HTTP/1.1 302 There\r\nContent-Length: 0\r\n\r\n",
            Failed("unavailable", "http_302", retryable=False),
            id="redirect to nowhere",
        ),
    ],
)
def test_every_response_has_one_meaning(response: bytes, expected: Attempt) -> None:
    """What arrives is a valid answer, or named for what is wrong with it; nothing is raised."""
    assert attempt(raw(response)) == expected


def test_a_reset_is_unavailable() -> None:
    """A connection torn down instead of answered is a failure like another."""
    assert attempt(reset) == BROKEN


def test_a_retry_after_may_be_a_date() -> None:
    """It is read against this machine's clock."""
    date = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + 100))

    outcome = attempt(lambda _asked, door: door.reply(b"", 503, f"Retry-After: {date}\r\n"))

    assert isinstance(outcome, Failed)
    assert 90 < (outcome.retry_after_s or 0) <= 100


def test_a_bomb_does_not_go_off() -> None:
    """A body that unpacks to 64 MiB, packed twice, is given up after a mebibyte."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    once = b"".join(packer.compress(bytes(1 << 20)) for _ in range(64)) + packer.flush()
    bomb = sized(gzip.compress(once), b"Content-Encoding: gzip, gzip\r\n")
    tracemalloc.start()
    try:
        outcome = attempt(raw(bomb))
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert outcome == TOO_LARGE
    assert peak_bytes < 16 << 20


def test_a_redirect_is_not_followed() -> None:
    """Neither tickets nor token travel to an address that the model names."""
    with serve(good) as elsewhere:

        def redirect(_asked: Asked, door: Door) -> None:
            door.reply(b"", 307, f"Location: {elsewhere.url}\r\n")

        outcome = attempt(redirect)

    assert outcome == Failed("unavailable", "http_307", retryable=False)
    assert elsewhere.asked == []


def test_nobody_listening_is_unavailable() -> None:
    """A refused connection and an unknown name both say so."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    outcomes = []
    for host in (f"127.0.0.1:{port}", "no-such-host.invalid", "x" * 70):
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
        "id": "0",
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
    with pytest.raises(ValueError, match="must") as refusal:
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


def test_a_connection_does_not_inherit_the_limit_of_an_earlier_attempt() -> None:
    """An attempt that ended in time leaves nothing behind that could cut the next one."""

    def script(asked: Asked, door: Door) -> None:
        if asked.number == 1:
            door.closing.wait(1.1)
        door.answer(asked)

    with serve(script) as server:
        client = ModelClient(server.url)
        outcomes = [client.attempt(TICKETS, 0.8), client.attempt(TICKETS, 5.0)]
        client.close()

    assert outcomes == [GOOD, GOOD]
    assert server.connections == 1


def test_after_a_cut_the_next_attempt_has_a_fresh_connection() -> None:
    """What is left of a late answer is never taken for the next one."""

    def script(asked: Asked, door: Door) -> None:
        if asked.number == 0:
            drip_body(asked, door)
        door.answer(asked)

    with serve(script) as server:
        client = ModelClient(server.url)
        outcomes = [client.attempt(TICKETS, 0.2), client.attempt(TICKETS, 5.0)]
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


@pytest.mark.parametrize("script", [hang, drip_headers])
def test_closing_ends_the_attempts_in_flight(script: Script) -> None:
    """Shutdown does not wait for a model, and nothing new begins after it."""
    outcomes: list[Attempt] = []
    with serve(script) as server:
        client = ModelClient(server.url)
        callers = [threading.Thread(target=lambda: outcomes.append(client.attempt(TICKETS, 20.0))) for _ in range(4)]
        for caller in callers:
            caller.start()
        until = time.monotonic() + 5.0
        while len(server.asked) < 4 and time.monotonic() < until:
            time.sleep(0.01)
        client.close()
        for caller in callers:
            caller.join(timeout=5.0)
        outcomes.append(client.attempt(TICKETS, 20.0))

    assert outcomes == [Failed("timeout", "timed_out")] * 5
    assert len(server.asked) == 4


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


def test_tls_is_verified_and_its_certificates_can_be_chosen() -> None:
    """A certificate nobody vouches for ends the attempt before a ticket is sent."""
    with serve(good, tls=True) as server:
        trusting = ModelClient(server.url, ca_file=str(LOCALHOST_PEM))
        wary = ModelClient(server.url)
        outcomes = [trusting.attempt(TICKETS, 5.0), wary.attempt(TICKETS, 5.0), trusting.attempt(TICKETS, 5.0)]
        trusting.close()
        wary.close()

    assert outcomes == [GOOD, Failed("unavailable", "tls_failed"), GOOD]
    assert len(server.asked) == 2


@pytest.mark.parametrize("script", [drip_headers, drip_body, drip_body_until_close])
def test_the_time_limit_is_hard_under_tls(script: Script) -> None:
    """The limit cuts the socket under the encryption."""
    with serve(script, tls=True) as server:
        client = ModelClient(server.url, ca_file=str(LOCALHOST_PEM))
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
                    for _ in range(500):
                        connection.sendall(b"\x02")
                        time.sleep(0.02)
                except OSError:
                    pass

        dripper = threading.Thread(target=drip_record)
        dripper.start()
        client = ModelClient(f"https://127.0.0.1:{listener.getsockname()[1]}/")
        began = time.monotonic()
        outcome = client.attempt(TICKETS, 0.3)
        client.close()
        dripper.join()

    assert outcome == Failed("timeout", "timed_out")
    assert time.monotonic() - began < CUT_WITHIN_S


def is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


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


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=300), st.integers(0, len(sized(BODY))), st.integers(0, 300))
def test_no_bytes_make_an_attempt_fail_otherwise(noise: bytes, start: int, length: int) -> None:
    """Any piece of a good response replaced by noise gives an outcome and never an exception."""
    whole = sized(BODY)

    outcome = attempt(raw(whole[:start] + noise + whole[start + length :]), timeout_s=1.0)

    assert isinstance(outcome, Answered | Failed | Refused | Denied)
