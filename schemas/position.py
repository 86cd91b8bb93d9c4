"""The position of a record in Kafka."""

from typing import Final, NamedTuple

NO_TIMESTAMP: Final = -1
"""Kafka's timestamp of a record without one."""


class Position(NamedTuple):
    """A record's partition and offset, and its timestamp in milliseconds since the epoch; -1 is none."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
