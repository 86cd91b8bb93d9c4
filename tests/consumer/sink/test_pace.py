"""Batches are small while records are fresh, and as large as ClickHouse takes in time while the sink is behind."""

import pytest

from consumer.sink.pace import FIRST_RECORDS, MAX_AGE_BEHIND_S, MAX_AGE_S, MAX_BYTES, MAX_RECORDS, Pace


def test_fresh_records_wait_for_half_a_second() -> None:
    """Only while more records wait than one poll returns is there time for a larger batch."""
    pace = Pace()

    assert not pace.is_due(1, 1, MAX_AGE_S - 0.01, more=False)
    assert pace.is_due(1, 1, MAX_AGE_S, more=False)
    assert not pace.is_due(1, 1, MAX_AGE_BEHIND_S - 0.01, more=True)
    assert pace.is_due(1, 1, MAX_AGE_BEHIND_S, more=True)


def test_a_full_batch_waits_for_nothing() -> None:
    """By records or by bytes."""
    pace = Pace()

    assert pace.is_due(FIRST_RECORDS, 1, 0.0, more=True)
    assert pace.is_due(1, MAX_BYTES, 0.0, more=True)
    assert not pace.is_due(FIRST_RECORDS - 1, MAX_BYTES - 1, 0.0, more=True)


def test_batches_grow_as_long_as_clickhouse_keeps_up() -> None:
    """Step by step, up to the bound."""
    pace = Pace()
    sizes = []
    for _ in range(5):
        pace.stored(pace.max_records, pace.max_records * 20e-6)
        sizes.append(pace.max_records)

    assert sizes == [20_000, MAX_RECORDS, MAX_RECORDS, MAX_RECORDS, MAX_RECORDS]


@pytest.mark.parametrize(
    ("records", "duration_s", "then"), [(100_000, 10.0, 30_000), (80_000, 60.0, 5_000), (7, 0.1, 5_000)]
)
def test_batches_shrink_when_clickhouse_is_slow(records: int, duration_s: float, then: int) -> None:
    """What it cannot store in time is never tried for ever, and the first bound always holds."""
    pace = Pace()
    pace.stored(100_000, 1.0)
    pace.stored(records, duration_s)

    assert pace.max_records == then
