"""The questions we ask ClickHouse, one file each."""

from importlib import resources


def read(name: str) -> str:
    """Return the SQL in `NAME.sql`."""
    return (resources.files(__name__) / f"{name}.sql").read_text(encoding="utf-8")
