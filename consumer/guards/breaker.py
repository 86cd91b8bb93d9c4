"""A circuit breaker for calls that many threads make to one service."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from consumer.guards.breaker_state import BreakerState, Circuit, Permit
from consumer.guards.clock import SystemClock

if TYPE_CHECKING:
    from collections.abc import Callable

    from consumer.guards.clock import Clock

__all__ = ["Breaker", "BreakerChange", "BreakerState", "Permit"]

_T = TypeVar("_T")


class BreakerChange(NamedTuple):
    """One change of state.

    Attributes:
        name: Of the breaker.
        state: The new one.
        since_us: When it began: wall clock, microseconds since the epoch.
        failures: Failed calls in a row up to the change; 0 when it closed.
    """

    name: str
    state: BreakerState
    since_us: int
    failures: int


class Breaker:
    """A `Circuit` for many threads.

    It counts calls in order of their completion: a call with all its tries is one. A failed call that was begun before
    the last success does not count, so one blip under sixteen callers is not sixteen failures.

    Half-open lets two probes through at once. It closes as soon as a probe has succeeded and no other is under way:
    both must succeed if two were asked for, and one is enough if nobody asked for the second. A failed probe opens it
    again for the whole timeout. What was begun in an earlier state counts for nothing.

    Args:
        name: What it guards, for those who listen.
        threshold: This many failed calls in a row open it; 0 switches it off.
        timeout_s: How long it stays open before it lets probes through.
        clock: Tells the time, and waits.

    Raises:
        ValueError: A value is out of range.
    """

    def __init__(self, name: str, *, threshold: int = 5, timeout_s: float = 300.0, clock: Clock | None = None) -> None:
        if threshold < 0 or timeout_s < 0:
            raise ValueError("a breaker's threshold and timeout_s must be 0 or more; a threshold of 0 switches it off")
        self.name = name
        self._clock = clock or SystemClock()
        self._circuit = Circuit(threshold, timeout_s)
        self._changed = threading.Condition()
        self._listeners: list[Callable[[BreakerChange], None]] = []
        self._untold: deque[BreakerChange] = deque()
        self._telling = threading.Lock()

    def subscribe(self, listener: Callable[[BreakerChange], None]) -> None:
        """Be told of every change of state, in order, one at a time, outside the lock, by the thread that caused it."""
        self._listeners.append(listener)

    def state(self, now: float) -> BreakerState:
        """The state that a caller would meet: an open breaker whose timeout has passed is half-open."""
        with self._changed:
            return self._circuit.state_at(now)

    def would_permit(self, now: float) -> bool:
        """Whether `acquire` would succeed; takes no permit."""
        with self._changed:
            return self._circuit.would_permit(now)

    def retry_after_s(self, now: float) -> float:
        """How long until calls are let through again; 0 when they are, or when the probes under way will tell."""
        with self._changed:
            return self._circuit.retry_after_s(now)

    def acquire(self) -> Permit | None:
        """Ask to make a call; None means do not. Every permit must be settled by one of the next four methods."""
        return self._step(lambda circuit, now: circuit.acquire(now))

    def succeed(self, permit: Permit) -> None:
        """The call was answered."""
        self._step(lambda circuit, _now: circuit.succeed(permit))

    def fail(self, permit: Permit, *, hold_s: float = 0.0) -> None:
        """The call was not answered; should this open the breaker, it stays open for `hold_s` at least."""
        self._step(lambda circuit, now: circuit.fail(permit, now, hold_s))

    def release(self, permit: Permit) -> None:
        """The call says nothing about the service, or was never finished: give its place back."""
        self._step(lambda circuit, _now: circuit.release(permit))

    def trip(self, permit: Permit) -> None:
        """The service refuses us altogether: open at once."""
        self._step(lambda circuit, now: circuit.trip(permit, now))

    def stands(self, permit: Permit) -> bool:
        """Whether the breaker is still in the state that gave the permit."""
        with self._changed:
            return self._circuit.stands(permit)

    def wait(self, permit: Permit, pause_s: float) -> bool:
        """Sleep between two tries of a call, for as long as its permit stands.

        Returns:
            Whether it still stands: False at once when the breaker opens, so the caller can be told without delay.
        """
        until = self._clock.now() + pause_s
        with self._changed:
            while self._circuit.stands(permit) and (left_s := until - self._clock.now()) > 0:
                self._clock.wait(self._changed, left_s)
            return self._circuit.stands(permit)

    def shut(self) -> None:
        """Refuse every call from now on and wake those who sleep; for shutdown, so nobody is told of a change."""
        with self._changed:
            self._circuit.shut()
            self._changed.notify_all()

    def _step(self, decide: Callable[[Circuit, float], _T]) -> _T:
        with self._changed:
            before = self._circuit.generation
            decided = decide(self._circuit, self._clock.now())
            if self._circuit.generation != before:
                self._untold.append(self._change())
                self._changed.notify_all()
        self._tell()
        return decided

    def _change(self) -> BreakerChange:
        return BreakerChange(self.name, self._circuit.state, self._clock.unix_us(), self._circuit.failures)

    def _tell(self) -> None:
        # Whoever is telling already tells what others add meanwhile: changes stay in order and nobody waits.
        while self._untold and self._telling.acquire(blocking=False):
            try:
                while self._untold:
                    change = self._untold.popleft()
                    for listener in self._listeners:
                        listener(change)
            finally:
                self._telling.release()
