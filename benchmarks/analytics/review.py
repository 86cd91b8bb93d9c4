"""How soon the next ticket of the review queue is there when somebody judges one, in Chromium."""

import secrets
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from statistics import quantiles

from playwright.sync_api import Page, sync_playwright

from analytics.clickhouse.client import Client
from analytics.dashboard.application import Dashboard
from analytics.dashboard.asking import Asking
from analytics.dashboard.review_routes import ReviewRoutes
from analytics.dashboard.reviewing import Reviewing
from analytics.dashboard.shared_desk import SharedDesk
from analytics.dashboard.writers import Writers
from analytics.reports.review import TWICE_SHARE, review_candidates
from benchmarks.report import Section, Table, Verdict, spread
from consumer.answer.taxonomy import load_taxonomy
from consumer.service import http_server
from consumer.service.health import Health
from consumer.service.live_state import live_state
from consumer.service.part_states import Seen

TARGET_MS = 300.0
PATIENCE_MS = 60_000
_TOKEN = secrets.token_hex()
_STOP_S = 10.0
_QUERIES = 10
_ASKED_FOR = 50
_LIVE = live_state([], {})
# The texts of the answers that the queue chooses from, as long as those of tickets are.
_TEXTS = """
    INSERT INTO _ticket_texts
    SELECT
        source_topic, source_partition, source_offset, ticket_id, received_at, 'A question', repeat('some words ', 40)
    FROM _categorizations WHERE categorized_at > now() - INTERVAL 14 DAY
"""
# From the key to the first frame that has another ticket's heading.
_WATCH = """() => {
  window.waits = [];
  addEventListener("keydown", () => {
    const began = performance.now(), before = document.querySelector("#desk-title").textContent;
    const look = () => {
      const now = document.querySelector("#desk-title");
      if (now.textContent !== before && now.querySelector(".id")) window.waits.push(performance.now() - began);
      else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  }, true);
}"""


def review(connect: Callable[[], Client], chromium: str, judgements: int) -> Section:
    """Judge tickets one after the other as fast as they come, and ask for candidates without the page.

    Args:
        connect: makes a client of the database.
        chromium: the program.
        judgements: how many tickets are judged.
    """
    with connect() as client:
        client.command(_TEXTS)
        asked_ms = [_asked_ms(client) for _ in range(_QUERIES)]
        stored = client.rows("SELECT count() AS n FROM _categorizations")[0]["n"]
    waits_ms = _judged_ms(connect, chromium, judgements)
    p95_ms = quantiles(waits_ms, n=20)[-1]
    rows = [
        ("from the key to the next ticket, ms", spread(waits_ms), f"{p95_ms:.0f}"),
        (f"{_ASKED_FOR} candidates asked of ClickHouse, ms", spread(asked_ms), f"{quantiles(asked_ms, n=20)[-1]:.0f}"),
    ]
    return Section(
        "The review queue",
        f"{judgements} tickets are judged by one key each in Chromium, the next as soon as it is there, over "
        f"{stored:,} stored answers. The page holds three tickets, and its service asks for more ahead of that. "
        "Service, browser and engine share the machine.",
        [Table(("what", "median (range)", "95 %"), rows)],
        [Verdict("the next ticket after a judgement, 95 %, ms", p95_ms, TARGET_MS, at_least=False)],
    )


def _asked_ms(client: Client) -> float:
    began_s = time.monotonic()
    review_candidates(client, limit=_ASKED_FOR, now=datetime.now(UTC))
    return (time.monotonic() - began_s) * 1000


def _judged_ms(connect: Callable[[], Client], chromium: str, judgements: int) -> list[float]:
    asking = Asking(connect)
    # What is judged goes nowhere: the same tickets are there for the next run.
    desk = SharedDesk(lambda *_: None)
    routes = ReviewRoutes(Reviewing(asking, desk, TWICE_SHARE), Writers(_TOKEN), load_taxonomy().subcategories)
    page = Dashboard(asking, lambda: _LIVE, "", review=routes)
    application = http_server.application(Health(dict, Seen), [], "", page.routes())
    address, stop = http_server.serve(application, "127.0.0.1", 0)
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
            with closing(browser), closing(browser.new_context()) as context:
                context.set_default_timeout(PATIENCE_MS)
                return _waits_ms(context.new_page(), address, judgements)
    finally:
        stop()
        desk.stop(_STOP_S)


def _waits_ms(shown: Page, address: str, judgements: int) -> list[float]:
    shown.goto(f"{address}/review")
    shown.locator("#token").fill(_TOKEN)
    shown.keyboard.press("Enter")
    shown.locator("#written").wait_for()
    shown.evaluate(_WATCH)
    for number in range(judgements):
        shown.keyboard.press("Enter")
        shown.wait_for_function("number => window.waits.length > number", arg=number)
    return [float(wait) for wait in shown.evaluate("window.waits")]
