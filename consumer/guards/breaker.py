"""A circuit breaker for calls that many threads make to one service."""

import threading
from collections import deque
from collections.abc import Callable
from typing import NamedTuple, TypeVar

from analytics.forks import begins_anew
from consumer.guards.breaker_state import BreakerState, Circuit, Permit
from consumer.guards.clock import Clock, SystemClock

__all__ = ["Breaker", "BreakerChange", "BreakerState", "Permit"]

_T = TypeVar("_T")


class BreakerChange(NamedTuple):
    """One change of state.

    Attributes:
        name: Of the breaker.
        state: The new state.
        since_us: When the new state began: wall clock, microseconds since the epoch.
        failures: Failed calls in a row up to the change; 0 when it closed.
    """

    name: str
    state: BreakerState
    since_us: int
    failures: int


class Breaker:
    """A `Circuit` for many threads.

    It counts calls in the order of their completion. A call with all its tries counts once. A failed call that began
    before the last success does not count, so one blip under sixteen callers is not sixteen failures.

    The half-open breaker lets two probes through at once. It closes as soon as a probe has succeeded and no other is
    under way: if two probes were made, both must succeed; if one was made, that one is enough. A failed probe opens the
    breaker again for the whole timeout. Calls that began in an earlier state do not count.

    A forked process goes on with the state of its parent, without the parent's calls.

    Args:
        name: The name of what it guards, for the listeners.
        threshold: This many failed calls in a row open it; 0 switches it off.
        timeout_s: How long it stays open before it lets probes through.
        clock: The source of the time; it also waits.

    Raises:
        ValueError: A value is out of range.
    """

    def __init__(self, name: str, *, threshold: int = 5, timeout_s: float = 300.0, clock: Clock | None = None) -> None:
        if threshold < 0 or timeout_s < 0:
            raise ValueError("a breaker's threshold and timeout_s must be 0 or more; a threshold of 0 switches it off")
        self.name = name
        self._clock = clock or SystemClock()
        self._circuit = Circuit(threshold, timeout_s)
        self._listeners: list[Callable[[BreakerChange], None]] = []
        self.begin_anew()
        begins_anew(self)

    def begin_anew(self) -> None:
        """Forget the calls under way and the changes to announce; see `analytics.forks.Forkable`."""
        self._circuit.forget_calls()
        self._changed = threading.Condition()
        self._unannounced: deque[BreakerChange] = deque()
        self._announcing = threading.Lock()

    def subscribe(self, listener: Callable[[BreakerChange], None]) -> None:
        """Call the listener at every change of state: in order, one at a time, and outside the lock."""
        self._listeners.append(listener)

    def state(self, now: float) -> BreakerState:
        """The state that a caller would find: an open breaker whose timeout has passed is half-open."""
        with self._changed:
            return self._circuit.state_at(now)

    def would_permit(self, now: float) -> bool:
        """Whether `acquire` would succeed; takes no permit."""
        with self._changed:
            return self._circuit.would_permit(now)

    def retry_after_s(self, now: float) -> float:
        """How long until calls are let through again; 0 when they are, or when that depends on the probes under way."""
        with self._changed:
            return self._circuit.retry_after_s(now)

    def acquire(self) -> Permit | None:
        """Ask to make a call; None means no. Every permit must be settled by one of the next four methods."""
        return self._step(lambda circuit, now: circuit.acquire(now))

    def succeed(self, permit: Permit) -> None:
        """The call was answered."""
        self._step(lambda circuit, _now: circuit.succeed(permit))

    def fail(self, permit: Permit, *, hold_s: float = 0.0) -> None:
        """The call was not answered; if this opens the breaker, it stays open for at least `hold_s`."""
        self._step(lambda circuit, now: circuit.fail(permit, now, hold_s))

    def release(self, permit: Permit) -> None:
        """The call says nothing about the service, or was never finished: give the permit back."""
        self._step(lambda circuit, _now: circuit.release(permit))

    def trip(self, permit: Permit) -> None:
        """The service refuses all our calls: open at once."""
        self._step(lambda circuit, now: circuit.trip(permit, now))

    def stands(self, permit: Permit) -> bool:
        """Whether the breaker is still in the state that gave the permit."""
        with self._changed:
            return self._circuit.stands(permit)

    def wait(self, permit: Permit, pause_s: float) -> bool:
        """Pause between two tries of a call, for as long as its permit stands.

        Returns:
            Whether it still stands. When the breaker opens, the pause ends at once with False.
        """
        ends_at = self._clock.now() + pause_s
        with self._changed:
            while self._circuit.stands(permit) and (left_s := ends_at - self._clock.now()) > 0:
                self._clock.wait(self._changed, left_s)
            return self._circuit.stands(permit)

    def shut(self) -> None:
        """Refuse every call from now on and end every pause; for shutdown, so no listener is called."""
        with self._changed:
            self._circuit.shut()
            self._changed.notify_all()

    def _step(self, decide: Callable[[Circuit, float], _T]) -> _T:
        with self._changed:
            before = self._circuit.generation
            decided = decide(self._circuit, self._clock.now())
            if self._circuit.generation != before:
                self._unannounced.append(self._change())
                self._changed.notify_all()
        self._announce()
        return decided

    def _change(self) -> BreakerChange:
        return BreakerChange(self.name, self._circuit.state, self._clock.unix_us(), self._circuit.failures)

    def _announce(self) -> None:
        # One thread announces at a time, also the changes that others add meanwhile: the order is kept, and no thread
        # waits for a listener.
        while self._unannounced and self._announcing.acquire(blocking=False):
            try:
                while self._unannounced:
                    change = self._unannounced.popleft()
                    for listener in self._listeners:
                        listener(change)
            finally:
                self._announcing.release()
