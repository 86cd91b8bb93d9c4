"""When to try again: the length of the pause, and the deadline.

Everything here is a pure decision. The caller makes the tries and the pauses.
"""

import math
import random
from dataclasses import dataclass
from enum import StrEnum

# Doubling this often exceeds any delay that a policy can hold, and stays far from overflowing a float.
_MOST_DOUBLINGS = 64


class RetryStrategy(StrEnum):
    """How the pause grows from one try to the next."""

    EXPONENTIAL = "exponential"
    LINEAR = "linear"
    FIXED = "fixed"


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """The number of tries, and the pauses between them.

    Attributes:
        max_attempts: All tries, including the first.
        initial_delay_s: The pause after the first try, before jitter.
        max_delay_s: The longest pause of our own; a server's Retry-After may be longer.
        strategy: `EXPONENTIAL` doubles the pause, `LINEAR` adds `initial_delay_s` each time, `FIXED` keeps it.
        jitter: Full jitter: the pause is drawn evenly between 0 and the strategy's. Source: Marc Brooker,
            "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.

    Raises:
        ValueError: A value is out of range.
    """

    max_attempts: int = 3
    initial_delay_s: float = 1.0
    max_delay_s: float = 30.0
    strategy: RetryStrategy = RetryStrategy.EXPONENTIAL
    jitter: bool = True

    def __post_init__(self) -> None:
        if self.max_attempts < 1:
            raise ValueError("max_attempts must be at least 1: the first try counts")
        if not 0 <= self.initial_delay_s < math.inf:
            raise ValueError("initial_delay_s must be a number of seconds, 0 or more")
        if not 0 <= self.max_delay_s < math.inf:
            raise ValueError("max_delay_s must be a number of seconds, 0 or more")

    def delay_s(self, attempt: int, rng: random.Random) -> float:
        """The pause after try number `attempt` (the first is 1)."""
        ceiling_s = min(self._growth_s(attempt), self.max_delay_s)
        return rng.uniform(0.0, ceiling_s) if self.jitter else ceiling_s

    def pause_s(
        self,
        attempt: int,
        now: float,
        deadline: float,
        rng: random.Random,
        retry_after_s: float | None = None,
    ) -> float | None:
        """Decide what follows failed try number `attempt`: the pause before the next try, or None for no further try.

        There is no further try when `max_attempts` were made, or when it could not begin before the deadline. The pause
        is never shorter than the Retry-After. A Retry-After that reaches beyond the deadline ends the call at once.

        Args:
            attempt: The number of tries so far.
            now: Monotonic seconds.
            deadline: Monotonic seconds; may be infinite.
            rng: Draws the jitter.
            retry_after_s: The server's Retry-After, if it sent one.
        """
        if attempt >= self.max_attempts:
            return None
        pause_s = max(self.delay_s(attempt, rng), retry_after_s or 0.0)
        return pause_s if now + pause_s < deadline else None

    def _growth_s(self, attempt: int) -> float:
        match self.strategy:
            case RetryStrategy.EXPONENTIAL:
                return math.ldexp(self.initial_delay_s, min(attempt - 1, _MOST_DOUBLINGS))
            case RetryStrategy.LINEAR:
                return self.initial_delay_s * attempt
            case RetryStrategy.FIXED:
                return self.initial_delay_s
