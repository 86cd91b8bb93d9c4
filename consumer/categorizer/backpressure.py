"""How many records the window may hold, so that a backlog waits in Kafka and not in memory."""

import math
import time
from collections.abc import Collection
from enum import Enum, auto
from typing import NamedTuple

from consumer.categorizer.partitions import Partitions
from consumer.kafka.consumer import GroupConsumer
from consumer.kafka.records import Record, TopicPartition

POLL_RECORDS = 500
POLL_IDLE_S = 0.05
# An answer of the model waits for no longer than this to be seen.
POLL_BUSY_S = 0.002
# The client counts whole milliseconds, and less than one as none.
POLL_LEAST_S = 0.001
MEASURED_OVER_S = 5.0
MAX_RECORDS = 20_000
MAX_BYTES = 64 * 1024 * 1024
# Below this share of the limit consumption goes on; the gap keeps pause and resume from alternating.
RESUME_SHARE = 0.75
# A pause throws away what the client has fetched, and after it the client needs up to a second to fetch again: for a
# shorter time it is better not to poll at all, which delays a rebalance by no more than this.
PATIENCE_S = 1.0


class Flow(Enum):
    """What to do about new records: poll them, wait without polling, or pause the partitions and poll for the group."""

    OPEN = auto()
    WAITING = auto()
    PAUSED = auto()


class Limits(NamedTuple):
    """How the model is used; what the window may hold follows from it."""

    concurrency: int
    batch_size: int
    deadline_s: float


class Load(NamedTuple):
    """What is in flight: records and bytes in the window, and tickets that wait for the model."""

    records: int
    size_bytes: int
    waiting: int


class AnswerRate:
    """Model answers per second, as an exponentially weighted mean over a few seconds."""

    def __init__(self, started_s: float) -> None:
        self._since_s = started_s
        self._counted = 0
        self.per_second = 0.0

    def add(self, answers: int, now: float) -> None:
        """Count answers that came in; they weigh in once a second."""
        self._counted += answers
        elapsed = now - self._since_s
        if elapsed < 1.0:
            return
        weight = min(1.0, elapsed / MEASURED_OVER_S) if self.per_second else 1.0
        self.per_second += weight * (self._counted / elapsed - self.per_second)
        self._counted = 0
        self._since_s = now


class Backpressure:
    """Decides when consumption stops and when it goes on.

    The window admits no more model-bound tickets than the measured answer rate clears in half a
    deadline, but always enough to fill every concurrent call twice, so that the rate can be measured.

    Attributes:
        fill: how full the window was when it was looked at last; from 1 on nothing more is read.
    """

    def __init__(self, limits: Limits) -> None:
        self.fill = 0.0
        self._floor = 2 * limits.concurrency * limits.batch_size
        self._deadline_s = limits.deadline_s
        self._full_since_s: float | None = None

    def limit(self, answers_per_second: float) -> int:
        """Model-bound tickets that may wait at this rate."""
        return max(self._floor, int(answers_per_second * self._deadline_s / 2))

    def update(self, load: Load, answers_per_second: float, now: float) -> Flow:
        """What to do now that so much is in flight, with hysteresis; `now` in monotonic seconds."""
        self.fill = max(
            load.records / MAX_RECORDS, load.size_bytes / MAX_BYTES, load.waiting / self.limit(answers_per_second)
        )
        if self.fill < (1.0 if self._full_since_s is None else RESUME_SHARE):
            self._full_since_s = None
            return Flow.OPEN
        if self._full_since_s is None:
            self._full_since_s = now
        return Flow.PAUSED if now - self._full_since_s >= PATIENCE_S else Flow.WAITING


class FlowControl:
    """Reads from Kafka just as much as can be answered. Not thread-safe.

    Args:
        consumer: reads the tickets.
        partitions: those of this worker.
        limits: how the model is used.
        now: monotonic time.

    Attributes:
        partitions: as given.
    """

    def __init__(self, consumer: GroupConsumer, partitions: Partitions, limits: Limits, now: float) -> None:
        self.partitions = partitions
        self._consumer = consumer
        self._rate = AnswerRate(now)
        self._backpressure = Backpressure(limits)
        self._flow = Flow.OPEN

    def poll(self, *, one_by_one: bool, busy: bool, due_in_s: float = math.inf) -> list[Record]:
        """What has arrived; nothing while the window is full for a short time.

        Args:
            one_by_one: at most one record.
            busy: something is in flight that must not wait long for a record.
            due_in_s: then the next transaction begins.

        Raises:
            BrokerTrouble, Fenced: as `GroupConsumer.poll`.
        """
        if self._flow is Flow.WAITING:
            time.sleep(POLL_BUSY_S)
            return []
        patience_s = max(POLL_LEAST_S, min(due_in_s, POLL_BUSY_S if busy else POLL_IDLE_S))
        return self._consumer.poll(1 if one_by_one else POLL_RECORDS, patience_s)

    @property
    def fill(self) -> float:
        """How full the window is; from 1 on nothing more is read."""
        return self._backpressure.fill

    def answered(self, answers: int, now: float) -> None:
        """Count answers of the model."""
        self._rate.add(answers, now)

    def regulate(self, load: Load, now: float, *, stopped: bool, queue: bool, full: Collection[TopicPartition]) -> bool:
        """Pause and resume partitions, on change only.

        Args:
            load: what is in flight.
            now: monotonic time.
            stopped: nothing is to be read, whatever the load.
            queue: whether `ticket-recategorize` may be read.
            full: the partitions that are not to be read further.

        Returns:
            Whether consumption is stopped now.
        """
        self._flow = self._backpressure.update(load, self._rate.per_second, now)
        paused = stopped or self._flow is Flow.PAUSED
        self.partitions.read(any_at_all=not paused, queue=queue, full=full)
        return paused or self._flow is Flow.WAITING
