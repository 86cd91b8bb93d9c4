"""Who may judge: only who has typed HTTP_WRITE_TOKEN, on our own page, under a name that can be believed."""

import json
import time
from collections.abc import Iterator
from functools import partial
from ipaddress import ip_network
from urllib.parse import urlencode, urlsplit

import pytest

from analytics.clickhouse.client import connect
from analytics.clickhouse.migrate import migrate
from analytics.dashboard.writers import Proxies
from tests.analytics.dashboard.conftest import no_clickhouse
from tests.support.clickhouse_process import DoorProcess
from tests.support.judging import WRITE_TOKEN, Judge, Published, ask_about
from tests.support.page_server import Judging, Visitor, served

WRITES = ["take", "judge", "undo", "skip", "leave"]
TOKEN = "read-canary-7f3a"
HEADER = "X-Forwarded-User"
LOOPBACK = Proxies(HEADER, [ip_network("127.0.0.0/8")])
ELSEWHERE = Proxies(HEADER, [ip_network("192.0.2.7/32"), ip_network("2001:db8::/32")])


@pytest.fixture(scope="module")
def published() -> Published:
    return Published()


@pytest.fixture(scope="module")
def address(published: Published) -> Iterator[str]:
    """A page whose judges are signed in by HTTP_WRITE_TOKEN, beside HTTP_TOKEN."""
    with served(no_clickhouse, token=TOKEN, hosts=["tickets.example.com"], judging=Judging(published)) as address:
        yield address


@pytest.fixture
def judge(address: str) -> Judge:
    return Judge.signed_in(address)


@pytest.mark.parametrize("name", WRITES)
def test_without_the_setting_every_write_is_refused(name: str) -> None:
    """Whatever is sent with it; the setting is named."""
    with served(no_clickhouse, judging=Judging(Published(), token="")) as closed:
        judge = Judge(Visitor(closed), "ticketstream_judge=a.1.b", "")
        replies = [judge.ask(name), judge.ask(name, Authorization="Bearer "), judge.ask(name, X_Review_Word="x")]
        page = Visitor(closed).get("/review").text

    assert {reply.status for reply in replies} == {403}
    assert all("HTTP_WRITE_TOKEN" in reply.json()["detail"] for reply in replies)
    assert 'id="unset"' in page
    assert "HTTP_WRITE_TOKEN" in page


@pytest.mark.parametrize("name", WRITES)
def test_a_process_without_a_queue_has_no_writes(bare: Visitor, name: str) -> None:
    """As one that was made without any; the view says the setting."""
    assert Judge(bare, "", "").ask(name).status == 404
    assert "HTTP_WRITE_TOKEN" in bare.get("/review").text


@pytest.mark.parametrize("name", WRITES)
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Cookie": ""}, 401),
        ({"Cookie": "ticketstream_judge="}, 401),
        ({"Cookie": "ticketstream_judge=é.1.é"}, 401),
        ({"Cookie": f"ticketstream_judge={WRITE_TOKEN}"}, 401),
        ({"Cookie": "", "Authorization": f"Bearer {TOKEN}"}, 401),
        ({"X_Review_Word": ""}, 403),
        ({"X_Review_Word": "wrong"}, 403),
        ({"X_Review_Word": "é"}, 403),
        ({"Origin": ""}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "https://evil.example", "Sec_Fetch_Site": "cross-site"}, 403),
        ({"Origin": "https://evil.example", "Sec_Fetch_Site": ""}, 403),
        ({"Origin": "http://127.0.0.1:1", "Sec_Fetch_Site": "same-site"}, 403),
        ({"Origin": "http://127.0.0.1:1", "Sec_Fetch_Site": ""}, 403),
        ({"Origin": "http://[", "Sec_Fetch_Site": ""}, 403),
        ({"Sec_Fetch_Site": "none"}, 403),
        ({"Sec_Fetch_Site": "cross-site"}, 403),
        ({"Content_Type": ""}, 415),
        ({"Content_Type": "application/x-www-form-urlencoded"}, 415),
        ({"Content_Type": "multipart/form-data; boundary=x"}, 415),
        ({"Content_Type": "text/plain"}, 415),
        ({"Content_Type": "text/plain; x=application/json"}, 415),
    ],
)
def test_a_write_that_may_be_forged_is_refused(
    judge: Judge, published: Published, name: str, headers: dict[str, str], status: int
) -> None:
    """Each of the checks alone is enough to refuse it; nothing of the secrets is told, and nothing is published."""
    reply = judge.ask(name, **headers)

    assert reply.status == status, reply.text
    assert reply.json()["problem"]
    assert "canary" not in reply.text
    assert published.judgements == []


def test_a_session_of_another_token_is_worth_nothing(address: str) -> None:
    """Changing HTTP_WRITE_TOKEN signs everybody out, and the word of another session does not count."""
    with served(no_clickhouse, judging=Judging(Published(), token="another")) as other:
        stranger = Judge.signed_in(other, "another")
    first, second = Judge.signed_in(address), Judge.signed_in(address)

    assert Judge(Visitor(address), stranger.cookie, stranger.word).ask("take").status == 401
    assert first.word != second.word
    assert first.ask("leave", X_Review_Word=second.word).status == 403
    assert first.ask("leave").status == 200


def test_looking_is_not_judging(address: str) -> None:
    """HTTP_TOKEN opens the page, whose view asks for the other one and holds no word and no labels."""
    visitor = Visitor(address)
    signed_in = visitor.post("/sign-in", urlencode({"token": TOKEN, "back": "/review"}))
    cookie = signed_in.headers["Set-Cookie"].partition(";")[0]
    page = visitor.get("/review", Cookie=cookie)

    assert page.status == 200
    assert 'data-state="set"' in page.text
    assert 'data-word=""' in page.text
    assert "activate_my_card&#34;]" not in page.text
    assert Judge(visitor, cookie, "").ask("take").status == 401


def test_judging_opens_the_page_and_not_the_metrics(address: str) -> None:
    """The cookie is for this browser's page only: scripts cannot read it, and it is not the token."""
    visitor = Visitor(address)
    reply = visitor.post("/sign-in", urlencode({"token": f" {WRITE_TOKEN}\n", "back": "/ticket?id=T-1"}))
    (cookie,) = reply.headers.get_all("Set-Cookie", [])
    name_and_value = cookie.partition(";")[0]

    assert reply.headers["Location"] == "/ticket?id=T-1"
    assert {"HttpOnly", "SameSite=lax"} <= {part.strip() for part in cookie.split(";")}
    assert "canary" not in cookie
    assert visitor.get("/accuracy", Cookie=name_and_value).status == 200
    assert visitor.get("/api/live", Cookie=name_and_value).status == 200
    assert visitor.get("/metrics", Cookie=name_and_value).status == 401
    assert visitor.get("/metrics", Authorization=f"Bearer {WRITE_TOKEN}").status == 401


def test_behind_a_proxy_the_pages_own_origin_is_known(judge: Judge, address: str) -> None:
    """By the Host that the proxy passes on, or by HTTP_HOSTS where it does not; with TLS or without."""
    port = urlsplit(address).port
    passed = {"Origin": "https://10.1.2.3", "Host": "10.1.2.3"}
    named = {"Origin": "https://tickets.example.com:8443"}
    foreign = {"Origin": f"http://10.1.2.3:{port}"}

    assert judge.ask("leave", **passed).status == 200
    assert judge.ask("leave", **named).status == 200
    assert judge.ask("leave", **foreign).status == 403
    assert "HTTP_HOSTS" in judge.ask("leave", **foreign).text


@pytest.mark.parametrize(
    "body", ["", "[", "[]", "null", "1", '"x"', "[" * 4000, '{"a":' * 800, "{" + " " * 5000 + "}", "\ud800"]
)
def test_a_body_that_is_no_object_is_refused(judge: Judge, body: str) -> None:
    """With a sentence."""
    sent = {"Cookie": judge.cookie, "Content_Type": "application/json", "X_Review_Word": judge.word}
    raw = body.encode("utf-8", "surrogatepass").decode("latin-1")
    reply = judge.visitor.post("/api/review/judge", raw, Origin=judge.visitor.address, **sent)

    assert (reply.status, reply.json()["problem"]) == (400, "failed")


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"category": 1},
        {"category": ["billing"]},
        {"category": "billing", "subcategory": 1},
        {"category": "no such"},
        {"category": "billing", "subcategory": "no such"},
        {"category": "\ud800"},
        {"event_id": "\ud800", "category": "no such"},
    ],
)
def test_a_label_outside_the_taxonomy_is_refused(judge: Judge, said: dict[str, object]) -> None:
    """Whatever its type."""
    assert judge.ask("judge", {"event_id": "x", **said}).status == 400


def test_a_number_of_any_kind_undoes_nothing(judge: Judge) -> None:
    """Only one's own."""
    numbers: list[object] = [0, -1, 10**30, True, "1", None, [], 1.5]
    for number in numbers:
        assert judge.ask("undo", {"number": number}).json()["undone"] is False


@pytest.fixture
def audited(door: DoorProcess) -> Iterator[str]:
    """A database with answers that wait for somebody who judges them."""
    with connect(door.url, "audited") as client:
        migrate(client)
        ask_about(client, 6, time.time_ns() // 1_000_000)
        yield "audited"
        client.outside("DROP DATABASE audited")


def test_a_trusted_proxy_names_the_person(door: DoorProcess, audited: str) -> None:
    """What the person types does not count then; without the header it does, as typed."""
    published = Published()
    with served(partial(connect, door.url, audited), judging=Judging(published, proxies=LOOPBACK)) as address:
        judge = Judge.signed_in(address)
        named = {"X_Forwarded_User": "josé@example.com".encode().decode("latin-1")}
        tickets = judge.take()
        for said, headers in (({"name": "eve"}, named), ({"name": " ben\x00 "}, {}), ({}, {})):
            ticket = tickets.pop(0)
            label = {"category": ticket["category"], "subcategory": ticket["subcategory"]}
            judged = judge.ask("judge", {"event_id": ticket["event_id"], **label, **said}, **headers)
            assert judged.status == 200, judged.text
        page = judge.visitor.get("/review", Cookie=judge.cookie, **named).text

    assert [by for *_, by in published.said()] == ["josé@example.com", "typed:ben", None]
    assert "josé@example.com" in page


@pytest.mark.parametrize("name", WRITES)
@pytest.mark.parametrize(
    "forwarded", [{}, {"X_Forwarded_For": "192.0.2.7"}, {"Forwarded": "for=192.0.2.7"}, {"X_Real_IP": "192.0.2.7"}]
)
def test_a_name_from_anybody_else_is_refused(name: str, forwarded: dict[str, str]) -> None:
    """The direct peer counts, whatever the headers say of where the request comes from."""
    with served(no_clickhouse, judging=Judging(Published(), proxies=ELSEWHERE)) as address:
        judge = Judge.signed_in(address)
        reply = judge.ask(name, X_Forwarded_User="ana", **forwarded)
        page = judge.visitor.get("/review", Cookie=judge.cookie, X_Forwarded_User="ana", **forwarded).text

    assert reply.status == 403
    assert "HTTP_TRUSTED_PROXIES" in reply.json()["detail"]
    assert "<bdi>ana" not in page


@pytest.mark.parametrize("named", ["typed:ana", "Typed:ana", " typed:", "x" * 101, "\u200btyped:ana"])
def test_a_name_that_looks_typed_is_refused(named: str) -> None:
    """A proxy that passes on what people type would make one person two."""
    with served(no_clickhouse, judging=Judging(Published(), proxies=LOOPBACK)) as address:
        reply = Judge.signed_in(address).ask("leave", X_Forwarded_User=named.encode().decode("latin-1"))

    assert reply.status == 403
    assert HEADER in reply.json()["detail"]


def test_texts_are_for_judges_alone(door: DoorProcess, audited: str) -> None:
    """No other address of the page gives one, to nobody, with and without a token."""
    with served(partial(connect, door.url, audited), judging=Judging(Published())) as address:
        visitor = Visitor(address)
        others = ["/review", "/api/overview", "/api/tickets", "/api/ticket?id=T-1", "/api/operations", "/metrics"]
        seen = "".join(visitor.get(path).text for path in others)
        taken = Judge.signed_in(address).take()

    assert "Description" not in seen.replace(json.dumps("Description"), "")
    number = taken[0]["ticket_id"].removeprefix("T-")
    assert taken[0]["text"] == {"subject": f"Subject {number}", "description": f"Description {number}", "left_out": 0}
