"""How much ClickHouse has to read for what is asked all the time."""

from analytics.clickhouse.client import Client
from analytics.store.row_writer import RowWriter
from tests.support.stored_events import NOON_MS, categorized

ANSWERS = 300_000
SOURCE_PARTITIONS = 3
# Over half a year, in the order of time in every source partition: as the sink stores them.
STEP_MS = 52_000
_MORE = """
    INSERT INTO _categorizations
    SELECT one.* REPLACE (
        toInt32(number % {source_partitions:UInt32}) AS source_partition,
        toInt64(intDiv(number, {source_partitions:UInt32})) AS source_offset,
        received_at + toIntervalMillisecond(number * {step_ms:UInt32}) AS received_at,
        categorized_at + toIntervalMillisecond(number * {step_ms:UInt32}) AS categorized_at)
    FROM (SELECT * FROM _categorizations LIMIT 1) AS one, numbers(1, {answers:UInt64}) AS more
"""
_NOTE = """
    INSERT INTO _rollup_progress (span_s, begins, stored, seen, earliest)
    SELECT span_s, toDateTime(intDiv(toUnixTimestamp(received), span_s) * span_s, 'UTC'), 1, 0, received
    FROM (SELECT max(received_at) AS received FROM _categorizations) AS newest
    ARRAY JOIN [60, 3600, 86400] AS span_s
"""
_READ = """
    EXPLAIN ESTIMATE SELECT operation, calls
    FROM operation_percentiles(from = '1970-01-01 00:00:00', to = '2106-02-07 06:27:00')
"""


def test_a_dirty_minute_is_found_without_reading_the_others(client: Client) -> None:
    """The newest minute is always dirty; a report over it must not cost as much as one over everything."""
    RowWriter(client).write([categorized(at_ms=NOON_MS)])
    client.command(_MORE, {"answers": ANSWERS, "source_partitions": SOURCE_PARTITIONS, "step_ms": STEP_MS})
    # As if all but the newest minute had been rolled up.
    client.command("TRUNCATE TABLE _rollup_progress")
    client.command(_NOTE)

    read = sum(row["rows"] for row in client.rows(_READ) if row["table"] == "_categorizations")
    assert 0 < read < ANSWERS / 4
