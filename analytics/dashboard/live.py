"""The state of the service at this moment. It comes from the service itself, not from ClickHouse."""

from collections.abc import Mapping
from typing import NamedTuple


class Live(NamedTuple):
    """The state of one service.

    Attributes:
        workers: the problem of each worker by its name; an empty text is none.
        lag: records in Kafka that are not committed yet, by topic; as far as they could be read last.
        lag_unknown_since_s: the time of the last reading, in seconds since the epoch, while the lag cannot be read; 0
            when there was none. None while it can.
        breaker_open: whether the model's breaker is open.
        stopped: whether consumption is paused because too much is in flight.
        in_flight: records between poll and commit.
        waiting: tickets that wait for the model.
        answered: answers since the service started.
        dead: dead letters since the service started.
    """

    workers: Mapping[str, str]
    lag: Mapping[str, int]
    lag_unknown_since_s: float | None
    breaker_open: bool
    stopped: bool
    in_flight: int
    waiting: int
    answered: int
    dead: int
