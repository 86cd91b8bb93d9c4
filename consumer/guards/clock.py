"""The clock that the guards read and wait by."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import threading


class Clock(Protocol):
    """Time, as far as the guards need it."""

    def now(self) -> float:
        """Monotonic seconds, comparable with deadlines."""

    def unix_us(self) -> int:
        """Wall clock, microseconds since the epoch."""

    def wait(self, condition: threading.Condition, timeout_s: float, /) -> None:
        """Wait on a condition that is held, until notified or for `timeout_s` at most."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> float:
        return time.monotonic()

    def unix_us(self) -> int:
        return time.time_ns() // 1000

    def wait(self, condition: threading.Condition, timeout_s: float, /) -> None:
        # Beyond TIMEOUT_MAX (some centuries) the wait would raise instead of waiting.
        condition.wait(min(timeout_s, 1e6))
