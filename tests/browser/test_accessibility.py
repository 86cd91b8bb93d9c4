"""What axe-core finds on each page, in both themes and languages."""

from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from analytics.clickhouse.client import Client
from tests.analytics.dashboard.conftest import no_clickhouse
from tests.browser.look import looking
from tests.browser.test_page import healed
from tests.support.page_server import Visitor, served

pytestmark = pytest.mark.browser
Theme = Literal["light", "dark"]
LOOKS: list[tuple[Theme, str]] = [("light", "en"), ("dark", "es")]


def _violations(page: Page) -> list[str]:
    """Each rule that is broken, with the elements that break it."""
    found = Axe().run(page).response["violations"]
    return [f"{rule['id']}: {node['target']}" for rule in found for node in rule["nodes"]]


@pytest.mark.parametrize(("theme", "locale"), LOOKS)
@pytest.mark.parametrize(
    "path", ["/", "/accuracy", "/models", "/operations", "/ticket", "/ticket?id=TKT-48", "/ticket?id={healed}"]
)
def test_axe_finds_nothing(
    chromium: Browser, visitor: Visitor, client: Client, path: str, theme: Theme, locale: str
) -> None:
    """With figures on it, and with every table open."""
    where = path.format(healed=healed(client))
    with looking(chromium, visitor.address, where, color_scheme=theme, locale=locale) as page:
        expect(page.locator(".fill:empty, #figures:empty")).to_have_count(0)
        for summary in page.locator("summary").all():
            summary.click()
        assert _violations(page) == []


@pytest.mark.parametrize(("theme", "locale"), LOOKS)
def test_axe_finds_nothing_where_there_are_no_figures(chromium: Browser, theme: Theme, locale: str) -> None:
    """A ClickHouse that is away, and the form that asks for the token, with and without a wrong one."""
    with served(no_clickhouse) as bare, served(no_clickhouse, token="canary-7f3a") as closed:
        made = chromium.new_context(color_scheme=theme, locale=locale)
        page = made.new_page()
        page.goto(bare)
        expect(page.locator("#notice")).to_contain_text("ClickHouse")
        assert _violations(page) == []
        page.goto(closed)
        assert _violations(page) == []
        page.locator("#token").fill("wrong")
        page.keyboard.press("Enter")
        expect(page.locator("#wrong")).to_be_visible()
        assert _violations(page) == []
        made.close()
