"""One guarded call of yours: a permit of its breaker, its tries, and an ending that breaker and figures are told of."""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import structlog

from consumer.guards.retry import RetryPolicy, RetryStrategy

if TYPE_CHECKING:
    import random

    from consumer.guards.breaker import Breaker
    from consumer.guards.breaker_state import BreakerState
    from consumer.guards.clock import Clock

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class RetryConfig:
    """How often to try an operation, and how long to wait in between.

    Attributes:
        max_attempts: Tries in all, the first included.
        initial_delay: Seconds after the first try, before jitter.
        max_delay: No wait is longer, in seconds.
        strategy: EXPONENTIAL doubles the wait, LINEAR adds `initial_delay` each time, FIXED keeps it.
        jitter: Full jitter: the wait is drawn evenly between 0 and the strategy's.
        retry_on: Only these exceptions are tried again. Others come out at once and are not held against the
            operation: its circuit breaker does not count them. KeyboardInterrupt and its like are never caught.

    Raises:
        ValueError: A value is out of range.
    """

    max_attempts: int = 3
    initial_delay: float = 1.0
    max_delay: float = 30.0
    strategy: RetryStrategy = RetryStrategy.EXPONENTIAL
    jitter: bool = True
    retry_on: type[Exception] | tuple[type[Exception], ...] = Exception
    policy: RetryPolicy = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        policy = RetryPolicy(
            self.max_attempts, self.initial_delay, self.max_delay, RetryStrategy(self.strategy), self.jitter
        )
        object.__setattr__(self, "policy", policy)

    def covers(self, error: BaseException) -> bool:
        """Whether to try again after this."""
        return isinstance(error, Exception) and isinstance(error, self.retry_on)


class CircuitOpen(Exception):
    """The operation failed too often in a row and is not tried for a while; nothing was called.

    Attributes:
        operation_name: Which operation.
        retry_after_s: Seconds until a call is let through again; 0 while the calls that probe it are under way.
        retry_at: The same as a moment.
    """

    def __init__(self, operation_name: str, retry_after_s: float, now: datetime) -> None:
        super().__init__(operation_name, retry_after_s, now)
        self.operation_name = operation_name
        self.retry_after_s = retry_after_s
        self.retry_at = now + timedelta(seconds=retry_after_s)

    def __str__(self) -> str:
        when = f"in {self.retry_after_s:.1f} s" if self.retry_after_s else "when the calls that probe it have ended"
        return f"{self.operation_name} failed too often and is not called for a while; try again {when}"


@dataclass(frozen=True, slots=True)
class RetryStats:
    """What became of the calls of one operation so far.

    Attributes:
        operation_name: Which operation.
        calls: Calls that ended, each counted once with all its tries; without the refused ones.
        succeeded: Calls that returned in the end.
        recovered: Those of them that needed more than one try.
        failed: Calls whose last error came out.
        refused: Calls that were not let through because the circuit was open.
        retries: Tries beyond the first.
        circuit_state: Closed, open or half_open.
        last_error: Name of the last error's class; None if there was none.
    """

    operation_name: str
    calls: int
    succeeded: int
    recovered: int
    failed: int
    refused: int
    retries: int
    circuit_state: BreakerState
    last_error: str | None

    @property
    def failure_rate(self) -> float:
        """Share of the calls that failed in spite of all tries, 0 to 1; 0 without calls."""
        return self.failed / self.calls if self.calls else 0.0


@dataclass(slots=True)
class Tally:
    """Counts what `RetryStats` shows. Thread-safe."""

    succeeded: int = 0
    recovered: int = 0
    failed: int = 0
    refused: int = 0
    retries: int = 0
    last_error: str | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def refuse(self) -> None:
        with self._lock:
            self.refused += 1

    def end(self, attempts: int, error: BaseException | None) -> None:
        """Count a call that has ended, well if there is no error."""
        with self._lock:
            self.retries += attempts - 1
            if error is None:
                self.succeeded += 1
                self.recovered += attempts > 1
            else:
                self.failed += 1
                self.last_error = type(error).__name__

    def stats(self, name: str, state: BreakerState) -> RetryStats:
        with self._lock:
            return RetryStats(
                name,
                self.succeeded + self.failed,
                self.succeeded,
                self.recovered,
                self.failed,
                self.refused,
                self.retries,
                state,
                self.last_error,
            )


class GuardedCall:
    """The tries of one call. Whoever makes them says how each ended, and sleeps as long as it is told.

    Args:
        breaker: Of the operation; it counts a call once, with all its tries.
        tally: Of the operation.
        config: How often to try.
        clock: Tells the time.
        rng: Draws the jitter.

    Raises:
        CircuitOpen: The breaker does not permit it.
    """

    def __init__(self, breaker: Breaker, tally: Tally, config: RetryConfig, clock: Clock, rng: random.Random) -> None:
        self._breaker = breaker
        self._tally = tally
        self._config = config
        self._clock = clock
        self._rng = rng
        self._attempts = 1
        permit = breaker.acquire()
        if permit is None:
            tally.refuse()
            now = datetime.fromtimestamp(clock.unix_us() / 1e6, UTC)
            raise CircuitOpen(breaker.name, breaker.retry_after_s(clock.now()), now)
        self._permit = permit

    def succeeded(self) -> None:
        """The last try returned."""
        self._breaker.succeed(self._permit)
        self._tally.end(self._attempts, None)

    def failed(self, error: BaseException) -> float | None:
        """The last try raised.

        Returns:
            How long to wait for the next try; None when there is none and the error is to come out.
        """
        if not self._config.covers(error):
            self._breaker.release(self._permit)
            self._tally.end(self._attempts, error)
            return None
        pause_s = self._config.policy.pause_s(self._attempts, self._clock.now(), math.inf, self._rng)
        told = {"operation": self._breaker.name, "attempts": self._attempts, "error": type(error).__name__}
        if pause_s is None:
            _log.warning("call.failed", **told)
            self._breaker.fail(self._permit)
            self._tally.end(self._attempts, error)
        else:
            _log.info("call.retried", **told, pause_s=round(pause_s, 3))
        return pause_s

    def wait(self, pause_s: float, error: BaseException) -> bool:
        """Sleep between two tries; False, at once, when the breaker opens meanwhile and the error is to come out."""
        try:
            self._breaker.wait(self._permit, pause_s)
        except BaseException as interruption:
            self.abandoned(interruption)
            raise
        return self.goes_on(error)

    def goes_on(self, error: BaseException) -> bool:
        """Whether there is a next try after the wait; the call has ended if not."""
        if self._breaker.stands(self._permit):
            self._attempts += 1
            return True
        self._tally.end(self._attempts, error)
        return False

    def abandoned(self, interruption: BaseException) -> None:
        """Nobody waits for the next try any more."""
        self._breaker.release(self._permit)
        self._tally.end(self._attempts, interruption)
