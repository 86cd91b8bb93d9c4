"""How the service itself is at this moment: told by whoever runs it, not by ClickHouse."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Live(NamedTuple):
    """One moment of one service.

    Attributes:
        workers: what is wrong with each worker, by its name; empty when nothing is.
        lag: records that stand in Kafka unread, by topic; only of topics whose partitions are held here.
        breaker_open: whether the model is not asked now.
        stopped: whether consumption stands still because too much is in flight.
        in_flight: records between poll and commit.
        waiting: tickets that wait for the model.
        answered: answers since the service started.
        dead: dead letters since then.
    """

    workers: Mapping[str, str]
    lag: Mapping[str, int]
    breaker_open: bool
    stopped: bool
    in_flight: int
    waiting: int
    answered: int
    dead: int
