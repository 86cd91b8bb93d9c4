"""The settings of inserts."""

from typing import Final

# Every insert waits until its rows are stored, may be repeated blindly under its token, and feeds the tables behind
# materialized views under the same token. A batch may span any number of months: refused once, it always would be.
_COLUMNS: Final = {
    "async_insert": 0,
    "deduplicate_blocks_in_dependent_materialized_views": 1,
    "max_partitions_per_insert_block": 0,
}
# An insert of a body is one block, also where a body is larger than a block usually is. Of several blocks the first may
# be stored when the second is refused, and the insert that repeats it would find its token used. Feeds write after the
# table has. No profile of a user may make ClickHouse leave out rows in silence.
_BODY: Final = _COLUMNS | {
    "input_format_allow_errors_num": 0,
    "input_format_allow_errors_ratio": 0,
    "max_block_size": 1 << 20,
    "max_insert_block_size": 1 << 20,
    "max_insert_threads": 1,
    "min_insert_block_size_bytes": 1 << 31,
    "min_insert_block_size_rows": 1 << 20,
    "parallel_view_processing": 0,
    "read_overflow_mode": "throw",
    "result_overflow_mode": "throw",
}


def of_columns(token: str) -> dict[str, object]:
    """Return the settings for rows as columns."""
    return {**_COLUMNS, "insert_deduplication_token": token}


def of_body(token: str) -> dict[str, object]:
    """Return the settings for rows as a body."""
    return {**_BODY, "insert_deduplication_token": token}
