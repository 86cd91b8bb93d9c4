"""Which connections are closed because their peers are silent or slow, or because there are too many. Pure.

Times are arguments, in monotonic seconds.
"""

import math
import resource
from collections.abc import Iterable
from enum import Enum, auto
from typing import NamedTuple

MOST = 512
LEAST = 8
# The rest is for files, for Kafka and ClickHouse, and for starting processes.
SHARE_OF_DESCRIPTORS = 4

HEADERS_S = 10.0
BODY_S = 30.0
READING_S = 30.0
# A peer that sends or reads is given another second for so many bytes.
SLOWEST_BYTES_PER_S = 16 * 1024
# Its request may be on its way.
FRESH_S = 1.0


class Stage(Enum):
    """Whom a connection waits for."""

    HEADERS = auto()
    BODY = auto()
    READING = auto()
    OURS = auto()


_PATIENCE_S = {Stage.HEADERS: HEADERS_S, Stage.BODY: BODY_S, Stage.READING: READING_S, Stage.OURS: math.inf}


class Waiting(NamedTuple):
    """What a connection waits for, since when, and how many bytes the peer has sent or taken meanwhile."""

    stage: Stage
    since_s: float
    moved_bytes: int = 0


def most_connections() -> int:
    """How many connections this process may have open, by its limit of descriptors."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST if soft == resource.RLIM_INFINITY else max(LEAST, min(MOST, soft // SHARE_OF_DESCRIPTORS))


def overdue(waiting: Waiting, now: float) -> bool:
    """Whether the peer has used up its time. Headers earn none: they fit into one packet."""
    earned_s = 0.0 if waiting.stage is Stage.HEADERS else waiting.moved_bytes / SLOWEST_BYTES_PER_S
    return now - waiting.since_s > _PATIENCE_S[waiting.stage] + earned_s


def first_to_close(waiting: Iterable[Waiting], now: float) -> int:
    """The place of the connection that makes room: the oldest silent one, then slow ones, then new ones, then ours."""

    def order(numbered: tuple[int, Waiting]) -> tuple[int, float]:
        stage, since_s, _ = numbered[1]
        if stage is Stage.HEADERS:
            return (2 if now - since_s < FRESH_S else 0), since_s
        return (3 if stage is Stage.OURS else 1), since_s

    return min(enumerate(waiting), key=order)[0]
