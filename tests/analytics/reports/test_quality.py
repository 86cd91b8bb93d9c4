"""Whether answers have become worse, asked of the real engine."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from scipy.stats import ks_2samp

from analytics.clickhouse.client import Client
from analytics.reports.quality import Worsening, accuracy_drop, confidence_drift, drop_beyond_chance
from analytics.store.row_writer import RowWriter
from tests.support.stored_events import NOON_MS, categorized, corrected

NOON = datetime.fromtimestamp(NOON_MS / 1000, UTC)
SINCE = NOON - timedelta(minutes=5)
HOUR_MS = 3_600_000


def test_confidences_that_have_moved(client: Client) -> None:
    """The distance is that of scipy, less what chance explains; answers of the rules do not count."""
    chance = random.Random(7)
    before = [round(chance.betavariate(8, 2), 2) + 0.0005 for _ in range(400)]
    lately = [round(chance.betavariate(3, 3), 2) + 0.0005 for _ in range(120)]
    rows = [categorized(f"T-{n}", n, at_ms=NOON_MS - HOUR_MS, confidence=c) for n, c in enumerate(before)]
    rows += [categorized(f"R-{n}", 1000 + n, at_ms=NOON_MS, confidence=c) for n, c in enumerate(lately)]
    rows += [categorized(f"X-{n}", 2000 + n, at_ms=NOON_MS, confidence=0.0, method="RULES") for n in range(200)]
    RowWriter(client).write(rows)
    drift = confidence_drift(client, SINCE)
    distance = ks_2samp(before, lately).statistic

    assert drift.samples == 120
    assert drift.value == pytest.approx(distance - 1.95 * (1 / 120 + 1 / 400) ** 0.5, abs=1e-6)
    assert drift.value > 0.1


def test_nothing_moves_by_chance(client: Client) -> None:
    """The same distribution twice is no drift, and nothing to compare with is none either."""
    chance = random.Random(8)
    rows = [categorized(f"T-{n}", n, at_ms=NOON_MS - (n % 2) * HOUR_MS, confidence=chance.random()) for n in range(400)]
    RowWriter(client).write(rows)

    assert confidence_drift(client, SINCE) == Worsening(0.0, 200)
    assert confidence_drift(client, NOON - timedelta(days=1)).value == 0.0


def test_fewer_right_answers_than_in_the_week_before(client: Client) -> None:
    """What people judged lately beside what they judged before; unjudged answers say nothing."""
    rows = [categorized(f"T-{n}", n, at_ms=NOON_MS - 2 * HOUR_MS) for n in range(400)]
    rows += [corrected(f"T-{n}", "billing" if n % 10 else "cards", n, at_ms=NOON_MS - HOUR_MS) for n in range(200)]
    rows += [corrected(f"T-{n}", "billing" if n % 2 else "cards", n, at_ms=NOON_MS) for n in range(200, 300)]
    RowWriter(client).write(rows)
    drop = accuracy_drop(client, SINCE)

    assert drop == drop_beyond_chance(50, 100, 180, 200)
    assert 0.25 < drop.value < 0.4
    assert accuracy_drop(client, NOON - timedelta(days=1)).value == 0.0
