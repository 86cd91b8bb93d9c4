"""The questions we ask ClickHouse, one file each."""

from functools import cache
from importlib import resources

from analytics.clickhouse.migrate import shipped
from analytics.clickhouse.written_out import parametrized_views, written_out


@cache
def read(name: str) -> str:
    """Return the SQL in `NAME.sql`, with the parametrized views that it names written out."""
    query = (resources.files(__name__) / f"{name}.sql").read_text(encoding="utf-8")
    return written_out(query, _views())


@cache
def _views() -> dict[str, str]:
    return parametrized_views(statement for migration in shipped() for statement in migration.statements)
