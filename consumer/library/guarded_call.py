"""One guarded call: it takes a permit of its breaker, counts its tries, and reports its end."""

import math
import random
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import structlog

from consumer.guards.breaker import Breaker
from consumer.guards.breaker_state import BreakerState
from consumer.guards.clock import Clock
from consumer.guards.retry import RetryPolicy, RetryStrategy

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class RetryConfig:
    """How often to try an operation, and how long to wait in between.

    Attributes:
        max_attempts: Tries in all, the first included.
        initial_delay: Seconds after the first try, before jitter.
        max_delay: The longest wait in seconds.
        strategy: EXPONENTIAL doubles the wait, LINEAR adds `initial_delay` each time, FIXED keeps it.
        jitter: Full jitter: the wait is drawn evenly between 0 and the wait of the strategy.
        retry_on: Only these exceptions are tried again. Others are raised at once, and the circuit breaker does not
            count them. KeyboardInterrupt and similar ones are never caught.

    Raises:
        ValueError: A value is out of range.
        TypeError: `retry_on` is not a class of exceptions, nor a tuple of them.
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
        # Otherwise the first error of a call would be hidden by one about this.
        kinds: tuple[object, ...] = self.retry_on if isinstance(self.retry_on, tuple) else (self.retry_on,)
        if not all(isinstance(kind, type) and issubclass(kind, BaseException) for kind in kinds):
            raise TypeError("retry_on must be a class of exceptions or a tuple of them")

    def covers(self, error: BaseException) -> bool:
        """Whether to try again after this error."""
        return isinstance(error, Exception) and isinstance(error, self.retry_on)


class CircuitOpen(Exception):
    """The operation failed too often in a row and is not called for a while; nothing was called.

    Attributes:
        operation_name: Name of the operation.
        retry_after_s: Seconds until a call is permitted again; 0 while probing calls run.
        retry_at: The same as a point in time.
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
    """The results of the calls of one operation so far.

    Attributes:
        operation_name: Name of the operation.
        calls: Calls that ended, each counted once with all its tries; refused calls are not among them.
        succeeded: Calls that returned in the end.
        recovered: Succeeded calls that needed more than one try.
        failed: Calls that raised their last error.
        refused: Calls that were not permitted because the circuit was open.
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
    """Counts the calls for `RetryStats`. Thread-safe."""

    succeeded: int = 0
    recovered: int = 0
    failed: int = 0
    refused: int = 0
    retries: int = 0
    last_error: str | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def begin_anew(self) -> None:
        """Take another lock in a forked process; see `analytics.forks.Forkable`."""
        self._lock = threading.Lock()

    def refuse(self) -> None:
        with self._lock:
            self.refused += 1

    def end(self, attempts: int, error: BaseException | None) -> None:
        """Count a call that has ended; without an error it has succeeded."""
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
    """The tries of one call. The caller makes them, reports how each ended, and sleeps as long as the methods return.

    Args:
        breaker: The operation's breaker; it counts a call once, with all its tries.
        tally: The operation's counts.
        config: How often to try.
        clock: Tells the time.
        rng: Draws the jitter.

    Raises:
        CircuitOpen: The breaker does not permit the call.
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
            Seconds to wait before the next try; None when there is none and the error must be raised.
        """
        if not self._config.covers(error):
            self._breaker.release(self._permit)
            self._tally.end(self._attempts, error)
            return None
        pause_s = self._config.policy.pause_s(self._attempts, self._clock.now(), math.inf, self._rng)
        fields = {"operation": self._breaker.name, "attempts": self._attempts, "error": type(error).__name__}
        if pause_s is None:
            log.warning("call.failed", **fields)
            self._breaker.fail(self._permit)
            self._tally.end(self._attempts, error)
        else:
            log.info("call.retried", **fields, pause_s=round(pause_s, 3))
        return pause_s

    def wait(self, pause_s: float, error: BaseException) -> bool:
        """Sleep between two tries; returns False at once when the breaker opens and the error must be raised."""
        try:
            self._breaker.wait(self._permit, pause_s)
        except BaseException as interruption:
            self.abandoned(interruption)
            raise
        return self.goes_on(error)

    def goes_on(self, error: BaseException) -> bool:
        """Whether there is a next try after the wait; if not, the call has ended."""
        if self._breaker.stands(self._permit):
            self._attempts += 1
            return True
        self._tally.end(self._attempts, error)
        return False

    def forgotten(self) -> None:
        """End the call without counting it: whether it succeeds is not known yet, or has no meaning."""
        self._breaker.release(self._permit)

    def abandoned(self, interruption: BaseException) -> None:
        """End the call without another try: the wait was interrupted."""
        self._breaker.release(self._permit)
        self._tally.end(self._attempts, interruption)
