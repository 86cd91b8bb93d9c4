"""The review queue in Chromium: by keyboard alone, by mouse, with hostile texts, and what axe-core finds."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from ipaddress import ip_network
from statistics import quantiles
from typing import TYPE_CHECKING, Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from analytics.clickhouse.client import Client, connect
from analytics.clickhouse.migrate import migrate
from analytics.dashboard.writers import Proxies
from analytics.store.row_writer import RowWriter
from tests.browser.look import CONTRASTS, looking
from tests.browser.test_page import PHONE
from tests.support.clickhouse_process import DoorProcess
from tests.support.hostile_texts import HOSTILE_TEXTS
from tests.support.judging import WRITE_TOKEN, Judge, Published, ask_about, text
from tests.support.page_server import Judging, served
from tests.support.stored_events import categorized
from tests.support.waiting import until

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.browser
PATIENCE_S = 60.0
TICKETS = 60


@pytest.fixture
def stored(door: DoorProcess) -> Iterator[Client]:
    """Answers that wait for somebody who judges them."""
    with connect(door.url, "judged") as client:
        migrate(client)
        ask_about(client, TICKETS, time.time_ns() // 1_000_000)
        yield client
        client.outside("DROP DATABASE judged")


@pytest.fixture
def published() -> Published:
    return Published()


@pytest.fixture
def address(door: DoorProcess, stored: Client, published: Published) -> Iterator[str]:
    with served(partial(connect, door.url, stored.database), judging=Judging(published)) as address:
        yield address


@contextmanager
def judging(chromium: Browser, address: str, token: str = WRITE_TOKEN, **context: Any) -> Iterator[Page]:
    """A visitor who has signed in by keyboard, and sees the first ticket."""
    with looking(chromium, address, "/review", **context) as page:
        page.locator("#token").focus()
        page.keyboard.type(token)
        page.keyboard.press("Enter")
        expect(page.locator("#written")).to_be_visible()
        yield page


def shown(page: Page) -> str:
    """The ticket on the desk."""
    return page.locator("#desk-title .id").text_content() or ""


def violations(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{rule['id']}: {node['target']}" for rule in found for node in rule["nodes"]]


def test_one_key_judges_and_two_correct(chromium: Browser, address: str, published: Published) -> None:
    """And after five seconds it is published; the focus is on the next ticket all the while."""
    with judging(chromium, address) as page:
        right = shown(page)
        page.keyboard.press("Enter")
        expect(page.locator("#desk-title")).to_be_focused()
        wrong = shown(page)
        page.keyboard.press("c")
        key = page.locator("#choice .option").filter(has_text="Security").locator("kbd").text_content() or ""
        page.keyboard.press(key.lower())
        expect(page.get_by_role("heading", name="Which kind of Security and access?")).to_be_visible()
        page.keyboard.press("0")
        kind = shown(page)
        page.keyboard.press("c")
        page.keyboard.press(key.lower())
        page.keyboard.press("1")
        expect(page.locator("#choice")).to_be_hidden()
        expect(page.locator("#announce")).to_contain_text(f"{kind} is: Security and access / ")
        until(lambda: len(published.judgements) == 3, PATIENCE_S)
        expect(page.locator("#said")).to_contain_text("handed over")

    assert len({right, wrong, kind, ""}) == 4
    first, second, third = published.said()
    assert first == (right, "billing", "payment_issue", None)
    assert second == (wrong, "security", None, None)
    assert (third[0], third[1]) == (kind, "security")
    assert third[2]


def test_undo_and_skip_by_keyboard(chromium: Browser, address: str, published: Published) -> None:
    """The undone ticket is on the desk again; a skipped one is gone, and nothing of it is published."""
    with judging(chromium, address) as page:
        skipped = shown(page)
        page.keyboard.press("s")
        undone = shown(page)
        page.keyboard.press("Enter")
        expect(page.locator("#undo-left")).to_contain_text("s")
        page.keyboard.press("u")
        expect(page.locator("#said")).to_contain_text("taken back")
        assert shown(page) == undone
        page.keyboard.press("c")
        page.keyboard.press("Escape")
        expect(page.locator("#choice")).to_be_hidden()
        expect(page.locator("#desk-title")).to_be_focused()
        page.keyboard.press("Enter")
        until(lambda: len(published.judgements) == 1, PATIENCE_S)

    assert skipped != undone
    assert published.said() == [(undone, "billing", "payment_issue", None)]


def test_a_category_is_found_by_searching(chromium: Browser, door: DoorProcess, stored: Client) -> None:
    """Where there are more of them than keys, the search has the focus; signs and accents do not matter."""
    published = Published()
    labels: dict[str, list[str]] = {f"kind-{n}": [] for n in range(80)} | {"devolución": [], "billing": ["x"]}
    with (
        served(partial(connect, door.url, stored.database), judging=Judging(published, labels=labels)) as address,
        judging(chromium, address) as page,
    ):
        page.keyboard.press("c")
        expect(page.locator("#choice-search")).to_be_focused()
        page.keyboard.type("DEVOLUCION")
        expect(page.locator("#choice li:visible")).to_have_count(1)
        expect(page.locator("#announce")).to_have_text("1 found")
        page.keyboard.press("Enter")
        page.keyboard.press("c")
        page.keyboard.type("kind-7")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        until(lambda: len(published.judgements) == 2, PATIENCE_S)

    assert [category for _, category, *_ in published.said()] == ["devolución", "kind-70"]


def test_everything_works_by_touch(chromium: Browser, address: str, published: Published) -> None:
    """On a phone, in Spanish; targets are large enough for a finger."""
    with judging(chromium, address, viewport=PHONE, has_touch=True, locale="es") as page:
        for name in ("Correcto", "Saltar"):
            page.get_by_role("button", name=name).tap()
        page.get_by_role("button", name="Otra cosa").tap()
        page.locator("#choice .option").filter(has_text="Tarjetas").first.tap()
        page.locator("#choice .option").first.tap()
        page.get_by_role("button", name="Deshacer").tap()
        expect(page.locator("#said")).to_contain_text("deshecho")
        heights = page.locator("#actions button").evaluate_all("all => all.map((each) => each.offsetHeight)")
        assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
        until(lambda: len(published.judgements) == 1, PATIENCE_S)

    assert min(heights) >= 24


def test_leaving_the_page_loses_nothing(chromium: Browser, address: str, published: Published) -> None:
    """What was said is published, and the tickets that were waiting here are for others at once."""
    with judging(chromium, address) as page:
        judged = shown(page)
        page.keyboard.press("Enter")
        expect(page.locator("#undo")).to_be_enabled()
        page.goto(f"{address}/accuracy")
        until(lambda: len(published.judgements) == 1, PATIENCE_S)
        other = Judge.signed_in(address)
        until(lambda: [ticket["ticket_id"] for ticket in other.take()][:1] != [], PATIENCE_S)

    assert [ticket_id for ticket_id, *_ in published.said()] == [judged]


def test_two_people_see_different_tickets(chromium: Browser, address: str) -> None:
    """Each in a browser of the own."""
    with judging(chromium, address) as ana, judging(chromium, address) as ben:
        seen = []
        for _ in range(5):
            seen += [shown(ana), shown(ben)]
            for page in (ana, ben):
                page.keyboard.press("Enter")

    assert len({*seen}) == 10


def test_the_next_ticket_is_there_at_once(chromium: Browser, address: str) -> None:
    """From the key to the next ticket's heading, 50 times in a row."""
    with judging(chromium, address) as page:
        page.evaluate(
            """() => {
              window.waits = [];
              addEventListener("keydown", () => {
                const began = performance.now(), before = document.querySelector("#desk-title").textContent;
                const look = () => {
                  const now = document.querySelector("#desk-title");
                  const isThere = now.textContent !== before && now.querySelector(".id");
                  if (isThere) window.waits.push(performance.now() - began);
                  else requestAnimationFrame(look);
                };
                requestAnimationFrame(look);
              }, true);
            }"""
        )
        for number in range(50):
            page.keyboard.press("Enter")
            page.wait_for_function("number => window.waits.length > number", arg=number)
        waits_ms = page.evaluate("window.waits")

    assert quantiles(waits_ms, n=20)[-1] < 300, sorted(waits_ms)


def test_keys_do_nothing_outside_the_ticket(chromium: Browser, address: str, published: Published) -> None:
    """A key in a field is a letter, one elsewhere on the page is nobody's, and a key that is held judges once."""
    with judging(chromium, address) as page:
        before = shown(page)
        page.locator("#name").focus()
        page.keyboard.type("csu")
        page.keyboard.press("Enter")
        page.locator("#theme").focus()
        page.keyboard.type("csu")
        page.locator("#desk-title").focus()
        page.keyboard.press("Control+c")
        assert shown(page) == before
        expect(page.locator("#name")).to_have_value("csu")
        page.keyboard.down("Enter")
        page.keyboard.down("Enter")
        page.keyboard.down("Enter")
        page.keyboard.up("Enter")
        until(lambda: len(published.judgements) == 1, PATIENCE_S)
        expect(page.locator("#said")).to_contain_text("handed over")

    assert published.said() == [(before, "billing", "payment_issue", "typed:csu")]


def test_what_is_not_published_is_said(chromium: Browser, address: str, published: Published) -> None:
    """With the reason, until it is."""
    published.is_away.set()
    with judging(chromium, address) as page:
        page.keyboard.press("Enter")
        expect(page.locator("#unpublished")).to_contain_text("1 judgements are not published.")
        expect(page.locator("#unpublished small")).to_have_text("no broker took it")
        published.is_away.clear()
        page.reload()
        until(lambda: len(published.judgements) == 1, PATIENCE_S)


@pytest.mark.parametrize("link", ["", "https://desk.example/t/{}"])
def test_without_a_text_the_way_to_it_is_told(chromium: Browser, door: DoorProcess, stored: Client, link: str) -> None:
    """A link to the help desk, or the settings that would give a text or a link; it can be judged all the same."""
    published = Published()
    stored.command("TRUNCATE TABLE _ticket_texts")
    with (
        served(partial(connect, door.url, stored.database), judging=Judging(published, link=link.format)) as address,
        judging(chromium, address) as page,
    ):
        ticket = shown(page)
        if link:
            found = page.get_by_role("link", name="Open this ticket in the help desk")
            expect(found).to_have_attribute("href", link.format(ticket))
        else:
            expect(page.locator("#written")).to_contain_text("TICKET_URL")
        assert violations(page) == []
        page.keyboard.press("Enter")
        until(lambda: len(published.judgements) == 1, PATIENCE_S)


def test_a_name_from_a_proxy_is_shown(chromium: Browser, door: DoorProcess, stored: Client) -> None:
    """Then nothing is asked for, and a hostile name is text."""
    published = Published()
    proxies = Proxies("X-Forwarded-User", [ip_network("127.0.0.0/8")])
    headers = {"X-Forwarded-User": "ana <b>b</b>"}
    with (
        served(partial(connect, door.url, stored.database), judging=Judging(published, proxies=proxies)) as address,
        judging(chromium, address, extra_http_headers=headers) as page,
    ):
        expect(page.locator(".who")).to_have_text("You judge as ana <b>b</b>")
        assert page.locator("#name").count() == 0
        page.keyboard.press("Enter")
        until(lambda: len(published.judgements) == 1, PATIENCE_S)

    assert [by for *_, by in published.said()] == ["ana <b>b</b>"]


def test_screenshots(chromium: Browser, address: str, request: pytest.FixtureRequest) -> None:
    """Written for the docs when a folder is named with --screenshots."""
    folder: Path | None = request.config.getoption("--screenshots")
    if folder is None:
        pytest.skip("writes pictures when asked: make screenshots")
    with judging(chromium, address, viewport={"width": 1200, "height": 900}) as page:
        page.keyboard.press("Enter")
        expect(page.locator("#undo-left")).to_contain_text("s")
        page.keyboard.press("c")
        page.screenshot(path=folder / "review.png", full_page=True)


def test_hostile_texts_are_shown_as_text(chromium: Browser, door: DoorProcess) -> None:
    """Each as it was written; no element is made of one, no script runs, nothing is asked for, nothing sticks out."""
    published = Published()
    now_ms = time.time_ns() // 1_000_000
    with connect(door.url, "hostile_texts") as client:
        migrate(client)
        rows = []
        for n, hostile in enumerate(HOSTILE_TEXTS):
            rows.append(
                categorized(
                    f"{n}-{hostile[:60]}",
                    n,
                    at_ms=now_ms - n,
                    audit_probability=0.02,
                    explanation=[hostile[:80]],
                    channel=hostile[:40],
                    model=hostile[:40],
                )
            )
            rows.append(text(n, hostile[:500], hostile, now_ms, f"{n}-{hostile[:60]}"))
        RowWriter(client).write(rows)
        with (
            served(partial(connect, door.url, client.database), judging=Judging(published)) as address,
            judging(chromium, address, viewport=PHONE) as page,
        ):
            seen = set()
            for _ in HOSTILE_TEXTS:
                number = int(shown(page).partition("-")[0])
                seen.add(number)
                described = page.locator(".description bdi").text_content() or ""
                assert undone(described) == HOSTILE_TEXTS[number].replace("\r\n", "\n").replace("\r", "\n")
                assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"], number
                assert page.locator("#shown").locator("img, script, iframe, svg, form, style").count() == 0
                page.keyboard.press("s")
            expect(page.locator("#desk-title")).to_have_text("Nothing to judge now")
        client.outside("DROP DATABASE hostile_texts")

    assert len(seen) == len(HOSTILE_TEXTS) >= 50


def undone(described: str) -> str:
    """What was written, where a sign that is not seen is shown by its number."""
    return re.sub("⟨([0-9A-F]{4,6})⟩", lambda found: chr(int(found[1], 16)), described)


@pytest.mark.parametrize(("theme", "locale"), [("light", "en"), ("dark", "es")])
def test_axe_finds_nothing(chromium: Browser, address: str, published: Published, theme: Any, locale: str) -> None:
    """With a ticket, with the choice open, with judgements that can be undone and one that cannot be published."""
    published.is_away.set()
    with judging(chromium, address, color_scheme=theme, locale=locale) as page:
        assert violations(page) == []
        assert page.evaluate(CONTRASTS) == []
        page.keyboard.press("Enter")
        page.keyboard.press("c")
        assert violations(page) == []
        page.keyboard.press("1")
        assert violations(page) == []
        assert page.evaluate(CONTRASTS) == []
        page.keyboard.press("0")
        expect(page.locator("#unpublished .notice")).to_be_visible()
        assert violations(page) == []
        assert page.evaluate(CONTRASTS) == []
    published.is_away.clear()


def test_axe_finds_nothing_where_nobody_judges(
    chromium: Browser, address: str, door: DoorProcess, stored: Client
) -> None:
    """Signed out, without the setting, and without anything to judge; the setting is named."""
    with looking(chromium, address, "/review") as page:
        assert violations(page) == []
    with served(partial(connect, door.url, stored.database)) as bare, looking(chromium, bare, "/review") as page:
        expect(page.locator("#unset")).to_contain_text("HTTP_WRITE_TOKEN")
        assert violations(page) == []
    stored.command("TRUNCATE TABLE _categorizations")
    stored.command("TRUNCATE TABLE _categorizations_by_ticket")
    with looking(chromium, address, "/review") as page:
        page.locator("#token").fill(WRITE_TOKEN)
        page.keyboard.press("Enter")
        expect(page.locator("#desk-title")).to_have_text("Nothing to judge now")
        assert violations(page) == []
