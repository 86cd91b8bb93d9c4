"""Narrow screens, with ids, labels and texts that have no place to break; and numbers beside their units."""

import time
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

from analytics.clickhouse.client import connect
from analytics.clickhouse.migrate import migrate
from analytics.dashboard.live import Live
from analytics.dashboard.models_folder import Models
from tests.browser.look import looking
from tests.support import models_story
from tests.support.clickhouse_process import DoorProcess
from tests.support.page_server import WORKING, served
from tests.support.page_story import intrude

pytestmark = pytest.mark.browser
LONG = "Donaudampfschifffahrtsgesellschaft-" * 8
BUSY = WORKING._replace(
    lag={LONG: 123_456_789, "ticket-created": 987_654_321},
    lag_unknown_since_s=1_700_000_000.0,
    workers={LONG: "down", "sink-0": ""},
    breaker_open=True,
    in_flight=123_456,
    waiting=98_765,
    dead=1_234_567,
)
# Lines that an element's text takes, and the numbers among them that stand on another line than their unit.
TORN = """() => {
  const torn = [];
  const walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    for (const match of node.data.matchAll(/[\\d.,]+\\s(µs|ms|s|%)(?!\\p{L})/gu)) {
      const range = document.createRange();
      range.setStart(node, match.index);
      range.setEnd(node, match.index + match[0].length);
      const boxes = [...range.getClientRects()].filter((box) => box.width > 0);
      const tops = new Set(boxes.map((box) => Math.round(box.top)));
      if (tops.size > 1) torn.push(match[0]);
    }
  }
  return torn;
}"""
# Tiles keep the word that a number counts, too.
PARTED = """() => [...document.querySelectorAll("#figures dd")]
  .map((tile) => tile.textContent).filter((text) => /\\d (?=\\p{L})/u.test(text))"""


def _busy() -> Live:
    return BUSY


@pytest.fixture(scope="module")
def address(door: DoorProcess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A page over rows in which everything that may be long is."""
    models = Models(models_story.write(tmp_path_factory.mktemp("models"), LONG), 30)
    with connect(door.url, "long") as client:
        migrate(client)
        intrude(client, time.time_ns() // 1_000_000, LONG)
        with served(partial(connect, door.url, "long"), _busy, models=models) as address:
            yield address
        client.outside("DROP DATABASE long")


@pytest.mark.parametrize("width", [320, 390])
@pytest.mark.parametrize("locale", ["en", "es"])
@pytest.mark.parametrize(
    "path",
    ["/", "/accuracy", "/models", "/operations", "/ticket", f"/ticket?id={LONG}", f"/ticket?id={LONG}x", "/review"],
)
def test_nothing_sticks_out(chromium: Browser, address: str, path: str, locale: str, width: int) -> None:
    """The page is as wide as the screen, also with every table open; no number leaves its unit."""
    shape: Any = {"width": width, "height": 800}
    with looking(chromium, address, path, viewport=shape, locale=locale) as page:
        expect(page.locator(".fill:empty, #figures:empty")).to_have_count(0)
        for summary in page.locator("summary").all():
            summary.click()
        assert page.evaluate("document.documentElement.scrollWidth") == width
        assert page.evaluate(TORN) == []
        assert page.evaluate(PARTED) == []


@pytest.mark.parametrize("locale", ["en", "es"])
@pytest.mark.parametrize("width", range(320, 1300, 140))
def test_a_tile_keeps_number_and_unit_together(chromium: Browser, address: str, locale: str, width: int) -> None:
    """On screens of every width, whatever the figures are."""
    figures = {"p50_ms": 0.0123, "p95_ms": 12_345.6, "p99_ms": 987_654.3}
    with looking(chromium, address, viewport={"width": width, "height": 800}, locale=locale) as page:
        overview = page.evaluate("async () => (await fetch('/api/overview?minutes=15')).json()")
        overview |= {"tickets": 1_234_567, "decisions": {"AUTO": 1_200_001}, "latency": figures}
        page.route("**/api/overview**", lambda route: route.fulfill(json=overview))
        page.locator("input[value='15']").check()
        expect(page.locator("#figures")).to_contain_text("988")
        assert page.evaluate(TORN) == []
        assert page.evaluate(PARTED) == []
        assert page.evaluate("document.documentElement.scrollWidth") == width


def test_how_others_begin_is_no_nothing(chromium: Browser, address: str) -> None:
    """The page says that no ticket has exactly this id, and shows those that begin so."""
    with looking(chromium, address, f"/ticket?id={LONG[:20]}") as page:
        expect(page.locator("#life")).to_contain_text("the tickets below begin so")
        expect(page.locator("#life")).not_to_contain_text("Nothing")
        expect(page.locator("#found tbody tr")).to_have_count(1)
        page.goto(f"{address}/ticket?id=nobody")
        expect(page.locator("#life")).to_contain_text("Nothing is stored of nobody")
