"""Requests of web pages: any page in a browser of this machine can reach the port."""

import pytest

from tests.support.clickhouse_process import DoorProcess
from tests.support.raw_http import RawReply, asking, send

WRITE = b"CREATE TABLE of_a_page (a Int8) ENGINE = Memory"


def _post(door: DoorProcess, *headers: tuple[str, str], host: str = "127.0.0.1") -> RawReply:
    return send(door.url, asking("/", ("Content-Type", "text/plain"), *headers, method="POST", body=WRITE, host=host))


def _made(door: DoorProcess) -> bytes:
    """Take away the table that a page made, and return whether there was one."""
    made = send(door.url, asking("/", method="POST", body=b"EXISTS TABLE of_a_page")).body
    send(door.url, asking("/", method="POST", body=b"DROP TABLE IF EXISTS of_a_page"))
    return made


@pytest.mark.parametrize(
    "headers",
    [
        [("Origin", "https://evil.example")],
        [("Origin", "null")],
        [("Origin", "")],
        [("Origin", "http://localhost:3000")],
        [("Origin", "http://127.0.0.1.evil.example")],
        [("Origin", "http://127.0.0.1"), ("Origin", "https://evil.example")],
        [("Origin", "file://")],
        [("Sec-Fetch-Site", "cross-site")],
        [("Sec-Fetch-Site", "same-site"), ("Sec-Fetch-Mode", "no-cors")],
        [("Origin", "http://127.0.0.1"), ("Sec-Fetch-Site", "cross-site")],
    ],
)
def test_another_pages_requests_are_refused(door: DoorProcess, headers: list[tuple[str, str]]) -> None:
    """Before anything is read: a form or a script without permission sends what a program does."""
    reply = _post(door, *headers)

    assert (reply.status, b"web pages" in reply.body) == (403, True)
    assert send(door.url, asking("/?query=SELECT+1", *headers)).status == 403
    assert _made(door) == b"0\n"


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:8123",
        "localhost.evil.example",
        "127.0.0.1.nip.io",
        "192.168.1.7:8123",
        "localhost@evil.example",
        "[::1",
        "",
    ],
)
def test_a_name_that_was_made_to_lead_here_is_refused(door: DoorProcess, host: str) -> None:
    """To the browser such a page and this port are one site, so only the Host tells them apart."""
    reply = _post(door, host=host)

    assert 400 <= reply.status < 500
    assert 400 <= send(door.url, asking("/ping", host=host)).status < 500
    assert _made(door) == b"0\n"


def test_a_browser_gets_no_permission_to_ask(door: DoorProcess) -> None:
    """The question that it sends before a foreign page's request is refused too, and no setting changes that."""
    asked = (("Origin", "https://evil.example"), ("Access-Control-Request-Method", "POST"))
    replies = [
        send(door.url, asking(path, *asked[:number], method=method))
        for path in ("/", "/?add_http_cors_header=1&query=SELECT+1")
        for method in ("OPTIONS", "GET")
        for number in range(3)
    ]

    assert not [reply for reply in replies if "access-control" in reply.head.lower()]
    assert {reply.status for reply in replies if b"web pages" in reply.body} == {403}


@pytest.mark.parametrize(
    ("host", "headers"),
    [
        ("localhost", []),
        ("LOCALHOST:9", []),
        ("127.0.0.1:8123", [("Sec-Fetch-Site", "none")]),
        ("[::1]:8123", [("Origin", "http://[::1]:8123"), ("Sec-Fetch-Site", "same-origin")]),
        ("localhost:8443", [("Origin", "https://localhost:8443")]),
    ],
)
def test_programs_and_people_are_answered(door: DoorProcess, host: str, headers: list[tuple[str, str]]) -> None:
    """Under every name of the loopback, through every port that leads here."""
    assert _post(door, *headers, host=host).status == 200
    assert _made(door) == b"1\n"
