"""The page of models in Chromium: live, with hostile reasons, without a folder, without ClickHouse."""

from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from analytics.clickhouse.client import Client, connect
from analytics.dashboard.models_folder import Models
from tests.analytics.dashboard.conftest import no_clickhouse
from tests.browser.look import looking
from tests.support import models_story
from tests.support.clickhouse_process import DoorProcess
from tests.support.models_story import FIRST, HOSTILE, SERVED
from tests.support.page_server import Visitor, served

pytestmark = pytest.mark.browser


def test_it_is_found_and_told(chromium: Browser, visitor: Visitor) -> None:
    """By its name in the navigation: what each version learned from, how right it is, who did what and why."""
    with looking(chromium, visitor.address) as page:
        page.get_by_role("link", name="Models").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Models")
        serving = page.locator("#versions tbody tr").filter(has_text="serving")
        expect(serving).to_contain_text(SERVED)
        expect(serving).to_contain_text("786 labelled, 1,024 judged by people")
        expect(serving).to_contain_text("15 judgements were left out")
        expect(page.locator("#traffic")).to_contain_text(SERVED)
        compared = page.locator("#history tbody tr").filter(has_text="+7.3")
        expect(compared).to_contain_text("81.3% to 88.6%, at least +4.6 · n 412")
        expect(page.locator("#history tbody tr")).to_have_count(8)
        expect(page.locator("#gate")).to_contain_text("There are enough")
        page.get_by_role("link", name="Español").click()
        expect(page.locator("#history")).to_contain_text("vuelta atrás")
        expect(serving.or_(page.locator("#versions tbody tr").filter(has_text="en uso"))).to_contain_text(SERVED)


def test_a_rollback_is_shown_without_reloading(
    chromium: Browser, door: DoorProcess, client: Client, tmp_path: Path
) -> None:
    """The champion of the folder changes, and the page with it."""
    folder = models_story.write(tmp_path)
    with (
        served(partial(connect, door.url, client.database), models=Models(folder, 30)) as address,
        looking(chromium, address, "/models") as page,
    ):
        expect(page.locator("#versions tbody tr").filter(has_text="serving")).to_contain_text(SERVED)
        page.evaluate("window.untouched = true")
        (folder / "champion").write_text(f"{FIRST}\n", encoding="utf-8")
        with (folder / "history.jsonl").open("a", encoding="utf-8") as history:
            history.write(models_story.event("2026-11-30T10:00:00+00:00", "rolled_back", FIRST, by="luis"))
        expect(page.locator("#versions tbody tr").filter(has_text="serving")).to_contain_text(FIRST)
        expect(page.locator("#history tbody tr").first).to_contain_text("luis")
        assert page.evaluate("window.untouched")


def test_hostile_reasons_are_shown_as_text(
    chromium: Browser, tmp_path: Path, door: DoorProcess, client: Client
) -> None:
    """Whoever writes into the history writes no element."""
    models = Models(models_story.write(tmp_path, HOSTILE), 30)
    with (
        served(partial(connect, door.url, client.database), models=models) as address,
        looking(chromium, address, "/models") as page,
    ):
        expect(page.locator("#history tbody")).to_contain_text("<img src=x onerror=alert(1)>")
        assert page.locator("main img").count() == 0


def test_without_the_setting_it_is_named(chromium: Browser, door: DoorProcess, client: Client) -> None:
    """Who answered and how right that was is shown all the same; without texts nothing can be compared."""
    with (
        served(partial(connect, door.url, client.database)) as address,
        looking(chromium, address, "/models") as page,
    ):
        expect(page.locator("#history code")).to_have_text("MODELS_FOLDER")
        expect(page.locator("#versions tbody tr")).to_contain_text(SERVED)
        expect(page.locator("#traffic .legend")).to_contain_text("Rules")
        expect(page.locator("#gate code")).to_have_text("TEXTS_KEPT_DAYS")


def test_without_clickhouse_the_history_is_shown(chromium: Browser, tmp_path: Path) -> None:
    """Beside the sentence that says what to do."""
    with served(no_clickhouse, models=Models(models_story.write(tmp_path), 30)) as address:
        page = chromium.new_page()
        page.goto(f"{address}/models")
        expect(page.locator("#notice")).to_contain_text("ticketstream migrate")
        expect(page.locator("#history tbody tr")).to_have_count(8)
        expect(page.locator("#versions tbody tr")).to_have_count(3)
        page.close()
