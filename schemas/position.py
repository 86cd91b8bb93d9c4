"""The position of a record in Kafka."""

from typing import NamedTuple


class Position(NamedTuple):
    """A record's partition and offset, and its timestamp in milliseconds since the epoch."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
