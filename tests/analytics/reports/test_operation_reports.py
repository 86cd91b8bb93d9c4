"""What reports say of operations is what an independent computation says."""

import datetime as dt
import random
from typing import Any

import numpy as np
import pytest

from analytics.clickhouse.client import Client
from analytics.reports.bottlenecks import bottlenecks_report
from analytics.reports.latency import latencies
from analytics.reports.report import Report
from analytics.reports.retries import retries_report
from analytics.reports.window import Window
from analytics.store.rollups import roll_up
from analytics.store.row_writer import RowWriter
from tests.support.stored_events import NOON_MS, categorized, operation

_START = dt.datetime.fromtimestamp(NOON_MS / 1000, dt.UTC)
_WINDOW = Window.of(_START, _START + dt.timedelta(days=1))


def test_latency_equals_numpy(client: Client) -> None:
    """Percentiles, mean, maximum and failures of each operation in the window equal numpy's."""
    random_ = random.Random(5)
    calls: dict[str, list[tuple[int, bool]]] = {"model_call": [], "transaction": []}
    records = []
    for number in range(500):
        name = random_.choice(list(calls))
        duration_us, at_s, failed = (
            int(random_.lognormvariate(10, 1)),
            random_.randint(-50, 500),
            random_.random() < 0.2,
        )
        outcome = "timeout" if failed else {"model_call": "answered", "transaction": "ok"}[name]
        started_at = (NOON_MS + at_s * 1000) * 1000
        records.append(operation(name, number, duration_us=duration_us, outcome=outcome, started_at=started_at))
        if at_s >= 0:
            calls[name].append((duration_us, failed))
    RowWriter(client).write([*records, *records[:100]])

    found = latencies(client, _WINDOW)

    assert list(calls) == [row.operation for row in found]
    for row in found:
        durations_ms = np.array([duration_us for duration_us, _ in calls[row.operation]]) / 1000
        failures = sum(failed for _, failed in calls[row.operation])
        p50, p95, p99 = np.percentile(durations_ms, [50, 95, 99])
        assert (len(durations_ms), failures) == (row.calls, row.failures)
        assert row.success_rate == pytest.approx(1 - failures / len(durations_ms))
        assert (row.mean_ms, row.max_ms) == pytest.approx((durations_ms.mean(), durations_ms.max()))
        # As few as these are kept one by one; the errors of many are held in test_rollups.py.
        assert (row.p50_ms, row.p95_ms, row.p99_ms) == pytest.approx((p50, p95, p99), rel=0.05)


def _rows(report: Report, table: str) -> list[dict[str, Any]]:
    (found,) = (entry for entry in report.tables if entry.name == table)
    return [dict(zip(found.columns, row, strict=True)) for row in found.rows]


@pytest.mark.parametrize("rolled", [False, True])
@pytest.mark.parametrize("apart_minutes", [1, 70])
def test_bottlenecks_equal_a_count_by_hand(client: Client, *, rolled: bool, apart_minutes: int) -> None:
    """The stages' shares are of all the time of all tickets; the slowest tickets are found wherever they are."""
    random_ = random.Random(9)
    records = []
    for number in range(80):
        stages = {f"{stage}_us": random_.randint(0, 9000) for stage in ("decode", "queue", "model", "rules", "wait")}
        timings = {**stages, "lookup_us": 0, "total_us": sum(stages.values()) + 7}
        at_ms = NOON_MS + random_.randrange(1, 20) * apart_minutes * 60_000
        timings["received_at"] = at_ms * 1000
        records.append(categorized(f"T-{number}", number, at_ms=at_ms, timings=timings))
    # The slowest of all was answered again, and quickly.
    replaced = {**records[0].event["timings"], "total_us": 10**6, "received_at": NOON_MS * 1000}
    RowWriter(client).write([categorized("T-0", at_ms=NOON_MS, timings=replaced)])
    RowWriter(client).write(records)
    if rolled:
        assert sum(roll_up(client, settle_s=0)) > 0
        RowWriter(client).write(records[:20])

    report = bottlenecks_report(client, _WINDOW)

    measured = [record.event["timings"] for record in records]
    total_us = sum(entry["total_us"] for entry in measured)
    shares = {row["stage"]: row["share"] for row in _rows(report, "critical_path")}
    for stage, name in (("decode", "decode"), ("queue", "queue"), ("model", "model"), ("wait", "window_wait")):
        assert shares[name] == pytest.approx(sum(entry[f"{stage}_us"] for entry in measured) / total_us)
    assert shares["between"] == pytest.approx(7 * 80 / total_us)
    assert sum(shares.values()) == pytest.approx(1)
    slowest = sorted(records, key=lambda r: (-r.event["timings"]["total_us"], r.event["ticket_id"]))[:10]
    tickets = _rows(report, "tickets")
    assert [record.event["timings"]["total_us"] / 1000 for record in slowest] == [row["total_ms"] for row in tickets]
    first = slowest[0].event["timings"]
    assert tickets[0]["longest_ms"] == max(v for k, v in first.items() if k not in {"received_at", "total_us"}) / 1000
    assert first[tickets[0]["longest"].replace("window_", "") + "_us"] == tickets[0]["longest_ms"] * 1000


def test_the_slowest_of_many_in_one_minute(client: Client) -> None:
    """Also where no span is quicker than another, so that every answer might be among them."""
    records = [
        categorized(
            f"T-{number}", number, timings={"total_us": 1 + number * 7919 % 5003, "received_at": NOON_MS * 1000}
        )
        for number in range(3000)
    ]
    RowWriter(client).write(records)

    tickets = _rows(bottlenecks_report(client, _WINDOW), "tickets")

    slowest = sorted((record.event["timings"]["total_us"] for record in records), reverse=True)[:10]
    assert [row["total_ms"] * 1000 for row in tickets] == pytest.approx(slowest)


def test_retries_are_counted_by_call(client: Client) -> None:
    """A histogram of tries with their failures, and how long breakers were open within the window."""
    calls = [
        operation(offset=number, attempts=attempts, outcome=outcome)
        for number, (attempts, outcome) in enumerate(
            [(1, "answered"), (1, "refused"), (2, "answered"), (3, "answered"), (3, "timeout"), (3, "timeout")]
        )
    ]
    changes = [(-30, "open"), (10, "half_open"), (12, "open"), (20, "closed"), (86_000, "open")]
    breaker = [
        operation("model", 50 + at_s, kind="BREAKER", outcome=state, started_at=(NOON_MS + at_s * 1000) * 1000)
        for at_s, state in changes
    ]
    RowWriter(client).write([*calls, *calls[:3], *breaker, *breaker[:1]])

    report = retries_report(client, _WINDOW)

    assert _rows(report, "operations") == [
        {
            "operation": "model_call",
            "calls": 6,
            "retries": 7,
            "retried": 4,
            "failures": 3,
            "failures_after_retries": 2,
        }
    ]
    assert [tuple(row.values())[1:] for row in _rows(report, "attempts")] == [(1, 2, 1), (2, 1, 0), (3, 3, 2)]
    assert _rows(report, "breakers") == [
        {
            "name": "model",
            "instance": "host-0",
            "changes": 4,
            "openings": 2,
            "open_s": 10 + 8 + 400,
            "last_state": "open",
        }
    ]


def test_a_window_is_of_whole_minutes() -> None:
    """Rounded outwards; whole minutes stay as they are."""
    at = dt.datetime(2026, 11, 22, 12, 30, 15, 5, dt.UTC)

    assert Window.of(at, at) == (at.replace(second=0, microsecond=0), dt.datetime(2026, 11, 22, 12, 31, tzinfo=dt.UTC))
    assert Window.of(_START, _START + dt.timedelta(minutes=2)).ends == _START + dt.timedelta(minutes=2)
