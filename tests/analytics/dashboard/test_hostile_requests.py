"""Whatever is sent to the page: it is answered with a sentence, and the log holds no traceback."""

import logging
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.analytics.dashboard.conftest import no_clickhouse
from tests.support.hostile_http import ODD_TEXTS, requests
from tests.support.judging import Judge, Published
from tests.support.page_server import Judging, Visitor, served
from tests.support.raw_http import asking, send

TOKEN = "canary-7f3a"
PATHS = [
    "/", "/accuracy", "/models", "/operations", "/ticket", "/sign-in", "/api/live", "/api/overview", "/api/operations",
    "/api/accuracy", "/api/models", "/api/tickets", "/api/ticket", "/files/x/", "/metrics", "/livez", "/readyz",
    "/review", "/api/review/take", "/api/review/judge", "/api/review/undo", "/api/review/skip",
    "/api/review/leave",
]  # fmt: skip
NAMES = ["id", "beginning", "minutes", "days", "lang", "token", "back", "x"]
FORM = ("Content-Type", "application/x-www-form-urlencoded")


@pytest.fixture(scope="module")
def addresses() -> Iterator[list[str]]:
    judging = Judging(Published())
    with served(no_clickhouse) as bare, served(no_clickhouse, token=TOKEN, judging=judging) as closed:
        yield [bare, closed]


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(request=asking("/sign-in", FORM, method="POST", body=b"back=//["))
@example(request=asking("/sign-in", FORM, method="POST", body=b"token=canary-7f3a&back=//["))
@example(request=asking("/?lang=es&%ff[]=[", ("Cookie", b"ticketstream_lang=\xff")))
@given(request=requests(PATHS, NAMES, ["GET", "HEAD", "POST", "POST", "PUT", "OPTIONS"]))
def test_every_request_is_answered(addresses: list[str], caplog: pytest.LogCaptureFixture, request: bytes) -> None:
    """By a status for the client's mistake, or by what it asked for; 503 where there is no ClickHouse."""
    caplog.clear()
    with caplog.at_level(logging.INFO):
        replies = [send(address, request) for address in addresses]

    for reply in replies:
        allowed = {503} if b"/api/" in request.split(b"\r\n")[0] else set[int]()
        assert 200 <= reply.status < 500 or reply.status in allowed, reply
        assert b"Traceback" not in reply.body
    assert not [record for record in caplog.records if record.exc_info]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from(["take", "judge", "undo", "skip", "leave"]),
    said=st.dictionaries(
        st.sampled_from(["event_id", "category", "subcategory", "name", "number", "x"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(ODD_TEXTS),
            lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
            max_leaves=4,
        ),
    ),
)
def test_every_write_of_a_judge_is_answered(
    addresses: list[str], caplog: pytest.LogCaptureFixture, name: str, said: dict[str, object]
) -> None:
    """Whatever the types of what is said; 503 where there is no ClickHouse."""
    caplog.clear()
    with caplog.at_level(logging.INFO):
        reply = Judge.signed_in(addresses[1]).ask(name, said)

    assert reply.status in ({503} if name == "take" else {200, 400, 409}) | {400}, reply
    assert not [record for record in caplog.records if record.exc_info]


@pytest.mark.parametrize(
    "back", [*ODD_TEXTS, "/ticket?id=a\r\nX: y", "/ticket?id=\u2028", "/accuracy#x", "/ticket//", " /"]
)
def test_signing_in_leads_nowhere_else(addresses: list[str], back: str) -> None:
    """The address stays one of our pages, as a browser reads it too."""
    reply = Visitor(addresses[1]).post("/sign-in", urlencode({"token": TOKEN, "back": back}, errors="surrogatepass"))
    to = reply.headers["Location"]

    assert reply.status == 303
    assert to == "/" or (to == back and back.isascii() and back.isprintable())
    assert not to.startswith(("//", "/\\"))


def test_a_link_to_a_ticket_is_kept_while_signing_in(addresses: list[str]) -> None:
    """Escaped, as the form holds it."""
    back = "/ticket?id=TKT%2F%C3%B1%5B1%5D&lang=es"

    assert Visitor(addresses[1]).post("/sign-in", urlencode({"token": TOKEN, "back": back})).headers["Location"] == back
