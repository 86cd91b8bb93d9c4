"""The benchmark of the page, with a small story behind it: that it measures, not how fast it is."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from analytics.clickhouse.client import Client, connect
from benchmarks.analytics.page import TIMED, page
from tests.support.clickhouse_process import DoorProcess

pytestmark = pytest.mark.browser


def test_every_page_is_timed(door: DoorProcess, client: Client) -> None:
    """Something is painted, and no later than the figures are there."""
    chromium = shutil.which("chromium")
    assert chromium is not None
    # In a thread of its own: the other tests' browser has this one.
    with ThreadPoolExecutor(1) as threads:
        section = threads.submit(page, partial(connect, door.url, client.database), chromium, 1).result()
    [table], [verdict] = section.tables, section.verdicts
    times = [tuple(float(cell.split()[0].replace(",", "")) for cell in cells) for _, *cells in table.rows]

    assert [row[0] for row in table.rows] == list(TIMED)
    assert all(0 < paint <= figures for paint, figures in times)
    assert verdict.measured == pytest.approx(max(paint for paint, _ in times), rel=0.01)
