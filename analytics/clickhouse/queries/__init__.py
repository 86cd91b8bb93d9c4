"""The questions we ask ClickHouse, one file each."""

from functools import cache

from analytics.clickhouse.templates import render


@cache
def read(name: str) -> str:
    """Return the SQL of `NAME.sql`."""
    return render(f"queries/{name}.sql")
