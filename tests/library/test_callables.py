"""Callables of every kind, retried and timed as what they are, or refused."""

import asyncio
import functools
import types
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator
from typing import Any

import pytest

from consumer import RetryConfig, SupportPerformanceMonitor, SupportRetryHandler
from tests.support.manual_clock import ManualClock


class Once:
    """Fails at its first try; the second returns what it was given."""

    def __init__(self, clock: ManualClock) -> None:
        self.clock = clock
        self.tries = 0

    def run(self, value: str = "done") -> str:
        self.tries += 1
        self.clock.moment += 2.0
        if self.tries == 1:
            raise ConnectionError("no route")
        return value


def kinds(once: Once) -> dict[str, Callable[..., Any]]:
    """The same work as callables of every kind."""

    async def coroutine(value: str = "done") -> str:
        await asyncio.sleep(0)
        return once.run(value)

    class Plain:
        def __call__(self, value: str = "done") -> str:
            return once.run(value)

        @staticmethod
        async def static(value: str = "done") -> str:
            return once.run(value)

        async def method(self, value: str = "done") -> str:
            return once.run(value)

    class Asynchronous:
        async def __call__(self, value: str = "done") -> str:
            return once.run(value)

    class Slotted:
        __slots__ = ()

        def __call__(self, value: str = "done") -> Awaitable[str]:
            return coroutine(value)

    @types.coroutine
    def old_coroutine(value: str = "done") -> Generator[Any, Any, str]:
        yield from asyncio.sleep(0).__await__()
        return once.run(value)

    return {
        "function": lambda value="done": once.run(value),
        "bound method": once.run,
        "partial": functools.partial(once.run, "done"),
        "object": Plain(),
        "coroutine function": coroutine,
        "partial of a coroutine function": functools.partial(coroutine, "done"),
        "partial of a partial": functools.partial(functools.partial(coroutine), "done"),
        "async __call__": Asynchronous(),
        "partial of async __call__": functools.partial(Asynchronous(), "done"),
        "bound async __call__": Asynchronous().__call__,
        "async method": Plain().method,
        "async static method": Plain.static,
        "lambda that returns a coroutine": lambda value="done": coroutine(value),
        "object that returns a coroutine": Slotted(),
        "lambda that returns a task": lambda value="done": asyncio.ensure_future(coroutine(value)),
        "types.coroutine": old_coroutine,
        "cached": functools.lru_cache(once.run),
    }


NAMES = list(kinds(Once(ManualClock())))


async def result_of(returned: Any) -> Any:
    return await returned if isinstance(returned, Awaitable) else returned


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("decorated", [False, True])
def test_every_kind_is_retried_and_counted_once(name: str, *, decorated: bool) -> None:
    """The second try succeeds: one call, one retry, whether it is decorated or called once."""
    clock = ManualClock()
    once = Once(clock)
    retry = SupportRetryHandler(RetryConfig(3, 0.0), clock=clock)

    async def call() -> Any:
        function = kinds(once)[name]
        return await result_of(
            retry.retry("ask")(function)() if decorated else retry.execute_with_retry(function, "ask")
        )

    assert asyncio.run(call()) == "done"
    stats = retry.get_retry_stats()["ask"]
    assert (once.tries, stats.calls, stats.recovered, stats.retries) == (2, 1, 1, 1)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("by", ["monitor", "track"])
def test_every_kind_is_timed_with_its_work(name: str, by: str) -> None:
    """Two runs, of which the first failed, with the seconds that each took."""
    clock = ManualClock()
    monitor, once = SupportPerformanceMonitor(clock=clock), Once(clock)

    async def call() -> Any:
        function = kinds(once)[name]
        timed = monitor.monitor("ask")(function) if by == "monitor" else monitor.track("ask")(function)
        with pytest.raises(ConnectionError):
            await result_of(timed())
        return await result_of(timed())

    assert asyncio.run(call()) == "done"
    stats = monitor.get_stats("ask")
    assert (stats.count, stats.failures, stats.min_duration, stats.total_duration) == (2, 1, 2.0, 4.0)


@pytest.mark.parametrize("name", [name for name in NAMES if "coroutine" in name or "async" in name])
def test_a_call_that_is_not_awaited_counts_as_nothing(name: str) -> None:
    """Neither as a success nor as a failure, and it holds no permit of the breaker."""
    retry = SupportRetryHandler(RetryConfig(1), circuit_breaker_threshold=1)
    monitor = SupportPerformanceMonitor()
    function = kinds(Once(ManualClock()))[name]
    with warnings.catch_warnings():
        # Python itself warns of what was never awaited.
        warnings.simplefilter("ignore", RuntimeWarning)
        for _ in range(3):
            retry.execute_with_retry(function, "ask").close()
            retry.retry("ask")(function)().close()
            monitor.monitor("ask")(function)().close()
            monitor.track("ask")(function)().close()

    assert [stats.calls for stats in retry.get_retry_stats().values()] in ([], [0])
    assert (retry.get_circuit_state("ask"), monitor.get_stats("ask").count) == ("closed", 0)


def pages() -> Iterator[int]:
    yield 1


async def later_pages() -> AsyncIterator[int]:
    yield 1


def returned_by(made: Callable[[], Any]) -> Any:
    return made()


class Paging:
    def __call__(self) -> Iterator[int]:
        yield 1


class LaterPaging:
    async def __call__(self) -> AsyncIterator[int]:
        yield 1


@pytest.mark.parametrize(
    "generator",
    [
        pages,
        later_pages,
        Paging(),
        LaterPaging(),
        functools.partial(pages),
        lambda: returned_by(pages),
        lambda: returned_by(later_pages),
    ],
)
def test_generators_are_refused(generator: Callable[[], Any]) -> None:
    """Their work is done by whoever consumes them, so it could be neither repeated nor timed; nothing is counted."""
    retry, monitor = SupportRetryHandler(), SupportPerformanceMonitor()
    uses: list[Callable[[], Any]] = [
        lambda: retry.execute_with_retry(generator, "ask"),
        lambda: retry.retry("ask")(generator),
        lambda: monitor.monitor("ask")(generator),
        lambda: monitor.track("ask")(generator),
    ]
    for use in uses:
        with pytest.raises(TypeError, match=r"is a generator: .* lambda: list"):
            # What a plain function returns is known when it has been called.
            use()()

    assert [stats.calls for stats in retry.get_retry_stats().values()] in ([], [0])
    assert monitor.get_stats("ask").count == 0


@pytest.mark.parametrize(
    ("nothing", "message"), [(3, "type int cannot be called"), ("ask", "type str cannot be called"), (None, "NoneType")]
)
def test_what_is_no_function_is_refused(nothing: Any, message: str) -> None:
    """At once, and not as an error of the operation that is tried again."""
    retry, monitor = SupportRetryHandler(), SupportPerformanceMonitor()
    for use in (
        lambda: retry.execute_with_retry(nothing, "ask"),
        lambda: retry.retry()(nothing),
        lambda: monitor.monitor()(nothing),
    ):
        with pytest.raises(TypeError, match=message):
            use()
    assert retry.get_retry_stats() == {}


def test_a_coroutine_in_the_place_of_its_function_is_refused() -> None:
    """The message says how it is written."""

    async def fetch() -> None: ...

    coroutine: Any = fetch()
    with pytest.raises(TypeError, match="give the function itself, for example lambda"):
        SupportRetryHandler().execute_with_retry(coroutine, "ask")
    coroutine.close()


def test_a_decorator_without_parentheses_is_refused() -> None:
    """Otherwise the function would be the operation's name."""
    decorated: Any = pages
    for decorator in (SupportRetryHandler().retry, SupportPerformanceMonitor().monitor):
        with pytest.raises(TypeError, match=rf"write @{decorator.__name__}\(\) above a function"):
            decorator(decorated)


@pytest.mark.parametrize("wrong", [ConnectionError("an instance"), lambda _error: True, "ConnectionError", [OSError]])
def test_what_to_retry_on_is_classes(wrong: Any) -> None:
    """Anything else would hide the first error behind one about this."""
    with pytest.raises(TypeError, match="retry_on must be a class of exceptions or a tuple of them"):
        RetryConfig(retry_on=wrong)


def test_callables_without_a_name_have_one() -> None:
    """That of their function or of their class; what decorates them keeps it."""
    retry, monitor = SupportRetryHandler(), SupportPerformanceMonitor()
    for function, arguments in (
        (functools.partial(functools.partial(int), "7"), ()),
        (Adder(), (1,)),
        (Adder, ()),
        (len, ("a",)),
        ([].append, (1,)),
        (Adder().add, (1,)),
        (asyncio.iscoroutinefunction, (1,)),
    ):
        retry.retry()(function)(*arguments)
        monitor.monitor()(function)(*arguments)

    here = "tests.library.test_callables"
    names = {
        "builtins.int",
        f"{here}.Adder",
        "builtins.len",
        "list.append",
        f"{here}.Adder.add",
        "asyncio.coroutines.iscoroutinefunction",
    }
    assert retry.get_retry_stats().keys() == names
    assert {found.operation for found in monitor.slowest(limit=9)} == names


class Adder:
    def __call__(self, number: int) -> int:
        return number + 1

    def add(self, number: int) -> int:
        return number + 1


def test_static_and_class_methods_stay_what_they_are() -> None:
    """The decorator may stand above `@staticmethod` and `@classmethod`, of coroutine functions too."""
    retry, monitor = SupportRetryHandler(), SupportPerformanceMonitor()

    class Client:
        @retry.retry("static")
        @monitor.monitor("static")
        @staticmethod
        def static(number: int) -> int:
            return number

        @retry.retry("class")
        @monitor.track("class")
        @classmethod
        async def of_class(cls) -> type:
            return cls

    assert (Client.static(1), Client().static(2), asyncio.run(Client().of_class())) == (1, 2, Client)
    assert {name: stats.succeeded for name, stats in retry.get_retry_stats().items()} == {"static": 2, "class": 1}
    assert {found.operation: found.count for found in monitor.slowest()} == {"static": 2, "class": 1}


def test_blocks_of_coroutines_are_timed() -> None:
    """`async with` times as `with` does, and one object may be used more than once."""
    clock = ManualClock()
    monitor = SupportPerformanceMonitor(clock=clock)
    block = monitor.track("ask")

    async def work() -> None:
        async with block:
            clock.moment += 1.0
        with block:
            clock.moment += 3.0
        with pytest.raises(OSError, match="down"):
            async with monitor.track("ask"):
                raise OSError("down")

    asyncio.run(work())
    stats = monitor.get_stats("ask")
    assert (stats.count, stats.failures, stats.total_duration) == (3, 1, 4.0)


def test_an_open_breaker_refuses_to_await() -> None:
    """Also what a plain function has returned to be awaited, which is closed then."""
    retry = SupportRetryHandler(RetryConfig(1), circuit_breaker_threshold=1)

    async def fail() -> None:
        raise ConnectionError

    async def call() -> None:
        waiting = retry.execute_with_retry(functools.partial(returned_by, fail), "ask")
        with pytest.raises(ConnectionError):
            await retry.execute_with_retry(fail, "ask")
        with pytest.raises(Exception, match="ask failed too often"):
            await waiting

    asyncio.run(call())
    stats = retry.get_retry_stats()["ask"]
    assert (stats.calls, stats.failed, stats.refused, stats.circuit_state) == (1, 1, 1, "open")
