"""The decisions of a circuit breaker, without lock or clock.

    CLOSED ──threshold failed calls in a row, or a trip──▶ OPEN ──timeout──▶ HALF_OPEN ──probes succeeded──▶ CLOSED
                                                             ▲────────a probe failed────────┘

The pattern is Michael Nygard's ("Release It!", 2007); the generation counter follows sony/gobreaker.
"""

import math
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

PROBES = 2


class BreakerState(StrEnum):
    """Whether calls are let through: all of them, none, or two probes."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class Permit(NamedTuple):
    """The permission to make one call; to be settled exactly once, whether the call succeeds or not."""

    generation: int
    serial: int


@dataclass(slots=True)
class Circuit:
    """The breaker's state machine. Not thread-safe; all times are monotonic seconds that the caller passes in.

    Attributes:
        threshold: This many failed calls in a row open it; 0 switches it off.
        timeout_s: How long it stays open before it lets probes through.
    """

    threshold: int
    timeout_s: float
    state: BreakerState = BreakerState.CLOSED
    generation: int = 0
    failures: int = 0
    open_until: float = 0.0
    _next_serial: int = 0
    # Failures of permits below this serial do not count: those calls began before the last success.
    _counts_from: int = 0
    _probes: set[Permit] = field(default_factory=set)
    _probes_succeeded: int = 0

    def state_at(self, now: float) -> BreakerState:
        """The state that a caller at `now` would meet."""
        if self.state is BreakerState.OPEN and now >= self.open_until:
            return BreakerState.HALF_OPEN
        return self.state

    def would_permit(self, now: float) -> bool:
        """Whether `acquire` would succeed."""
        match self.state:
            case BreakerState.CLOSED:
                return True
            case BreakerState.OPEN:
                return now >= self.open_until
            case BreakerState.HALF_OPEN:
                return len(self._probes) + self._probes_succeeded < PROBES

    def retry_after_s(self, now: float) -> float:
        """How long until a probe is let through; 0 when the state is not open."""
        return max(0.0, self.open_until - now) if self.state is BreakerState.OPEN else 0.0

    def acquire(self, now: float) -> Permit | None:
        """Ask to make a call. The first one after the timeout makes the breaker half-open."""
        if not self.would_permit(now):
            return None
        if self.state is BreakerState.OPEN:
            self._enter(BreakerState.HALF_OPEN)
        permit = Permit(self.generation, self._next_serial)
        self._next_serial += 1
        if self.state is BreakerState.HALF_OPEN:
            self._probes.add(permit)
        return permit

    def stands(self, permit: Permit) -> bool:
        """Whether the breaker is still in the state that gave the permit; if not, the call's outcome does not count."""
        return permit.generation == self.generation

    def succeed(self, permit: Permit) -> None:
        """The call was answered."""
        if not self.stands(permit):
            return
        self.failures = 0
        self._counts_from = self._next_serial
        if permit in self._probes:
            self._probes_succeeded += 1
            self._give_back(permit)

    def fail(self, permit: Permit, now: float, hold_s: float = 0.0) -> None:
        """The call, with all its tries, was not answered.

        Args:
            permit: Of the call.
            now: Monotonic seconds.
            hold_s: If this opens the breaker, it stays open at least this long, even if `timeout_s` is shorter.
        """
        if not self.stands(permit):
            return
        probed = permit in self._probes
        # With sixteen callers, all calls that were under way at the last success may fail because of the same blip.
        if permit.serial < self._counts_from and not probed:
            return
        self.failures += 1
        if probed or 0 < self.threshold <= self.failures:
            self._open(now, hold_s)

    def release(self, permit: Permit) -> None:
        """The call says nothing about the service, or was never finished: the permit is given back."""
        if permit in self._probes:
            self._give_back(permit)

    def trip(self, permit: Permit, now: float) -> None:
        """The service refuses all our calls: open at once, below the threshold too."""
        if not self.stands(permit) or self.threshold == 0:
            return
        self.failures += 1
        self._open(now, 0.0)

    def shut(self) -> None:
        """Refuse every call from now on."""
        self._open(0.0, math.inf)

    def forget_calls(self) -> None:
        """The calls under way will never be settled here: they are those of the parent of this process."""
        if self.state is BreakerState.HALF_OPEN:
            # Its probes are the parent's: this process sends its own, at once if the timeout is over.
            self._enter(BreakerState.OPEN)
        # Another thread of the parent may have been in the middle of a change.
        self._probes.clear()
        self._probes_succeeded = 0

    def _give_back(self, permit: Permit) -> None:
        self._probes.discard(permit)
        # To wait for a second success would leave the breaker half-open until the next ticket comes.
        if self._probes_succeeded and not self._probes:
            self._enter(BreakerState.CLOSED)

    def _open(self, now: float, hold_s: float) -> None:
        self._enter(BreakerState.OPEN)
        self.open_until = now + max(self.timeout_s, hold_s)

    def _enter(self, state: BreakerState) -> None:
        self.state = state
        self.generation += 1
        self._probes.clear()
        self._probes_succeeded = 0
        if state is BreakerState.CLOSED:
            self.failures = 0
