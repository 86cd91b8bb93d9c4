"""The state of the service at this moment. It comes from the service itself, not from ClickHouse."""

from collections.abc import Mapping
from typing import NamedTuple


class Live(NamedTuple):
    """The state of one service.

    Attributes:
        workers: the problem of each worker by its name; an empty text is none.
        lag: records in Kafka that are not committed yet, by topic; as far as they could be read last.
        breaker_open: whether the model's breaker is open.
        stopped: whether consumption is paused because too much is in flight.
        in_flight: records between poll and commit.
        waiting: tickets that wait for the model.
        answered: answers since the service started.
        dead: dead letters since the service started.
    """

    workers: Mapping[str, str]
    lag: Mapping[str, int]
    breaker_open: bool
    stopped: bool
    in_flight: int
    waiting: int
    answered: int
    dead: int
