"""Who may look at the page when HTTP_TOKEN is set."""

from collections.abc import Iterator
from urllib.parse import urlencode

import pytest

from analytics.dashboard.pages import PAGES
from tests.analytics.dashboard.conftest import no_clickhouse
from tests.support.page_server import Visitor, served

TOKEN = "canary-7f3a"
DATA = ["/api/live", "/api/overview", "/api/operations", "/api/accuracy", "/api/tickets", "/api/ticket?id=x"]


@pytest.fixture(scope="module")
def closed() -> Iterator[Visitor]:
    with served(no_clickhouse, token=TOKEN) as address:
        yield Visitor(address)


def _sign_in(closed: Visitor, token: str, back: str = "/") -> tuple[int, str, str]:
    """The status, where to, and the cookie."""
    reply = closed.post("/sign-in", urlencode({"token": token, "back": back}))
    return reply.status, reply.headers.get("Location", ""), reply.headers.get("Set-Cookie", "")


@pytest.mark.parametrize("path", PAGES.values())
def test_a_stranger_is_asked_for_the_token(closed: Visitor, path: str) -> None:
    """Every page turns into a form; nothing of the token is told."""
    reply = closed.get(path)

    assert reply.status == 401
    assert 'action="/sign-in"' in reply.text
    assert TOKEN not in reply.text


@pytest.mark.parametrize("path", DATA)
def test_a_stranger_gets_no_data(closed: Visitor, path: str) -> None:
    """Neither without anything, nor with what is not the token or its proof."""
    tries = [
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": f"Basic {TOKEN}"},
        {"Cookie": "ticketstream_page=wrong"},
        {"Cookie": f"ticketstream_page={TOKEN}"},
    ]

    assert [closed.get(path, **headers).status for headers in tries] == [401] * len(tries)


def test_the_token_opens_everything_and_goes_into_no_cookie(closed: Visitor) -> None:
    """The cookie is for this browser's page only: scripts cannot read it, other sites cannot send it with theirs."""
    status, to, cookie = _sign_in(closed, f" {TOKEN}\n", "/ticket?id=TKT-1")
    name_and_value = cookie.partition(";")[0]

    assert (status, to) == (303, "/ticket?id=TKT-1")
    assert {"HttpOnly", "SameSite=lax"} <= {part.strip() for part in cookie.split(";")}
    assert "canary" not in cookie
    assert [closed.get(path, Cookie=name_and_value).status for path in PAGES.values()] == [200] * len(PAGES)
    assert closed.get("/api/live", Cookie=name_and_value).status == 200


def test_a_program_sends_the_token_as_it_does_for_metrics(closed: Visitor) -> None:
    """Authorization: Bearer."""
    header = f"Bearer {TOKEN}"

    assert closed.get("/api/live", Authorization=header).status == 200


def test_the_cookie_of_another_token_is_worth_nothing(closed: Visitor) -> None:
    """Changing HTTP_TOKEN signs everybody out."""
    with served(no_clickhouse, token="another") as address:
        _, _, cookie = _sign_in(Visitor(address), "another")

    assert closed.get("/api/live", Cookie=cookie.partition(";")[0]).status == 401


def test_a_wrong_token_is_told(closed: Visitor) -> None:
    """The form comes again, says so and names the setting; there is no cookie."""
    reply = closed.post("/sign-in", urlencode({"token": "wrong", "back": "/accuracy"}))

    assert reply.status == 401
    assert "HTTP_TOKEN" in reply.text
    assert 'value="/accuracy"' in reply.text
    assert "Set-Cookie" not in reply.headers


@pytest.mark.parametrize(
    "back",
    ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "/metrics", "\r\nX: y"],
)
def test_signing_in_leads_to_our_own_pages_only(closed: Visitor, back: str) -> None:
    """Whatever the form was made to say."""
    assert _sign_in(closed, TOKEN, back)[:2] == (303, "/")


@pytest.mark.parametrize("body", ["", "token", "token=%ff%00", "token=" + "x" * 100_000, "=&=&=", "token=canary"])
def test_nonsense_is_refused(closed: Visitor, body: str) -> None:
    """Too much, too little and no text at all come to the same."""
    assert closed.post("/sign-in", body).status == 401


def test_without_a_token_everybody_may_look(bare: Visitor) -> None:
    """As on a laptop; the form is no way around anything either."""
    assert bare.get("/").status == 200
    assert bare.get("/sign-in").status == 200
