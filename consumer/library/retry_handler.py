"""`SupportRetryHandler`: the service's retries and circuit breakers around any call of yours."""

from __future__ import annotations

import asyncio
import functools
import inspect
import random
import threading
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple, ParamSpec, TypeVar, cast

from cachetools import LRUCache

from consumer import logs
from consumer.guards.breaker import Breaker
from consumer.guards.breaker_state import BreakerState
from consumer.guards.clock import SystemClock
from consumer.library.guarded_call import GuardedCall, RetryConfig, Tally

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from consumer.guards.clock import Clock
    from consumer.library.guarded_call import RetryStats

# Names that hold an id would otherwise fill the memory; the operation that was used least recently is forgotten.
MAX_OPERATIONS = 1_000

_DEFAULT_CONFIG = RetryConfig()
_DEFAULT_TIMEOUT = timedelta(minutes=5)

_T = TypeVar("_T")
_P = ParamSpec("_P")


class _Operation(NamedTuple):
    breaker: Breaker
    tally: Tally


class SupportRetryHandler:
    """Tries calls again, and stops calling what keeps failing. Thread-safe.

    Each operation name has a circuit breaker of its own, which counts a call once with all its tries. While it is
    open, calls raise `CircuitOpen` without being made; after the timeout two calls probe whether it works again. When
    all tries are spent, the last error comes out as it is.

    Args:
        default_config: For operations without a config of their own.
        operation_configs: By operation name.
        enable_circuit_breaker: Whether to stop calling what keeps failing.
        circuit_breaker_threshold: This many failed calls in a row open a breaker; 0 switches it off.
        circuit_breaker_timeout: How long it stays open.
        clock: Tells the time and waits; other than the machine's for tests.
        rng: Draws the jitter.

    Raises:
        ValueError: A value is out of range.
    """

    def __init__(
        self,
        default_config: RetryConfig = _DEFAULT_CONFIG,
        operation_configs: Mapping[str, RetryConfig] | None = None,
        enable_circuit_breaker: bool = True,
        circuit_breaker_threshold: int = 5,
        circuit_breaker_timeout: timedelta = _DEFAULT_TIMEOUT,
        *,
        clock: Clock | None = None,
        rng: random.Random | None = None,
    ) -> None:
        logs.lend()
        self._default = default_config
        self._configs = dict(operation_configs or {})
        self._threshold = circuit_breaker_threshold if enable_circuit_breaker else 0
        self._timeout_s = circuit_breaker_timeout.total_seconds()
        self._clock = clock or SystemClock()
        self._rng = rng or random.SystemRandom()
        self._operations: LRUCache[str, _Operation] = LRUCache(MAX_OPERATIONS)
        self._lock = threading.Lock()
        # An impossible threshold or timeout is refused now, not at the first call.
        self._breaker("")

    def execute_with_retry(
        self, function: Callable[[], _T], operation_name: str, config: RetryConfig | None = None
    ) -> _T:
        """Call a function until it returns, or until another try is impossible, pointless or not allowed.

        Args:
            function: Called without arguments.
            operation_name: Names its circuit breaker, its figures and its config.
            config: Instead of the operation's own.

        Raises:
            CircuitOpen: The operation failed too often; nothing was called.
            Exception: The last one that the function raised.
        """
        call = self._call(operation_name, config)
        while True:
            try:
                returned = function()
            except BaseException as error:
                pause_s = call.failed(error)
                if pause_s is None or not call.wait(pause_s, error):
                    raise
            else:
                call.succeeded()
                return returned

    def retry(
        self, operation_name: str | None = None, config: RetryConfig | None = None
    ) -> Callable[[Callable[_P, _T]], Callable[_P, _T]]:
        """Decorate a function, or a coroutine function, so that each call of it is tried again.

        Args:
            operation_name: As above; without one, the function's own name with its module.
            config: As above.
        """

        def decorate(function: Callable[_P, _T]) -> Callable[_P, _T]:
            name = operation_name or f"{function.__module__}.{function.__qualname__}"
            if inspect.iscoroutinefunction(function):
                return cast("Callable[_P, _T]", self._retrying_coroutine(function, name, config))

            @functools.wraps(function)
            def retrying(*args: _P.args, **kwargs: _P.kwargs) -> _T:
                return self.execute_with_retry(lambda: function(*args, **kwargs), name, config)

            return retrying

        return decorate

    def get_retry_stats(self) -> dict[str, RetryStats]:
        """What became of the calls so far, by operation name."""
        with self._lock:
            operations = dict(self._operations)
        now = self._clock.now()
        return {name: tally.stats(name, breaker.state(now)) for name, (breaker, tally) in operations.items()}

    def get_circuit_state(self, operation_name: str) -> BreakerState:
        """The state that a call would meet now: `"closed"`, `"open"` or `"half_open"`; closed if never called."""
        with self._lock:
            operation = self._operations.get(operation_name)
        return operation.breaker.state(self._clock.now()) if operation is not None else BreakerState.CLOSED

    def _retrying_coroutine(
        self, function: Callable[_P, Awaitable[_T]], name: str, config: RetryConfig | None
    ) -> Callable[_P, Awaitable[_T]]:
        @functools.wraps(function)
        async def retrying(*args: _P.args, **kwargs: _P.kwargs) -> _T:
            call = self._call(name, config)
            while True:
                try:
                    returned = await function(*args, **kwargs)
                except BaseException as error:
                    pause_s = call.failed(error)
                    if pause_s is None or not await _sleep(call, pause_s, error):
                        raise
                else:
                    call.succeeded()
                    return returned

        return retrying

    def _call(self, name: str, config: RetryConfig | None) -> GuardedCall:
        with self._lock:
            operation = self._operations.get(name)
            if operation is None:
                operation = self._operations[name] = _Operation(self._breaker(name), Tally())
        chosen = config or self._configs.get(name, self._default)
        return GuardedCall(operation.breaker, operation.tally, chosen, self._clock, self._rng)

    def _breaker(self, name: str) -> Breaker:
        return Breaker(name, threshold=self._threshold, timeout_s=self._timeout_s, clock=self._clock)


async def _sleep(call: GuardedCall, pause_s: float, error: BaseException) -> bool:
    """As `GuardedCall.wait`, leaving the event loop to others; a breaker that opens is noticed after the pause."""
    try:
        await asyncio.sleep(pause_s)
    except BaseException as interruption:
        call.abandoned(interruption)
        raise
    return call.goes_on(error)
