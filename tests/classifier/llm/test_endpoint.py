"""The endpoint over real sockets: keys, redirects, proxies, certificates, and bounds of time and size."""

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import pytest

from classifier.llm.chat.endpoint import MOST_BYTES, Answer, Endpoint, Unanswered, Way, chat_address
from tests.support.forward_proxy import forward_proxy
from tests.support.tls_front import HOST, Papers, listening, tls_front

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-RateLimit-Remaining-Requests: 7\r\n\r\n{}"
KEY = "sk-canary-7f3a"


class Spoken(NamedTuple):
    port: int
    heads: list[str]


@contextlib.contextmanager
def saying(*parts: bytes, pause_s: float = 0.0) -> Iterator[Spoken]:
    """A server that says this to every request, in parts, and then closes the connection."""
    heads: list[str] = []

    def attend(connection: socket.socket) -> None:
        received = b""
        while b"\r\n\r\n" not in received or not received.endswith(b"}"):
            if not (more := connection.recv(1 << 16)):
                return
            received += more
        heads.append(received.partition(b"\r\n\r\n")[0].decode("latin-1"))
        for part in parts:
            connection.sendall(part)
            time.sleep(pause_s)

    with listening(attend) as port:
        yield Spoken(port, heads)


def ask(address: str, within_s: float = 5.0, way: Way | None = None, key: str = KEY) -> Answer | Unanswered:
    endpoint = Endpoint(address, key, way=way)
    try:
        return endpoint.ask({"model": "m"}, within_s)
    finally:
        endpoint.close()


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ("https://api.openai.com/v1", "https://api.openai.com/v1/chat/completions"),
        ("https://api.openai.com/v1/", "https://api.openai.com/v1/chat/completions"),
        ("https://api.openai.com/v1/chat/completions", "https://api.openai.com/v1/chat/completions"),
        ("http://localhost:11434", "http://localhost:11434/v1/chat/completions"),
        (
            "https://me.openai.azure.com/openai/deployments/d/chat/completions?api-version=1",
            "https://me.openai.azure.com/openai/deployments/d/chat/completions?api-version=1",
        ),
        ("https://me.openai.azure.com/openai/v1/?x=1", "https://me.openai.azure.com/openai/v1/chat/completions?x=1"),
        ("https://openrouter.ai/api/v1", "https://openrouter.ai/api/v1/chat/completions"),
    ],
)
def test_an_address_may_be_written_as_providers_write_it(given: str, address: str) -> None:
    """As base, with or without the slash, as a whole, or as a host alone."""
    assert chat_address(given) == address


def test_the_key_goes_along_and_headers_come_back_in_small_letters() -> None:
    """As a bearer token."""
    with saying(OK) as server:
        answer = ask(f"http://127.0.0.1:{server.port}/v1")

    assert isinstance(answer, Answer)
    assert (answer.status, answer.body, answer.headers["x-ratelimit-remaining-requests"]) == (200, b"{}", "7")
    assert f"\r\nAuthorization: Bearer {KEY}" in server.heads[0]
    assert server.heads[0].startswith("POST /v1/chat/completions HTTP/1.1")


def test_azure_takes_the_key_in_a_header_of_its_own() -> None:
    """A bearer token there is another kind of credential."""
    with saying(OK) as server, forward_proxy({"me.openai.azure.com": server.port}) as proxy:
        answer = ask("http://me.openai.azure.com/openai/v1", way=Way(proxy=proxy.url))

    assert isinstance(answer, Answer)
    assert f"\r\napi-key: {KEY}" in server.heads[0]
    assert "authorization:" not in server.heads[0].lower()


def test_no_key_is_no_header() -> None:
    """Ollama and llama.cpp ask for none."""
    with saying(OK) as server:
        ask(f"http://127.0.0.1:{server.port}/v1", key="")

    assert "authorization:" not in server.heads[0].lower()


def test_no_netrc_and_no_proxy_of_the_environment_has_a_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The key stays the one of the settings, and the way is theirs."""
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password of-the-netrc\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "")

    with saying(OK) as server:
        answers = [ask(f"http://127.0.0.1:{server.port}/v1", key=key) for key in (KEY, "")]

    assert all(isinstance(answer, Answer) for answer in answers)
    assert [head for head in server.heads if "Basic" in head] == []


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(status: int) -> None:
    """Neither key nor ticket reaches another address."""
    with saying(OK) as elsewhere:
        moved = f"HTTP/1.1 {status} M\r\nLocation: http://127.0.0.1:{elsewhere.port}/\r\nContent-Length: 0\r\n\r\n"
        with saying(moved.encode()) as server:
            answer = ask(f"http://127.0.0.1:{server.port}/v1")

    assert isinstance(answer, Answer)
    assert answer.status == status
    assert elsewhere.heads == []


def test_a_proxy_with_credentials_is_used() -> None:
    """A plain request goes through it whole."""
    with saying(OK) as server, forward_proxy({"llm.test": server.port}, authorization="Basic bWU6cEBzcw==") as proxy:
        answer = ask("http://llm.test/v1", way=Way(proxy=f"http://me:p%40ss@127.0.0.1:{proxy.port}"))

    assert isinstance(answer, Answer)
    assert proxy.asked == [("POST", "http://llm.test/v1/chat/completions")]


def test_tls_trusts_the_given_authority_through_a_tunnel_too(tmp_path: Path) -> None:
    """Directly, and by CONNECT."""
    papers = Papers(tmp_path)
    way = Way(ssl.create_default_context(cafile=papers.ca_file))
    with saying(OK) as server, tls_front(server.port, papers.server()) as port, forward_proxy({HOST: port}) as proxy:
        answers = [
            ask(f"https://127.0.0.1:{port}/v1", way=way),
            ask(f"https://{HOST}/v1", way=way._replace(proxy=proxy.url)),
        ]

    assert [answer.status for answer in answers if isinstance(answer, Answer)] == [200, 200]
    assert proxy.asked == [("CONNECT", f"{HOST}:443")]


def test_an_untrusted_certificate_is_no_connection(tmp_path: Path) -> None:
    """The request is not sent."""
    with saying(OK) as server, tls_front(server.port, Papers(tmp_path).server()) as port:
        answer = ask(f"https://127.0.0.1:{port}/v1", way=Way(explain=lambda _: "said"))

    assert answer == Unanswered("unreachable", "said")
    assert server.heads == []


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{",
        b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"a":\r\n',
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
        b"not HTTP at all\r\n\r\n",
    ],
)
def test_an_answer_that_ends_in_the_middle_is_cut(said: bytes) -> None:
    """Nothing of it is used."""
    with saying(said) as server:
        answer = ask(f"http://127.0.0.1:{server.port}/v1")

    assert isinstance(answer, Unanswered)
    assert answer.outcome == "cut"


def test_an_answer_without_end_is_cut() -> None:
    """It is not kept beyond its bound."""
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {MOST_BYTES * 2}\r\n\r\n".encode()
    with saying(head + b" " * (MOST_BYTES * 2)) as server:
        answer = ask(f"http://127.0.0.1:{server.port}/v1", 20)

    assert isinstance(answer, Unanswered)
    assert answer.outcome == "cut"


def test_an_answer_that_drips_is_a_timeout() -> None:
    """Also where each byte comes in time."""
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"
    with saying(head, *[b" "] * 100, pause_s=0.05) as server:
        began = time.monotonic()
        answer = ask(f"http://127.0.0.1:{server.port}/v1", 0.3)
        took_s = time.monotonic() - began

    assert answer == Unanswered("timeout")
    assert took_s < 1.5


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_closing_ends_what_is_in_flight(tmp_path: Path, scheme: str) -> None:
    """A server that stops does not wait for an endpoint that is silent."""
    papers, asked, ended = Papers(tmp_path), threading.Event(), threading.Event()

    def silent(connection: socket.socket) -> None:
        connection.recv(1 << 16)
        asked.set()
        ended.wait(30)

    way = Way(ssl.create_default_context(cafile=papers.ca_file))
    with (
        listening(silent) as plain,
        tls_front(plain, papers.server()) as front,
        ThreadPoolExecutor(1) as threads,
    ):
        endpoint = Endpoint(f"{scheme}://127.0.0.1:{front if scheme == 'https' else plain}/v1", KEY, way=way)
        asking = threads.submit(endpoint.ask, {"model": "m"}, 60.0)
        assert asked.wait(10)
        endpoint.close()
        answer = asking.result(10)
        ended.set()

    assert isinstance(answer, Unanswered)
    assert answer.outcome == "cut"


def test_nobody_at_the_address_is_no_connection() -> None:
    """So nothing can have been charged."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    answer = ask(f"http://127.0.0.1:{port}/v1")

    assert isinstance(answer, Unanswered)
    assert answer.outcome == "unreachable"


def test_a_name_without_an_address_is_no_connection() -> None:
    """The same where the name is wrong."""
    answer = ask("http://nowhere.invalid/v1")

    assert isinstance(answer, Unanswered)
    assert answer.outcome == "unreachable"
