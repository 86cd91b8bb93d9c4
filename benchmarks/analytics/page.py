"""How soon the page shows something, and how soon its figures are there, in Chromium."""

from collections.abc import Callable
from contextlib import closing
from statistics import median
from typing import NamedTuple

from playwright.sync_api import Browser, sync_playwright

from analytics.clickhouse.client import Client
from analytics.dashboard.application import Dashboard
from analytics.dashboard.asking import Asking
from analytics.dashboard.pages import PAGES
from benchmarks.report import Section, Table, Verdict, spread
from consumer.service import http_server
from consumer.service.health import Health
from consumer.service.live_state import live_state
from consumer.service.part_states import Seen

TARGET_MS = 1000.0
# What its figures may take before a person has gone away.
PATIENCE_MS = 60_000
# The page of one ticket asks for nothing until there is one, and the review queue is timed while somebody judges.
TIMED = {name: address for name, address in PAGES.items() if name not in {"ticket", "review"}}
_LIVE = live_state([], {})
_PAINTED = "() => performance.getEntriesByName('first-contentful-paint').map((entry) => entry.startTime)[0] ?? 0"
_NOW = "() => performance.now()"


class Visit(NamedTuple):
    """One visit with an empty cache, in milliseconds since the visitor asked for the page.

    Attributes:
        paint_ms: until something of the page was seen (First Contentful Paint, w3.org/TR/paint-timing).
        figures_ms: until the figures from ClickHouse were there.
    """

    paint_ms: float
    figures_ms: float


def page(connect: Callable[[], Client], chromium: str, visits: int) -> Section:
    """Visit the pages, one after the other, each by a visitor who comes for the first time.

    Args:
        connect: makes a client of the database.
        chromium: the program.
        visits: to each page, after one that is not counted.
    """
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        with closing(browser):
            timed = {
                name: [_visit(browser, connect, path) for _ in range(visits + 1)][1:] for name, path in TIMED.items()
            }
    rows = [
        (name, spread([visit.paint_ms for visit in found]), spread([visit.figures_ms for visit in found]))
        for name, found in timed.items()
    ]
    slowest = max(median(visit.paint_ms for visit in found) for found in timed.values())
    return Section(
        "The page over a year of tickets",
        f"Each page is opened {visits} times, after once that is not counted, with Chromium, an empty cache and the "
        "windows that a visitor gets who chooses none, from a service that was just started and has no answers kept. "
        "Service, browser and engine share the machine.",
        [Table(("page", "first contentful paint, ms", "its figures are there, ms"), rows)],
        [Verdict("first contentful paint of the slowest page, ms", slowest, TARGET_MS, at_least=False)],
    )


def _visit(browser: Browser, connect: Callable[[], Client], path: str) -> Visit:
    """Visit a service that was started for it: an older one keeps its answers for some seconds."""
    dashboard = Dashboard(Asking(connect), lambda: _LIVE, "")
    application = http_server.application(Health(dict, Seen), [], "", dashboard.routes())
    address, stop = http_server.serve(application, "127.0.0.1", 0)
    try:
        with closing(browser.new_context(viewport={"width": 1280, "height": 900})) as context:
            context.set_default_timeout(PATIENCE_MS)
            shown = context.new_page()
            shown.goto(address + path)
            shown.locator("#updated:not(:empty)").wait_for(state="attached")
            return Visit(paint_ms=float(shown.evaluate(_PAINTED)), figures_ms=float(shown.evaluate(_NOW)))
    finally:
        stop()
