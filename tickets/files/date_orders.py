"""Whether the dates of a file begin with the day or with the month."""

from typing import Literal

from tickets.files.bad_lines import FileRefused
from tickets.files.rows import Row
from tickets.files.times import Order, order_of

_MEND = "say which with --date-order dmy or --date-order mdy"


class DateOrders:
    """What the dates of a file say about their order, and the first line that says so."""

    def __init__(self) -> None:
        self._first_lines: dict[Order | Literal["either"], int] = {}

    def see(self, row: Row) -> None:
        """Take the date of a row into account."""
        text = row.fields.get("created_at")
        order = order_of(text) if text else None
        if order:
            self._first_lines.setdefault(order, row.line)

    def decided(self) -> Order | None:
        """The order; None when no date depends on it.

        Raises:
            FileRefused: the dates contradict each other, or none of them decides.
        """
        first = self._first_lines
        if "dmy" in first and "mdy" in first:
            raise FileRefused(
                f"has a date that begins with the day in line {first['dmy']}, and one that begins with the month in "
                f"line {first['mdy']}; {_MEND}"
            )
        if "either" in first and len(first) == 1:
            raise FileRefused(
                f"has dates that can begin with the day or the month, first in line {first['either']}, and none that "
                f"decides; {_MEND}"
            )
        return "dmy" if "dmy" in first else "mdy" if "mdy" in first else None
