"""ClickHouse as an analyst sees it, over the same connection that the library was given."""

from typing import Any

from analytics.clickhouse.client import Connection


def rows(connection: Connection, query: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in connection.query(query).result_rows]
