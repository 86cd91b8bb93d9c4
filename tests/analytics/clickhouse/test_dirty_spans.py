"""A minute may be dirty within an hour or a day that is clean: that one was rolled up after the minute's rows came."""

import pytest

from analytics.clickhouse.client import Client
from analytics.store.rollups import roll_up
from analytics.store.row_writer import RowWriter
from tests.support.stored_events import operation

_NOTE = """
    INSERT INTO _rollup_progress (span_s, begins, stored, seen, earliest)
    SELECT span_s, begins, 1, 0, earliest FROM _rollup_progress WHERE span_s IN {spans_s:Array(UInt32)}
"""


@pytest.mark.parametrize("dirty_s", [[60], [60, 86400], [60, 3600], [60, 3600, 86400]])
def test_nothing_counts_twice(client: Client, dirty_s: list[int]) -> None:
    """Neither from the rows of the minute nor from the figures of what it is in, whichever of them is dirty."""
    RowWriter(client).write([operation(offset=offset) for offset in range(5)])
    assert sum(roll_up(client, settle_s=0)) == 3
    client.command(_NOTE, {"spans_s": dirty_s})

    rows = client.rows(
        "SELECT calls FROM operation_percentiles(from = '2026-11-22 00:00:00', to = '2026-11-23 00:00:00')"
    )
    assert [row["calls"] for row in rows] == [5]
