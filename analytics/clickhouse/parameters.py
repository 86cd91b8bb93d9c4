"""Values as parameters of a query."""

from datetime import UTC, datetime


def in_sql(moment: datetime) -> str:
    """Write an aware moment as a parameter of type DateTime64 in UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
