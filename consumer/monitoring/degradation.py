"""Decides when an operation is degraded and when it has recovered, over the last five minutes. Pure.

Times are arguments, in monotonic seconds.
"""

import math
from collections import Counter, deque
from enum import StrEnum
from typing import NamedTuple

WINDOW_S = 300.0
# With fewer samples nothing is decided.
MIN_SAMPLES = 50
# A degradation ends when the value is down at this share of its threshold, so that a value near the threshold does not
# begin and end alerts again and again.
RECOVERED = 0.8

_SLICE_S = 5.0
# Durations are counted in bins; the upper edge of a bin is 2 % above its lower edge.
_GROWTH = math.log(1.02)
_SHORTEST_S = 1e-6


class Kind(StrEnum):
    """The kinds of degradation."""

    P95 = "p95"
    FAILURE_RATE = "failure_rate"
    BREAKER_OPEN = "breaker_open"
    ACCURACY_DROP = "accuracy_drop"
    CONFIDENCE_DRIFT = "confidence_drift"
    FOREIGN_LABELS = "foreign_labels"


class Measurement(NamedTuple):
    """A value and how many samples it rests on."""

    value: float
    samples: int


class Transition(StrEnum):
    """A degradation begins or ends."""

    BEGAN = "BEGAN"
    ENDED = "ENDED"


class Watch:
    """Decides whether one thing is degraded.

    Args:
        threshold: a value above it is a degradation.
        now: when watching begins.
    """

    def __init__(self, threshold: float, now: float) -> None:
        self.threshold = threshold
        self.degraded = False
        self._sampled_s = now

    def judge(self, measured: Measurement, now: float) -> Transition | None:
        """The transition that this measurement causes; None when it causes none."""
        if measured.samples:
            self._sampled_s = now
        enough = measured.samples >= MIN_SAMPLES
        if not self.degraded and enough and measured.value > self.threshold:
            self.degraded = True
            return Transition.BEGAN
        recovered = enough and measured.value <= RECOVERED * self.threshold
        # An operation that is no longer used is not degraded.
        unused = now - self._sampled_s >= WINDOW_S
        if self.degraded and (recovered or unused):
            self.degraded = False
            return Transition.ENDED
        return None


class _Slice:
    """The calls of five seconds."""

    def __init__(self, began_s: float) -> None:
        self.began_s = began_s
        self.failures = 0
        self.bins: Counter[int] = Counter()


class RecentCalls:
    """Durations and failures of one operation over the last five minutes, in bounded memory."""

    def __init__(self) -> None:
        self._slices: deque[_Slice] = deque()

    def add(self, duration_s: float, number: int, failures: int, now: float) -> None:
        """Add `number` calls of this duration; `failures` of them failed."""
        if not self._slices or now - self._slices[-1].began_s >= _SLICE_S:
            self._slices.append(_Slice(now))
        current = self._slices[-1]
        current.bins[math.ceil(math.log(max(duration_s, _SHORTEST_S)) / _GROWTH)] += number
        current.failures += failures
        self._forget(now)

    def p95_s(self, now: float) -> Measurement:
        """The 95th percentile of the durations by nearest rank; at most 2 % above the exact value."""
        bins: Counter[int] = Counter()
        for held in self._held(now):
            bins.update(held.bins)
        samples = bins.total()
        remaining = math.ceil(0.95 * samples)
        for number in sorted(bins):
            remaining -= bins[number]
            if remaining <= 0:
                return Measurement(math.exp(number * _GROWTH), samples)
        return Measurement(0.0, 0)

    def failure_rate(self, now: float) -> Measurement:
        """The share of the calls that failed."""
        held = self._held(now)
        samples = sum(part.bins.total() for part in held)
        return Measurement(sum(part.failures for part in held) / samples if samples else 0.0, samples)

    def _held(self, now: float) -> deque[_Slice]:
        self._forget(now)
        return self._slices

    def _forget(self, now: float) -> None:
        while self._slices and now - self._slices[0].began_s > WINDOW_S:
            self._slices.popleft()
