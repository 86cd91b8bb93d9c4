"""The clock by which the guards tell the time and wait."""

import threading
import time
from typing import Protocol


class Clock(Protocol):
    """The time functions that the guards need."""

    def now(self) -> float:
        """Monotonic seconds, comparable with deadlines."""

    def unix_us(self) -> int:
        """Wall clock, microseconds since the epoch."""

    def wait(self, condition: threading.Condition, timeout_s: float, /) -> None:
        """Wait on a condition whose lock is held, until notified or for at most `timeout_s`."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> float:
        return time.monotonic()

    def unix_us(self) -> int:
        return time.time_ns() // 1000

    def wait(self, condition: threading.Condition, timeout_s: float, /) -> None:
        # Above TIMEOUT_MAX (some centuries) the call would raise an error.
        condition.wait(min(timeout_s, 1e6))
