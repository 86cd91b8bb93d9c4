"""How rows are sent to ClickHouse: the settings of an insert, and a body that goes with its statement."""

from typing import Final

from clickhouse_connect.driver.compression import get_compressor

# Every insert waits until its rows are stored, may be repeated blindly under its token, and feeds the tables behind
# materialized views under the same token. A batch may span any number of months: refused once, it always would be.
_COLUMNS: Final = {
    "async_insert": 0,
    "deduplicate_blocks_in_dependent_materialized_views": 1,
    "max_partitions_per_insert_block": 0,
}
# An insert of a body is one block, also where a body is larger than a block usually is. Of several blocks the first may
# be stored when the second is refused, and the insert that repeats it would find its token used. Feeds write after the
# table has.
_BODY: Final = _COLUMNS | {
    "max_block_size": 1 << 20,
    "max_insert_block_size": 1 << 20,
    "max_insert_threads": 1,
    "min_insert_block_size_bytes": 1 << 31,
    "min_insert_block_size_rows": 1 << 20,
    "parallel_view_processing": 0,
}
# The driver's compressors whose output is complete with its first block.
_WHOLE: Final = frozenset({"lz4", "zstd"})


def of_columns(token: str) -> dict[str, object]:
    """Return the settings for rows as columns."""
    return {**_COLUMNS, "insert_deduplication_token": token}


def of_body(token: str) -> dict[str, object]:
    """Return the settings for rows as a body."""
    return {**_BODY, "insert_deduplication_token": token}


def compressed(statement: str, body: bytes, agreed: str | None) -> tuple[bytes, str | None]:
    """Return what is sent for a statement and its body, and the encoding of it.

    Args:
        statement: up to its FORMAT and with it.
        body: in that format.
        agreed: the encoding that the driver has agreed upon with the server.
    """
    encoding = agreed if agreed in _WHOLE else None
    return bytes(get_compressor(encoding).compress_block(b"\n".join((statement.encode(), body)))), encoding
