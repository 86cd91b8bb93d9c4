"""The page in Chromium: live, by keyboard, on a phone, in both languages and colours, with hostile rows."""

import re
import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, expect

from analytics.clickhouse.client import Client, connect
from analytics.clickhouse.migrate import migrate
from analytics.dashboard.live import Live
from analytics.dashboard.pages import PAGES
from analytics.store.row_writer import RowWriter
from tests.analytics.dashboard.conftest import no_clickhouse
from tests.browser.look import CONTRASTS, looking
from tests.support.clickhouse_process import DoorProcess
from tests.support.page_server import WORKING, Visitor, served
from tests.support.page_story import HOSTILE, intrude
from tests.support.stored_events import categorized, operation
from tests.support.waiting import until

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.browser
PHONE = {"width": 390, "height": 844}
# A busy machine may take long.
PATIENCE_S = 60
EXPLANATION = ["model.confident", "model.uncalibrated"]


@dataclass
class Service:
    """What the page is told of the service; a test may change it."""

    now: Live = WORKING

    def __call__(self) -> Live:
        return self.now


def healed(client: Client) -> str:
    """A ticket with two revisions and a correction."""
    query = """
        SELECT ticket_id FROM corrections
        WHERE ticket_id IN (SELECT ticket_id FROM categorizations WHERE revision = 1)
        ORDER BY ticket_id LIMIT 1"""
    return cast("str", client.rows(query)[0]["ticket_id"])


def test_the_overview_is_live(chromium: Browser, door: DoorProcess) -> None:
    """A ticket that arrives and a breaker that opens are shown without reloading, and those who listen are told."""
    service = Service()
    with connect(door.url, "arriving") as client:
        migrate(client)
        with (
            served(partial(connect, door.url, "arriving"), service) as address,
            looking(chromium, address) as page,
        ):
            expect(page.locator("#rates .empty")).to_contain_text("ticketstream publish")
            expect(page.locator("#service")).to_contain_text("Service working, 2 workers")
            page.evaluate("window.untouched = true")
            RowWriter(client).write([categorized(at_ms=time.time_ns() // 1_000_000 - 120_000)])
            service.now = WORKING._replace(
                breaker_open=True,
                workers={"categorizer-0": "down", "sink-0": ""},
                lag_unknown_since_s=time.time() - 120,
            )

            expect(page.locator("#methods")).to_contain_text("100.0% · 1")
            expect(page.locator("#rates .empty")).to_be_hidden()
            expect(page.locator("#attention")).to_contain_text("categorizer-0: not running")
            expect(page.locator("#attention")).to_contain_text(
                "Kafka cannot be asked. These figures were read 2 minutes"
            )
            expect(page.locator("#figures")).to_contain_text("as it was read last, 37 in flight")
            expect(page.locator("#lag .empty")).to_contain_text("2 minutes ago")
            expect(page.locator("#lag")).to_contain_text("ticket-recategorize")
            expect(page.locator("#announce")).to_contain_text("breaker open")
            assert page.evaluate("window.untouched")
        client.outside("DROP DATABASE arriving")


def test_what_the_model_costs_is_shown_where_it_tells(chromium: Browser, door: DoorProcess) -> None:
    """Without a cost there is no tile; the first call that tells one brings it, in the numbers of the page."""
    now_ms = time.time_ns() // 1_000_000
    call: dict[str, Any] = {"started_at": (now_ms - 60_000) * 1000}
    silent: dict[str, Any] = dict.fromkeys(("input_tokens", "cached_tokens", "output_tokens", "cost"))
    with connect(door.url, "paying") as client:
        migrate(client)
        rows = [categorized(f"T-{n}", n, at_ms=now_ms - 60_000, explanation=EXPLANATION) for n in range(4)]
        RowWriter(client).write([operation(offset=1, **call, **silent), *rows])
        with served(partial(connect, door.url, "paying")) as address, looking(chromium, address, locale="es") as page:
            expect(page.locator("#methods")).to_contain_text("100")
            expect(page.locator("#figures")).not_to_contain_text("Coste")
            RowWriter(client).write([operation(offset=2, **call, input_tokens=1346, cost=0.0125)])
            tile = page.locator("#figures > div").last
            expect(tile).to_contain_text("Coste del modelo")
            expect(tile).to_contain_text("0,0125")
            expect(tile).to_contain_text("3,13 por cada 1.000 tickets, 1.347 tokens")
            page.goto(f"{address}/ticket?id=T-1")
            expect(page.locator("#life")).to_contain_text("La confianza del modelo no está calibrada")
        client.outside("DROP DATABASE paying")


def test_a_clickhouse_that_is_away_is_a_sentence(chromium: Browser) -> None:
    """What to do stands there in the visitor's language; the service's own state is shown all the same."""
    with served(no_clickhouse) as address:
        made = chromium.new_context(locale="es")
        page = made.new_page()
        page.goto(address)
        expect(page.locator("#notice")).to_contain_text("ClickHouse no está preparado")
        expect(page.locator("#notice code")).to_have_text("ticketstream migrate")
        expect(page.locator("#lag")).to_contain_text("ticket-recategorize")
        made.close()


@pytest.mark.parametrize(("language", "name"), [("es", "Facturación"), ("en", "Billing")])
def test_categories_have_their_names(chromium: Browser, visitor: Visitor, language: str, name: str) -> None:
    """A category is named in the page's language; the label itself is given to who asks."""
    with looking(chromium, visitor.address, "/accuracy", locale=language) as page:
        cell = page.locator("#categories th[scope=row] span").filter(has_text=name)
        expect(cell).to_have_attribute("title", "billing")
        expect(page.locator("#confusion th[scope=row]").filter(has_text=name)).to_have_count(1)


def test_the_agreement_of_two_people_stands_beside_accuracy(chromium: Browser, visitor: Visitor) -> None:
    """With how many answers it is of, and its interval."""
    with looking(chromium, visitor.address, "/accuracy", locale="en") as page:
        expect(page.locator("#two-people")).to_have_text(re.compile(r"same answers: [0-9.]+\s?% \(.+ to .+\) · n \d+"))


@pytest.mark.parametrize("path", PAGES.values())
def test_a_page_fits_a_phone_and_can_be_read(chromium: Browser, visitor: Visitor, path: str) -> None:
    """Nothing sticks out sideways, and text stands out from its ground by 4.5 or more, in both themes."""
    with looking(chromium, visitor.address, path, viewport=PHONE, color_scheme="light", locale="es") as page:
        assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
        assert page.evaluate(CONTRASTS) == []
        page.get_by_role("button", name="Oscuro").click()
        assert page.evaluate("document.documentElement.dataset.theme") == "dark"
        assert page.evaluate(CONTRASTS) == []
        page.reload()
        expect(page.locator("html")).to_have_attribute("data-theme", "dark")
        expect(page.get_by_role("button", name="Claro")).to_be_visible()


def test_the_keyboard_reaches_everything(chromium: Browser, visitor: Visitor) -> None:
    """The first stop skips to the content; a window is chosen by arrows, and the address keeps it."""
    with looking(chromium, visitor.address) as page:
        before = tickets_shown(page)
        page.keyboard.press("Tab")
        expect(page.locator(".skip")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator("main")).to_be_focused()
        page.keyboard.press("Tab")
        page.keyboard.press("ArrowRight")
        expect(page.get_by_role("radio", name="6 hours")).to_be_checked()
        assert "minutes=360" in page.url
        until(lambda: tickets_shown(page) > before, PATIENCE_S)


def tickets_shown(page: Page) -> int:
    """How many tickets the overview's window has."""
    return int((page.locator("#figures dd").nth(1).text_content() or "").split()[0].replace(",", ""))


def test_a_screen_reader_finds_its_way(chromium: Browser, visitor: Visitor) -> None:
    """Landmarks and headings by their names; behind each chart stands a table."""
    with looking(chromium, visitor.address) as page:
        for role in ("banner", "navigation", "main", "contentinfo"):
            assert page.get_by_role(role).count() == 1, role
        expect(page.get_by_role("heading", level=1)).to_have_text("Overview")
        expect(page.get_by_role("region", name="Tickets a minute", exact=True)).to_be_visible()
        page.locator("#rates summary").click()
        table = page.locator("#rates table")
        expect(table.get_by_role("columnheader").first).to_have_text("Time")
        assert table.get_by_role("row").count() > 50
        assert page.get_by_role("link", name="Overview").get_attribute("aria-current") == "page"


def test_the_threshold_is_moved_by_keyboard(chromium: Browser, visitor: Visitor) -> None:
    """Each step says what it would make automatic, and how much of that is right."""
    with looking(chromium, visitor.address, "/accuracy") as page:
        slider = page.get_by_role("slider")
        verdict = page.locator("#thresholds [role=status]")
        expect(verdict).to_contain_text("From 0.6 on")
        slider.focus()
        page.keyboard.press("ArrowRight")
        expect(verdict).to_contain_text("From 0.65 on")
        expect(slider).to_have_attribute("aria-valuetext", "0.65")
        page.keyboard.press("End")
        expect(verdict).to_contain_text("From 0.995 on")


def test_a_tickets_life_is_found_by_typing(chromium: Browser, visitor: Visitor, client: Client) -> None:
    """The list narrows down while typing; Enter opens the life, with each revision, its reasons and corrections."""
    ticket = healed(client)
    with looking(chromium, visitor.address, "/ticket") as page:
        field = page.get_by_role("searchbox")
        field.fill(ticket[:-1])
        expect(page.locator("#found tbody tr")).to_have_count(10)
        field.fill(ticket)
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Revision 1")).to_be_visible()
        life = page.locator("#life")
        expect(life).to_contain_text("The model was not asked: the circuit breaker was open.")
        expect(life).to_contain_text("The text holds the keyword “refund”.")
        expect(page.get_by_role("region", name="Corrections").first).to_contain_text("Audit")
        page.get_by_role("link", name="Español").click()
        expect(page.get_by_role("heading", name="Revisión 1")).to_be_visible()
        expect(page.locator("html")).to_have_attribute("lang", "es")


def test_hostile_rows_are_shown_as_text(chromium: Browser, door: DoorProcess) -> None:
    """On every page: no element is made of them, no script runs, no request is sent."""
    with connect(door.url, "shown") as client:
        migrate(client)
        intrude(client, time.time_ns() // 1_000_000)
        with served(partial(connect, door.url, "shown")) as address:
            for path in ("/", "/accuracy", "/operations", f"/ticket?id={quote(HOSTILE)}"):
                with looking(chromium, address, path) as page:
                    expect(page.locator("main")).not_to_contain_text("Loading")
                    assert page.locator("main img").count() == 0
            with looking(chromium, address, f"/ticket?id={quote(HOSTILE)}") as page:
                expect(page.locator("#life .answer")).to_contain_text("<img src=x onerror=alert(1)>")
        client.outside("DROP DATABASE shown")


def test_the_token_is_asked_for_once(chromium: Browser, door: DoorProcess, client: Client) -> None:
    """Typed into the form, it leads to the page that was wanted, whose data then comes too."""
    with served(partial(connect, door.url, client.database), token="canary-7f3a") as address:
        made = chromium.new_context()
        page = made.new_page()
        page.goto(f"{address}/operations")
        page.get_by_label("Token").fill("canary-7f3a")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Slowest tickets")).to_be_visible()
        expect(page.locator("#slowest tbody tr")).to_have_count(15)
        assert page.url == f"{address}/operations"
        assert page.evaluate("document.cookie") == ""
        made.close()


def test_motion_is_spared_those_who_ask(chromium: Browser, visitor: Visitor) -> None:
    """Bars move only for those who want it."""
    for wish, moves in (("reduce", False), ("no-preference", True)):
        with looking(chromium, visitor.address, reduced_motion=wish) as page:
            duration = page.locator("#methods .track > i").first.evaluate("e => getComputedStyle(e).transitionDuration")
            assert (duration != "0s") == moves


@pytest.mark.parametrize(
    ("name", "path", "theme", "locale", "width"),
    [
        ("overview", "/", "light", "en", 1200),
        ("accuracy", "/accuracy", "light", "en", 1200),
        ("operations", "/operations", "dark", "en", 1200),
        ("models", "/models", "light", "en", 1200),
        ("ticket", "/ticket?id={healed}", "light", "es", 1200),
        ("phone", "/", "dark", "es", 390),
    ],
)
def test_screenshots(
    chromium: Browser,
    visitor: Visitor,
    client: Client,
    request: pytest.FixtureRequest,
    name: str,
    path: str,
    theme: str,
    locale: str,
    width: int,
) -> None:
    """Written for the docs when a folder is named with --screenshots."""
    folder: Path | None = request.config.getoption("--screenshots")
    if folder is None:
        pytest.skip("writes pictures when asked: make screenshots")
    where = path.format(healed=healed(client))
    with looking(
        chromium, visitor.address, where, viewport={"width": width, "height": 900}, color_scheme=theme, locale=locale
    ) as page:
        page.wait_for_timeout(1000)
        page.screenshot(path=folder / f"{name}.png", full_page=True)
