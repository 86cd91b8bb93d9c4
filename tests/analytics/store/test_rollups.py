"""Figures from rollups equal a plain computation on the events, in any order of storing, and however often."""

import datetime as dt
import random
import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numpy as np
import pytest

from analytics.clickhouse.client import Client, connect
from analytics.store.encoded import encoded
from analytics.store.rollups import STEP_SPANS, STEP_STORED, Due, roll_up, steps
from analytics.store.row_writer import RowWriter
from analytics.store.rows import Row
from tests.analytics import oracle
from tests.support.clickhouse_process import DoorProcess
from tests.support.stored_events import NOON_MS, categorized, operation

MINUTE_MS = 60_000
DAY_MS = 1440 * MINUTE_MS
# The quantiles that a rollup gives are, in the ordered durations, at most this share away from the exact ones.
RANK_ERROR = 0.01


class _Operation(NamedTuple):
    name: str
    minute: int
    duration_us: int
    failed: bool
    attempts: int


def _operations(records: Iterable[Row]) -> list[_Operation]:
    """Every timed operation of events, from the words of the contract."""
    records = list(records)
    found = [_telemetry(r.event) for r in oracle.distinct(records, "Operation") if r.event["kind"] == "TIMING"]
    for record in oracle.distinct(records, "TicketCategorized"):
        found += _stages(record.event)
    return found


def _telemetry(event: Any) -> _Operation:
    failed = event["outcome"] not in {"ok", "answered"}
    return _Operation(
        event["operation"], event["started_at"] // 60_000_000, event["duration_us"], failed, event["attempts"]
    )


def _stages(event: Any) -> list[_Operation]:
    timings = event["timings"]
    names = {"decode": "decode", "lookup": "lookup", "queue": "", "model": "", "rules": "rules", "wait": "window_wait"}
    found, at_us = [], timings["received_at"]
    for stage, name in names.items():
        duration_us = timings[f"{stage}_us"]
        if name and duration_us:
            found.append(_Operation(name, at_us // 60_000_000, duration_us, failed=False, attempts=1))
        at_us += duration_us
    failed = event["model_outcome"] not in {"answered", "not_asked"}
    minute = timings["received_at"] // 60_000_000
    return [*found, _Operation("end_to_end", minute, timings["total_us"], failed, event["attempts"])]


def _check_minutes(client: Client, records: Iterable[Row]) -> None:
    expected: dict[tuple[str, int], list[_Operation]] = defaultdict(list)
    for entry in _operations(records):
        expected[entry.name, entry.minute].append(entry)
    rows = client.rows("SELECT * FROM operations_1m")

    found = {(row["operation"], int(row["minute"].timestamp()) // 60): row for row in rows}
    assert len(rows) == len(found)
    assert found.keys() == expected.keys()
    for key, row in found.items():
        assert (row["calls"], row["failures"], row["retries"]) == _counts(expected[key])
        _check_ranks([entry.duration_us for entry in expected[key]], row)


def _check_window(client: Client, records: Iterable[Row], first: int, last: int) -> None:
    """Compare the window from one minute to before another."""
    expected: dict[str, list[_Operation]] = defaultdict(list)
    for entry in _operations(records):
        if first <= entry.minute < last:
            expected[entry.name].append(entry)
    rows = client.rows(
        "SELECT * FROM operation_percentiles(from = {from:DateTime64(3, 'UTC')}, to = {to:DateTime64(3, 'UTC')})",
        {"from": _text(first), "to": _text(last)},
    )

    assert {row["operation"] for row in rows} == set(expected)
    for row in rows:
        mine = expected[row["operation"]]
        durations_ms = np.array([entry.duration_us for entry in mine]) / 1000
        assert (row["calls"], row["failures"], row["retries"]) == _counts(mine)
        assert (row["mean_ms"], row["max_ms"]) == pytest.approx((durations_ms.mean(), durations_ms.max()))
        _check_ranks([entry.duration_us for entry in mine], row)


def _text(minute: int) -> str:
    return dt.datetime.fromtimestamp(minute * 60, dt.UTC).strftime("%Y-%m-%d %H:%M:%S")


def _counts(operations: list[_Operation]) -> tuple[int, int, int]:
    return len(operations), sum(o.failed for o in operations), sum(max(0, o.attempts - 1) for o in operations)


def _check_ranks(durations_us: list[int], row: dict[str, Any]) -> None:
    """Each percentile lies between those a hundredth, and one duration, beside it."""
    slack = RANK_ERROR + 1 / len(durations_us)
    for share, name in ((0.5, "p50_ms"), (0.95, "p95_ms"), (0.99, "p99_ms")):
        low, high = np.quantile(durations_us, [max(0, share - slack), min(1, share + slack)]) / 1000
        assert low * 0.999999 <= row[name] <= high * 1.000001, name


def _history(random_: random.Random, days: int = 2) -> list[Row]:
    """Tickets and calls over some days; many stages begin in a later minute than their ticket's first one."""
    records: list[Row] = []
    for number in range(120):
        at_ms = NOON_MS + random_.randrange(days * DAY_MS)
        timings = {
            "received_at": at_ms // 60_000 * 60_000_000 + random_.choice([0, 30_000_000, 59_999_999]),
            **{
                f"{stage}_us": random_.choice([0, random_.randint(1, 90_000_000)])
                for stage in ("queue", "model", "rules")
            },
            "wait_us": random_.randint(0, 90_000_000),
            "total_us": random_.randint(1, 400_000_000),
        }
        outcome = random_.choice(["answered", "not_asked", "timeout"])
        answer = categorized(
            f"T-{number}", number, at_ms=at_ms, timings=timings, model_outcome=outcome, attempts=random_.randint(0, 3)
        )
        records.append(answer)
    for number in range(40):
        started_at = (NOON_MS + random_.randrange(days * DAY_MS)) * 1000
        outcome = random_.choice(["answered", "unavailable"])
        records.append(operation(offset=number, started_at=started_at, outcome=outcome, attempts=random_.randint(1, 4)))
    records.append(operation("model", 999, kind="BREAKER", outcome="open"))
    return records


def _all_rolled_up(client: Client) -> int:
    return sum(roll_up(client, settle_s=0))


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.long)])
def test_any_history_at_any_time(client: Client, seed: int) -> None:
    """Before, between and after steps of the roll-up, with rows late and repeated, every window is right."""
    random_ = random.Random(seed)
    records = _history(random_)
    random_.shuffle(records)
    stored: list[Row] = []
    for start in range(0, len(records), 80):
        batch = [*records[start : start + 80], *random_.sample(stored, len(stored) // 10)]
        RowWriter(client).write(batch)
        stored += batch
        rolling = roll_up(client, settle_s=0)
        for _ in range(random_.randint(0, 6)):
            next(rolling, None)
        _check_minutes(client, stored)
        noon = NOON_MS // MINUTE_MS
        first = noon + random_.randrange(-1440, 2 * 1440)
        _check_window(client, stored, first, first + random_.randrange(2 * 1440))
    _all_rolled_up(client)

    assert _all_rolled_up(client) == 0
    _check_minutes(client, records)
    for first, last in ((0, 3 * 1440), (719, 2 * 1440 + 1)):
        _check_window(client, records, noon - 720 + first, noon - 720 + last)


def test_figures_come_from_rollups_once_they_are_made(client: Client) -> None:
    """A clean span is not read from the rows: the views still know what was taken from the tables behind them."""
    records = _history(random.Random(7))
    RowWriter(client).write(records)
    made = _all_rolled_up(client)
    client.command("TRUNCATE TABLE _categorizations")
    client.command("TRUNCATE TABLE _telemetry")

    assert made > 100
    _check_minutes(client, records)
    _check_window(client, records, 0, 2**32 // 60 - 1)


def test_a_minute_that_is_not_over_is_not_rolled_up(client: Client) -> None:
    """What would be out of date at once is left to the rows, and is seen all the same."""
    now_ms = int(client.rows("SELECT toUnixTimestamp64Milli(now64(3)) AS ms")[0]["ms"])
    records = [operation(offset=number, started_at=(now_ms + MINUTE_MS) * 1000) for number in range(5)]
    RowWriter(client).write(records)

    assert _all_rolled_up(client) == 0
    _check_minutes(client, records)


def test_a_crash_before_the_receipt_leaves_the_span_dirty(client: Client) -> None:
    """Figures without a receipt are computed again; older ones never win over newer ones."""
    RowWriter(client).write([operation(offset=1)])
    _all_rolled_up(client)
    RowWriter(client).write([operation(offset=2), operation(offset=1)])
    client.command("INSERT INTO _operation_rollup SELECT * REPLACE (7 AS calls) FROM _operation_rollup")

    _check_minutes(client, [operation(offset=1), operation(offset=2)])
    _all_rolled_up(client)
    _check_minutes(client, [operation(offset=1), operation(offset=2)])


def test_a_call_that_answered_32_tickets_counts_once(client: Client) -> None:
    """Tickets share the call: it is one model_call with its retries, and 32 times end to end."""
    RowWriter(client).write([*(categorized(f"T-{n}", n, attempts=3) for n in range(32)), operation(attempts=3)])
    _all_rolled_up(client)

    rows = client.rows("SELECT operation, calls, retries FROM operations_1m WHERE operation = 'model_call'")
    assert rows == [{"operation": "model_call", "calls": 1, "retries": 2}]


@pytest.mark.long
@pytest.mark.parametrize("distribution", ["log-normal", "narrow", "heavy tail", "constant with a tail"])
def test_rank_error_of_merged_quantiles(client: Client, distribution: str) -> None:
    """Merged from minutes to hours to days, percentiles are within one hundredth of rank of the exact ones."""
    random_ = np.random.default_rng(11)
    n = 60_000
    durations_us = {
        "log-normal": random_.lognormal(10, 1, n),
        "narrow": random_.lognormal(10, 0.05, n),
        "heavy tail": 1000 * (1 - random_.random(n)) ** (-1 / 1.1),
        "constant with a tail": np.where(
            random_.random(n) < 0.97, 20_000 + random_.random(n) * 50, random_.lognormal(13, 1, n)
        ),
    }[distribution].astype(int)
    # Two days, of which every minute has figures.
    minutes = NOON_MS // MINUTE_MS - 720 + np.arange(n) % 2880
    store = {
        "kind": ["TIMING"] * n,
        "event_id": [str(number) for number in range(n)],
        "operation": ["model_call"] * n,
        "outcome": ["answered"] * n,
        "started_at": (minutes * 60_000_000).tolist(),
        "duration_us": durations_us.tolist(),
        "attempts": [1] * n,
        "ticket_id": [None] * n,
        "instance": [""] * n,
        "detail": [{}] * n,
        "service_version": [""] * n,
        **{told: [None] * n for told in ("input_tokens", "cached_tokens", "output_tokens", "cost")},
        "record_topic": [""] * n,
        "record_partition": [0] * n,
        "record_offset": list(range(n)),
    }
    client.insert("_telemetry", store, token=distribution)
    _all_rolled_up(client)
    # Only the figures of whole days are left to be read.
    client.command("ALTER TABLE _operation_rollup DELETE WHERE span_s < 86400 SETTINGS mutations_sync = 1")
    (row,) = client.rows(
        "SELECT * FROM operation_percentiles(from = '2026-11-22 00:00:00', to = '2026-11-24 00:00:00')"
    )

    assert (row["calls"], row["max_ms"]) == (n, durations_us.max() / 1000)
    for share, name in ((0.5, "p50_ms"), (0.95, "p95_ms"), (0.99, "p99_ms")):
        below, up_to = (np.mean(durations_us < row[name] * 1000), np.mean(durations_us <= row[name] * 1000))
        assert max(below - share, share - up_to, 0) <= RANK_ERROR, name


def _progress(client: Client) -> dict[tuple[int, int], tuple[int, int]]:
    """What is counted as stored: by length and beginning of a span its operations, and when the first was received."""
    rows = client.rows(
        "SELECT span_s, toUnixTimestamp(begins) AS begins_s, sum(stored) AS n,"
        " toUnixTimestamp64Micro(min(earliest)) AS us FROM _rollup_progress GROUP BY span_s, begins_s"
    )
    return {(row["span_s"], row["begins_s"]): (row["n"], row["us"]) for row in rows}


def _touched(records: Iterable[Row]) -> dict[tuple[int, int], tuple[int, int]]:
    """The same from the words of the contract: a stage counts in the minute, the hour and the day where it began."""
    found: dict[tuple[int, int], tuple[int, int]] = {}
    for record in records:
        for received_us, begun_us in _begun(record):
            minute = min(max(begun_us // 60_000_000, 0), 2**32 // 60 - 1)
            for span_s in (60, 3600, 86_400):
                span = span_s, minute * 60 // span_s * span_s
                count, earliest_us = found.get(span, (0, received_us))
                found[span] = count + 1, min(earliest_us, received_us)
    return found


def _begun(record: Row) -> Iterator[tuple[int, int]]:
    if record.name == "Operation":
        if record.event["kind"] == "TIMING":
            yield record.event["started_at"], record.event["started_at"]
        return
    timings = record.event["timings"]
    at_us = received_us = timings["received_at"]
    for stage in ("decode", "lookup", "queue", "model", "rules", "wait"):
        if stage not in {"queue", "model"} and timings[f"{stage}_us"] > 0:
            yield received_us, at_us
        at_us += timings[f"{stage}_us"]
    if timings["total_us"] > 0:
        yield received_us, received_us


def test_what_an_event_touches(client: Client) -> None:
    """A ticket's stages count in the minutes where they began, breakers nowhere; the ticket's receipt is kept."""
    received_us = NOON_MS * 1000 + 59_000_000
    timings = {"received_at": received_us, "queue_us": 0, "model_us": 2_000_000, "rules_us": 1, "wait_us": 1}
    noon_s = NOON_MS // 1000

    RowWriter(client).write(
        [categorized(timings=timings), operation(started_at=received_us), operation(kind="BREAKER")]
    )

    assert _progress(client) == {
        (60, noon_s): (4, received_us),
        (60, noon_s + 60): (2, received_us),
        (3600, noon_s): (6, received_us),
        (86400, noon_s - 43_200): (6, received_us),
    }


def test_what_any_events_touch(client: Client) -> None:
    """Also with durations that no clock measures: they count at the ends of what ClickHouse's DateTime can hold."""
    records = _history(random.Random(3), days=60)
    for number, duration_us in enumerate([2**62, 2**63 - 1, -1, -(2**62), 0, 86_400_000_000]):
        timings = dict.fromkeys(("decode_us", "lookup_us", "queue_us", "model_us", "rules_us", "wait_us"), duration_us)
        records.append(categorized(f"X-{number}", 1_000 + number, timings=timings))
    RowWriter(client).write(records)

    assert _progress(client) == _touched(records)


def test_a_span_is_counted_only_when_its_rows_can_be_read(client: Client) -> None:
    """Who finds a span dirty computes it at once, and marks it as clean with what was counted."""
    month_ms = 31 * DAY_MS
    batches = [
        [categorized(f"T-{n}", n, at_ms=NOON_MS - n % 60 * month_ms) for n in range(begin, begin + 3_000)]
        for begin in range(0, 9_000, 3_000)
    ]
    looks: list[tuple[int, int]] = []
    done = threading.Event()

    def look() -> None:
        counted = "SELECT sum(stored) AS n FROM _rollup_progress WHERE span_s = 86400"
        while not done.is_set():
            [first], [then] = client.rows(counted), client.rows("SELECT count() AS n FROM _categorizations")
            looks.append((first["n"], then["n"]))

    looking = threading.Thread(target=look)
    looking.start()
    try:
        for batch in batches:
            RowWriter(client).write(batch)
    finally:
        done.set()
        looking.join()

    # Of each answer four stages count.
    assert looks
    assert [(counted, rows) for counted, rows in looks if counted > 4 * rows] == []


def test_sinks_that_store_at_once_do_not_disturb_each_others_figures(client: Client, door: DoorProcess) -> None:
    """Two of them store answers of the same minutes, some of them both, and roll up while the other one stores."""
    random_ = random.Random(0)
    records = _history(random_)
    shares = [records[::2], records[1::2]]
    shares = [share + random_.sample(other, len(other) // 5) for share, other in zip(shares, shares[::-1], strict=True)]
    together = threading.Barrier(len(shares), timeout=60)

    def store(share: list[Row]) -> None:
        with connect(door.url, client.database) as own:
            writer, rolling = RowWriter(own), roll_up(own, settle_s=0)
            for start in range(0, len(share), 20):
                batch = share[start : start + 20]
                together.wait()
                writer.write([encoded(row) if row.name == "TicketCategorized" else row for row in batch])
                if next(rolling, None) is None:
                    rolling = roll_up(own, settle_s=0)

    with ThreadPoolExecutor(len(shares)) as sinks:
        # What one of them raises comes back here.
        list(sinks.map(store, shares))

    _check_minutes(client, records)
    _all_rolled_up(client)
    _check_minutes(client, records)
    noon = NOON_MS // MINUTE_MS
    _check_window(client, records, noon, noon + 2 * 1440)


@pytest.mark.parametrize("started_at", [-1, 0, 2**62])
def test_an_impossible_clock_does_not_stop_the_sink(client: Client, started_at: int) -> None:
    """A time that ClickHouse's DateTime cannot hold costs its operation a place in the figures, and nothing else."""
    RowWriter(client).write([operation(started_at=min(started_at, 10_413_791_999_999_999))])
    RowWriter(client).write([operation(offset=1)])
    assert len(_progress(client)) == 6
    _all_rolled_up(client)

    assert _all_rolled_up(client) == 0
    rows = client.rows("SELECT calls FROM operations_1m WHERE minute = '2026-11-22 12:00:00'")
    assert rows == [{"calls": 1}]


def test_steps_are_bounded() -> None:
    """By spans, and by the rows in them and between them; a span is never split or lost."""
    near = [Due(60 * n, 1, n + 1) for n in range(STEP_SPANS + 1)]
    full_between = [Due(0, 1, 1), Due(600, 1, STEP_STORED + 1)]
    empty_between = [Due(0, 1, 1), Due(60_000_000, 1, 2)]
    heavy = [Due(0, STEP_STORED, STEP_STORED), Due(60, 1, STEP_STORED + 1), Due(120, 1, STEP_STORED + 2)]

    assert [len(step) for step in steps(near)] == [STEP_SPANS, 1]
    assert [len(step) for step in steps(full_between)] == [1, 1]
    assert [len(step) for step in steps(empty_between)] == [2]
    assert [len(step) for step in steps(heavy)] == [1, 2]
    assert list(steps([])) == []
