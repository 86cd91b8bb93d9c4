"""What the model's responses mean, sent as bytes over a real socket."""

import gzip
import time
import tracemalloc
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consumer.model.attempt import Answered, Attempt, Denied, Failed, Refused
from tests.support.model_scripts import BODY, GOOD, attempt, chunked, good, raw, reset, sized
from tests.support.model_server import Asked, Door, serve

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
        pytest.param(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 20_000 + b"\r\n", BROKEN, id="20,000 headers"),
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
    """Every response is either a valid answer or a failure with a reason; nothing is raised."""
    assert attempt(raw(response)) == expected


def test_a_reset_is_unavailable() -> None:
    """A connection that is reset instead of answered is an ordinary failure."""
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


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300), st.integers(0, len(sized(BODY))), st.integers(0, 300))
def test_no_bytes_make_an_attempt_fail_otherwise(noise: bytes, start: int, length: int) -> None:
    """Any piece of a good response replaced by noise gives an outcome and never an exception."""
    whole = sized(BODY)

    outcome = attempt(raw(whole[:start] + noise + whole[start + length :]), timeout_s=1.0)

    assert isinstance(outcome, Answered | Failed | Refused | Denied)
