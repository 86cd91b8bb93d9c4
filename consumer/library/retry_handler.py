"""`SupportRetryHandler`: the service's retries and circuit breakers around your own calls."""

import random
import threading
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial
from typing import Any, NamedTuple, ParamSpec, TypeVar, cast

from cachetools import LRUCache

from analytics.forks import begins_anew
from consumer import logs
from consumer.guards.breaker import Breaker
from consumer.guards.breaker_state import BreakerState
from consumer.guards.clock import Clock, SystemClock
from consumer.library.callables import check_callable, check_name, is_asynchronous, name_of, named_like
from consumer.library.guarded_call import GuardedCall, RetryConfig, RetryStats, Tally
from consumer.library.guarded_tries import awaited, made

# Operation names that hold an id would otherwise fill the memory; the least recently used operation is forgotten.
MAX_OPERATIONS = 1_000

_DEFAULT_CONFIG = RetryConfig()
_DEFAULT_TIMEOUT = timedelta(minutes=5)

_T = TypeVar("_T")
_P = ParamSpec("_P")


class _Operation(NamedTuple):
    breaker: Breaker
    tally: Tally


class SupportRetryHandler:
    """Tries calls again, and stops calling operations that keep failing. Thread-safe.

    Each operation name has its own circuit breaker, which counts a call once with all its tries. While it is open,
    calls raise `CircuitOpen` and nothing is called. After the timeout two calls probe whether the operation works.
    When all tries are spent, the last error is raised as it is.

    Args:
        default_config: For operations without their own config.
        operation_configs: Configs by operation name.
        enable_circuit_breaker: Whether to stop calling operations that keep failing.
        circuit_breaker_threshold: Number of failed calls in a row that open a breaker; 0 switches breakers off.
        circuit_breaker_timeout: How long a breaker stays open.
        clock: Tells the time and waits; the machine's clock by default.
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
        logs.configure_as_library()
        self._default = default_config
        self._configs = dict(operation_configs or {})
        self._threshold = circuit_breaker_threshold if enable_circuit_breaker else 0
        self._timeout_s = circuit_breaker_timeout.total_seconds()
        self._clock = clock or SystemClock()
        self._rng = rng or random.SystemRandom()
        self._operations: LRUCache[str, _Operation] = LRUCache(MAX_OPERATIONS)
        self._lock = threading.Lock()
        # This refuses an impossible threshold or timeout now and not at the first call.
        self._breaker("")
        begins_anew(self)

    def begin_anew(self) -> None:
        """Draw other pauses and take other locks in a forked process; see `analytics.forks.Forkable`."""
        self._rng.seed()
        if self._lock.locked():
            # Another thread of the parent was in the middle of a change.
            known = {name: self._operations[name] for name in list(self._operations)}
            self._operations = LRUCache(MAX_OPERATIONS)
            self._operations.update(known)
        self._lock = threading.Lock()
        for operation in self._operations.values():
            operation.tally.begin_anew()

    def execute_with_retry(
        self, function: Callable[[], _T], operation_name: str, config: RetryConfig | None = None
    ) -> _T:
        """Call a function until it returns, its tries are spent, its error is not one to retry, or its breaker opens.

        A coroutine function, and any other function that returns an awaitable, is called and awaited so: the result is
        a coroutine. Until that is awaited, nothing counts.

        Args:
            function: Called without arguments.
            operation_name: Selects the circuit breaker, the statistics and the config.
            config: Replaces the operation's config for this call.

        Raises:
            CircuitOpen: The operation failed too often; nothing was called.
            TypeError: It is not a function, or it is a generator function or returned a generator.
            Exception: The last error that the function raised.
        """
        return made(function, partial(self._call, operation_name, config), operation_name)

    def retry(
        self, operation_name: str | None = None, config: RetryConfig | None = None
    ) -> Callable[[Callable[_P, _T]], Callable[_P, _T]]:
        """Decorate a function, or a coroutine function, so that each call of it is tried again.

        Args:
            operation_name: As for `execute_with_retry`; by default the function's module and name.
            config: As for `execute_with_retry`.

        Raises:
            TypeError: As for `execute_with_retry`, when the function is decorated; or the name is not text.
        """
        check_name(operation_name, "retry")

        def decorate(function: Callable[_P, _T]) -> Callable[_P, _T]:
            if isinstance(function, staticmethod | classmethod):
                return cast("Callable[_P, _T]", type(function)(decorate(function.__func__)))
            check_callable(function)
            name = operation_name or name_of(function)
            begin = partial(self._call, name, config)

            @named_like(function)
            def retrying(*args: _P.args, **kwargs: _P.kwargs) -> _T:
                return made(lambda: function(*args, **kwargs), begin, name)

            @named_like(function)
            async def retrying_coroutine(*args: _P.args, **kwargs: _P.kwargs) -> Any:
                return await awaited(lambda: function(*args, **kwargs), begin)

            return cast("Callable[_P, _T]", retrying_coroutine) if is_asynchronous(function) else retrying

        return decorate

    def get_retry_stats(self) -> dict[str, RetryStats]:
        """The results of the calls so far, by operation name."""
        with self._lock:
            operations = dict(self._operations)
        now = self._clock.now()
        return {name: tally.stats(name, breaker.state(now)) for name, (breaker, tally) in operations.items()}

    def get_circuit_state(self, operation_name: str) -> BreakerState:
        """The state of the circuit breaker now: `"closed"`, `"open"` or `"half_open"`; closed if never called."""
        with self._lock:
            operation = self._operations.get(operation_name)
        return operation.breaker.state(self._clock.now()) if operation is not None else BreakerState.CLOSED

    def _call(self, name: str, config: RetryConfig | None) -> GuardedCall:
        with self._lock:
            operation = self._operations.get(name)
            if operation is None:
                operation = self._operations[name] = _Operation(self._breaker(name), Tally())
        chosen = config or self._configs.get(name, self._default)
        return GuardedCall(operation.breaker, operation.tally, chosen, self._clock, self._rng)

    def _breaker(self, name: str) -> Breaker:
        return Breaker(name, threshold=self._threshold, timeout_s=self._timeout_s, clock=self._clock)
