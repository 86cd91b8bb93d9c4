"""When something is degraded and when it is well again: pure decisions over the last five minutes.

Times are arguments, in monotonic seconds.
"""

import math
from collections import Counter, deque
from enum import StrEnum
from typing import NamedTuple

WINDOW_S = 300.0
# Fewer say nothing.
MIN_SAMPLES = 50
# A degradation ends when what is measured is back at this share of its threshold: a value on the brink is told once.
WELL_AGAIN = 0.8

_SLICE_S = 5.0
# Durations are counted in bins each of which ends 2 % above where it begins.
_GROWTH = math.log(1.02)
_SHORTEST_S = 1e-6


class Kind(StrEnum):
    """What can be exceeded."""

    P95 = "p95"
    FAILURE_RATE = "failure_rate"
    BREAKER_OPEN = "breaker_open"
    ACCURACY_DROP = "accuracy_drop"
    CONFIDENCE_DRIFT = "confidence_drift"


class Measured(NamedTuple):
    """A value and how many samples it rests on."""

    value: float
    samples: int


class Turn(StrEnum):
    """A degradation begins or ends."""

    BEGAN = "BEGAN"
    ENDED = "ENDED"


class Watch:
    """Whether one thing is degraded.

    Args:
        threshold: degraded is what is above it.
        now: when watching begins.
    """

    def __init__(self, threshold: float, now: float) -> None:
        self.threshold = threshold
        self.degraded = False
        self._sampled_s = now

    def judge(self, measured: Measured, now: float) -> Turn | None:
        """What changes with this measurement; None when nothing does."""
        if measured.samples:
            self._sampled_s = now
        enough = measured.samples >= MIN_SAMPLES
        if not self.degraded and enough and measured.value > self.threshold:
            self.degraded = True
            return Turn.BEGAN
        well = enough and measured.value <= WELL_AGAIN * self.threshold
        # What nobody uses any more is not degraded.
        unused = now - self._sampled_s >= WINDOW_S
        if self.degraded and (well or unused):
            self.degraded = False
            return Turn.ENDED
        return None


class _Slice:
    def __init__(self, began_s: float) -> None:
        self.began_s = began_s
        self.failures = 0
        self.bins: Counter[int] = Counter()


class RecentCalls:
    """Durations and failures of one operation over the last five minutes, in bounded memory."""

    def __init__(self) -> None:
        self._slices: deque[_Slice] = deque()

    def add(self, duration_s: float, number: int, failures: int, now: float) -> None:
        """So many calls took as long as this; so many of them failed."""
        if not self._slices or now - self._slices[-1].began_s >= _SLICE_S:
            self._slices.append(_Slice(now))
        current = self._slices[-1]
        current.bins[math.ceil(math.log(max(duration_s, _SHORTEST_S)) / _GROWTH)] += number
        current.failures += failures
        self._forget(now)

    def p95_s(self, now: float) -> Measured:
        """The duration below which 95 % of them stayed, by nearest rank, at most 2 % above the exact one."""
        bins: Counter[int] = Counter()
        for each in self._held(now):
            bins.update(each.bins)
        samples = bins.total()
        wanted = math.ceil(0.95 * samples)
        for place in sorted(bins):
            wanted -= bins[place]
            if wanted <= 0:
                return Measured(math.exp(place * _GROWTH), samples)
        return Measured(0.0, 0)

    def failure_rate(self, now: float) -> Measured:
        """The share of them that failed."""
        held = self._held(now)
        samples = sum(each.bins.total() for each in held)
        return Measured(sum(each.failures for each in held) / samples if samples else 0.0, samples)

    def _held(self, now: float) -> deque[_Slice]:
        self._forget(now)
        return self._slices

    def _forget(self, now: float) -> None:
        while self._slices and now - self._slices[0].began_s > WINDOW_S:
            self._slices.popleft()
