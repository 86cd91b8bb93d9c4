"""A retry budget: while most calls fail, retries may add only a little to the load.

Scattered errors get all their retries. In an outage the load is not multiplied by the number of tries.
Source of the idea: "Handling Overload", Site Reliability Engineering (O'Reilly, 2016), chapter 21.
"""

import threading
from collections import deque
from dataclasses import dataclass, field

from analytics.forks import begins_anew

WINDOW_S = 10


@dataclass(slots=True)
class _Second:
    second: int
    calls: int = 0
    failed: int = 0
    retries: int = 0


@dataclass(slots=True, eq=False, weakref_slot=True)
class RetryBudget:
    """Counts calls and retries of the last ten seconds. Thread-safe.

    A call with all its tries counts once, at its end. The window moves in steps of one second.

    Attributes:
        share: Allowed retries per call while the budget is in force.
        in_force_at: The budget is in force while at least this share of the window's calls failed.
        floor: Retries that every window is allowed, one a second. Without them a failed call at a quiet time would
            leave the next call no retries, since a tenth of one call is none.
    """

    share: float = 0.1
    in_force_at: float = 0.5
    floor: int = WINDOW_S
    _seconds: deque[_Second] = field(default_factory=deque, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)

    def __post_init__(self) -> None:
        begins_anew(self)

    def begin_anew(self) -> None:
        """Take a lock that no other process holds; see `analytics.forks.Forkable`."""
        self._lock = threading.Lock()

    def record(self, now: float, *, failed: bool) -> None:
        """Count a call that has ended."""
        with self._lock:
            current = self._current(now)
            current.calls += 1
            current.failed += failed

    def take(self, now: float) -> bool:
        """Take a retry out of the budget; False when none is left."""
        with self._lock:
            current = self._current(now)
            calls = sum(second.calls for second in self._seconds)
            failed = sum(second.failed for second in self._seconds)
            retries = sum(second.retries for second in self._seconds)
            in_force = calls > 0 and failed >= self.in_force_at * calls
            if in_force and retries >= max(self.floor, self.share * calls):
                return False
            current.retries += 1
            return True

    def used(self, now: float) -> float:
        """The share of the allowed retries that is used; 0 while the budget is not in force."""
        with self._lock:
            self._current(now)
            calls = sum(second.calls for second in self._seconds)
            failed = sum(second.failed for second in self._seconds)
            retries = sum(second.retries for second in self._seconds)
        if not calls or failed < self.in_force_at * calls:
            return 0.0
        return min(1.0, retries / max(self.floor, self.share * calls))

    def _current(self, now: float) -> _Second:
        second = int(now)
        while self._seconds and self._seconds[0].second <= second - WINDOW_S:
            self._seconds.popleft()
        # Threads read the clock before they take the lock, so `now` may be a little before the newest second.
        if not self._seconds or self._seconds[-1].second < second:
            self._seconds.append(_Second(second))
        return self._seconds[-1]
