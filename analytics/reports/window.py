"""The window of a report on operations."""

from datetime import datetime, timedelta
from typing import NamedTuple

from analytics.clickhouse.parameters import in_sql
from analytics.reports.report import in_json

WHOLE_MINUTES = "The window is of whole minutes: everything counts that began in one of them."


class Window(NamedTuple):
    """Whole minutes, because figures are kept by the minute.

    Attributes:
        begins: aware; rounded down.
        ends: aware, exclusive; rounded up.
    """

    begins: datetime
    ends: datetime

    @classmethod
    def of(cls, begins: datetime, ends: datetime) -> "Window":
        """Return the minutes that an interval touches."""
        first, last = (moment.replace(second=0, microsecond=0) for moment in (begins, ends))
        return cls(first, last if last == ends else last + timedelta(minutes=1))

    @property
    def parameters(self) -> dict[str, object]:
        """The parameters of the queries."""
        return {"from": in_sql(self.begins), "to": in_sql(self.ends)}

    @property
    def facts(self) -> dict[str, str]:
        """The facts of a report."""
        return {"since": in_json(self.begins), "until": in_json(self.ends)}
