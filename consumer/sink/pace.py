"""How many records make a batch: few when records are fresh, many when the sink is behind. Pure; times in seconds."""

from typing import Final

# What any ClickHouse takes in time.
FIRST_RECORDS: Final = 5_000
# Of one batch. Two are in memory, and of one of them a copy in the form in which it is sent.
MAX_RECORDS: Final = 50_000
MAX_BYTES: Final = 16 << 20
MAX_AGE_S: Final = 0.5
# While more records wait than one poll returns: a larger batch costs less for each row.
MAX_AGE_BEHIND_S: Final = 2.0
# Far below the time after which the client gives an insert up, and short enough for dashboards.
_INSERT_S: Final = 3.0
_GROWTH: Final = 4
_LEAST_S: Final = 1e-3


class Pace:
    """Bounds a batch by what ClickHouse stored lately.

    A batch that takes ClickHouse longer than its client waits would be tried for ever, so the largest batch is what was
    stored in `_INSERT_S` by the last insert.

    Attributes:
        max_records: of the next batch.
    """

    def __init__(self) -> None:
        self.max_records = FIRST_RECORDS

    def stored(self, records: int, duration_s: float) -> None:
        """An insert of so many records took so long."""
        in_time = int(_INSERT_S * records / max(duration_s, _LEAST_S))
        # A small batch says little about a large one.
        self.max_records = max(FIRST_RECORDS, min(in_time, _GROWTH * records, MAX_RECORDS))

    def is_full(self, records: int, size_bytes: int) -> bool:
        """Whether a batch of so many records and bytes takes no more."""
        return records >= self.max_records or size_bytes >= MAX_BYTES

    def is_due(self, records: int, size_bytes: int, age_s: float, *, more: bool) -> bool:
        """Whether a batch is to be stored now.

        Args:
            records: in it.
            size_bytes: of them.
            age_s: since the first of them was read.
            more: whether more records wait to be read.
        """
        if self.is_full(records, size_bytes):
            return True
        return age_s >= (MAX_AGE_BEHIND_S if more else MAX_AGE_S)
