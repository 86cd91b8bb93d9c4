"""Where a record stands in Kafka."""

from typing import NamedTuple


class Position(NamedTuple):
    """A record's place, and its own timestamp in milliseconds since the epoch."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
