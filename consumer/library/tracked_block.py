"""What `SupportPerformanceMonitor.track` returns: it times a `with` block, or each call of a function."""

from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Any, NamedTuple, ParamSpec, TypeVar, cast

from consumer.guards.clock import Clock
from consumer.library.callables import check_callable, is_asynchronous, is_unfinished, name_of, named_like

_P = ParamSpec("_P")
_T = TypeVar("_T")


class Run(NamedTuple):
    """One run of an operation.

    Attributes:
        operation: Its name.
        began_us: Wall clock, microseconds since the epoch.
        began_s: Monotonic seconds.
        error: What it raised, if it failed.
    """

    operation: str
    began_us: int
    began_s: float
    error: BaseException | None = None


class TrackedBlock:
    """Times the block of `with` or `async with`. As a decorator it times each call of the function.

    The run has failed when the block raises; the error is passed on.

    Args:
        operation: The operation's name; None takes that of the function that is decorated.
        clock: Tells the time.
        ended: Called at the end of each run.
    """

    def __init__(self, operation: str | None, clock: Clock, ended: Callable[[Run], None]) -> None:
        self._operation = operation
        self._clock = clock
        self._ended = ended
        self._runs: list[Run] = []

    def __enter__(self) -> None:
        self._runs.append(self._begin(self._operation or ""))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended(self._runs.pop()._replace(error=error))

    async def __aenter__(self) -> None:
        self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, trace)

    def __call__(self, function: Callable[_P, _T]) -> Callable[_P, _T]:
        """Decorate a function.

        Raises:
            TypeError: It is no function, or a generator function.
        """
        if isinstance(function, staticmethod | classmethod):
            return cast("Callable[_P, _T]", type(function)(self(function.__func__)))
        check_callable(function)
        name = self._operation or name_of(function)
        if is_asynchronous(function):
            return cast("Callable[_P, _T]", self._timed_coroutine(function, name))

        @named_like(function)
        def timed(*args: _P.args, **kwargs: _P.kwargs) -> _T:
            run = self._begin(name)
            try:
                returned = function(*args, **kwargs)
            except BaseException as error:
                self._ended(run._replace(error=error))
                raise
            if is_unfinished(returned, name):
                return cast("_T", self._awaited(returned, name))
            self._ended(run)
            return returned

        return timed

    def _timed_coroutine(self, function: Callable[_P, Any], name: str) -> Callable[_P, Awaitable[Any]]:
        @named_like(function)
        async def timed(*args: _P.args, **kwargs: _P.kwargs) -> Any:
            return await self._awaited(function(*args, **kwargs), name)

        return timed

    async def _awaited(self, unfinished: Awaitable[Any], name: str) -> Any:
        with TrackedBlock(name, self._clock, self._ended):
            return await unfinished

    def _begin(self, operation: str) -> Run:
        return Run(operation, self._clock.unix_us(), self._clock.now())
