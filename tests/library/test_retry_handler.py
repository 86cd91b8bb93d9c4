"""Calls that are tried again, and operations that are left alone for a while."""

import asyncio
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from consumer import BreakerState, CircuitOpen, RetryConfig, RetryStrategy, SupportRetryHandler
from tests.support.manual_clock import ManualClock

PATIENT = RetryConfig(max_attempts=3, initial_delay=1.0, max_delay=30.0, jitter=False)
ONCE = RetryConfig(max_attempts=1)


class Flaky:
    """Fails so many times, then returns how often it was called."""

    def __init__(self, failures: int, error: BaseException | None = None) -> None:
        self.calls = 0
        self._failures = failures
        self._error = error or ConnectionError("no route")

    def __call__(self) -> int:
        self.calls += 1
        if self.calls <= self._failures:
            raise self._error
        return self.calls


def handler(clock: ManualClock, default: RetryConfig = PATIENT, **parts: int | bool | timedelta) -> SupportRetryHandler:
    return SupportRetryHandler(default, clock=clock, **parts)  # type: ignore[arg-type]


def exhaust(retry_handler: SupportRetryHandler, times: int, name: str = "ask") -> None:
    for _ in range(times):
        with pytest.raises(ConnectionError):
            retry_handler.execute_with_retry(Flaky(99), name, ONCE)


@pytest.mark.parametrize(
    ("strategy", "waited_s"),
    [(RetryStrategy.EXPONENTIAL, 1 + 2 + 4), (RetryStrategy.LINEAR, 1 + 2 + 3), (RetryStrategy.FIXED, 1 + 1 + 1)],
)
def test_a_call_is_tried_until_it_returns(strategy: RetryStrategy, waited_s: int) -> None:
    """Between the tries it waits as the strategy says."""
    clock = ManualClock(0.0)
    call = Flaky(3)

    returned = handler(clock).execute_with_retry(
        call, "ask", RetryConfig(4, initial_delay=1.0, strategy=strategy, jitter=False)
    )

    assert (returned, clock.moment) == (4, waited_s)


def test_the_last_error_itself_comes_out() -> None:
    """When all tries are spent, the caller sees what the function raised, not a wrapping of it."""
    error = ConnectionError("the third")
    call = Flaky(99, error)

    with pytest.raises(ConnectionError) as caught:
        handler(ManualClock()).execute_with_retry(call, "ask")

    assert (call.calls, caught.value is error) == (3, True)


def test_jitter_only_shortens_the_wait() -> None:
    """With jitter, which is the default, each wait is somewhere between nothing and the strategy's."""
    clock = ManualClock(0.0)
    jittered = SupportRetryHandler(clock=clock, enable_circuit_breaker=False)
    waits = []
    for _ in range(50):
        before_s = clock.moment
        jittered.execute_with_retry(Flaky(1), "ask")
        waits.append(clock.moment - before_s)

    assert all(0 <= wait <= 1 for wait in waits)
    assert len(set(waits)) > 40


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(), asyncio.CancelledError()])
def test_what_is_no_exception_is_never_tried_again(error: BaseException) -> None:
    """An interruption is raised at once under every config, and the circuit does not count it."""
    retry_handler = handler(ManualClock(), circuit_breaker_threshold=1)
    call = Flaky(1, error)

    with pytest.raises(type(error)):
        retry_handler.execute_with_retry(call, "ask")

    assert (call.calls, retry_handler.get_circuit_state("ask")) == (1, "closed")


def test_only_the_errors_that_are_named_are_tried_again() -> None:
    """Other errors are raised after the first try, and the circuit does not count them."""
    config = RetryConfig(5, initial_delay=0.0, retry_on=(ConnectionError, TimeoutError))
    retry_handler = handler(ManualClock(), config, circuit_breaker_threshold=1)
    named, other = Flaky(4), Flaky(4, ValueError("mine"))

    with pytest.raises(ValueError, match="mine"):
        retry_handler.execute_with_retry(other, "ask")
    retry_handler.execute_with_retry(named, "ask")

    assert (named.calls, other.calls, retry_handler.get_circuit_state("ask")) == (5, 1, "closed")


def test_each_operation_may_have_a_config_of_its_own() -> None:
    """The call's config comes before the operation's, and that before the default."""
    retry_handler = SupportRetryHandler(
        RetryConfig(2, 0.0), {"other": RetryConfig(3, 0.0)}, enable_circuit_breaker=False, clock=ManualClock()
    )
    tries = []
    for name, config in (("ask", None), ("other", None), ("other", RetryConfig(4, 0.0))):
        call = Flaky(99)
        with pytest.raises(ConnectionError):
            retry_handler.execute_with_retry(call, name, config)
        tries.append(call.calls)

    assert tries == [2, 3, 4]


def test_an_operation_that_keeps_failing_is_not_called() -> None:
    """After five failed calls in a row the next is refused, with the moment at which it may be tried again."""
    clock = ManualClock(0.0)
    retry_handler = handler(clock)
    exhaust(retry_handler, 5)
    clock.moment = 60.0
    call = Flaky(0)

    with pytest.raises(CircuitOpen, match=r"ask failed too often.*try again in 240\.0 s") as caught:
        retry_handler.execute_with_retry(call, "ask")

    assert (call.calls, caught.value.operation_name, caught.value.retry_after_s) == (0, "ask", 240.0)
    assert caught.value.retry_at == datetime(1970, 1, 1, 0, 5, tzinfo=UTC)
    assert retry_handler.get_circuit_state("ask") is BreakerState.OPEN


def test_one_operation_does_not_close_another() -> None:
    """Each name has a circuit of its own; one that was never called is closed."""
    retry_handler = handler(ManualClock())
    exhaust(retry_handler, 5)

    assert retry_handler.execute_with_retry(Flaky(0), "other") == 1
    assert [retry_handler.get_circuit_state(name) for name in ("ask", "other", "never")] == ["open", "closed", "closed"]


def test_it_is_probed_after_the_timeout() -> None:
    """Once the timeout has passed a call goes through, and if it returns, all do."""
    clock = ManualClock()
    retry_handler = handler(clock, circuit_breaker_threshold=2, circuit_breaker_timeout=timedelta(seconds=30))
    exhaust(retry_handler, 2)
    clock.moment += 30.0
    before = retry_handler.get_circuit_state("ask")

    retry_handler.execute_with_retry(Flaky(0), "ask")

    assert (before, retry_handler.get_circuit_state("ask")) == ("half_open", "closed")


def test_a_call_counts_once_with_all_its_tries() -> None:
    """Four calls of three tries each leave a circuit of threshold five closed."""
    retry_handler = handler(ManualClock())
    for _ in range(4):
        with pytest.raises(ConnectionError):
            retry_handler.execute_with_retry(Flaky(99), "ask")

    assert retry_handler.get_circuit_state("ask") == "closed"


@pytest.mark.parametrize("switch", [{"enable_circuit_breaker": False}, {"circuit_breaker_threshold": 0}])
def test_the_circuit_breaker_can_be_switched_off(switch: dict[str, int]) -> None:
    """Without it an operation may fail for ever."""
    retry_handler = SupportRetryHandler(PATIENT, clock=ManualClock(), **switch)  # type: ignore[arg-type]
    exhaust(retry_handler, 50)

    assert retry_handler.get_circuit_state("ask") == "closed"


def test_a_waiting_call_ends_when_the_circuit_opens() -> None:
    """A call that sleeps between two tries ends at once with its last error when other calls open the circuit."""
    retry_handler = SupportRetryHandler(RetryConfig(2, 3600.0, 3600.0, jitter=False), circuit_breaker_threshold=1)
    failed = threading.Event()
    raised: list[BaseException] = []

    def fails() -> None:
        failed.set()
        raise TimeoutError("mine")

    def sleeper() -> None:
        try:
            retry_handler.execute_with_retry(fails, "ask")
        except TimeoutError as error:
            raised.append(error)

    thread = threading.Thread(target=sleeper)
    thread.start()
    assert failed.wait(10)
    exhaust(retry_handler, 1)
    thread.join(10)

    assert not thread.is_alive()
    assert [str(error) for error in raised] == ["mine"]


def test_the_statistics_count_the_results_of_the_calls() -> None:
    """Calls, tries beyond the first, recoveries, failures after all tries, refusals, and the circuit's state."""
    retry_handler = handler(ManualClock(), circuit_breaker_threshold=1)
    retry_handler.execute_with_retry(Flaky(0), "ask")
    retry_handler.execute_with_retry(Flaky(2), "ask")
    with pytest.raises(ConnectionError):
        retry_handler.execute_with_retry(Flaky(99), "ask")
    with pytest.raises(CircuitOpen):
        retry_handler.execute_with_retry(Flaky(0), "ask")

    (stats,) = retry_handler.get_retry_stats().values()

    assert (stats.calls, stats.succeeded, stats.recovered, stats.failed, stats.refused) == (3, 2, 1, 1, 1)
    assert (stats.retries, stats.circuit_state, stats.last_error) == (4, "open", "ConnectionError")
    assert stats.failure_rate == pytest.approx(1 / 3)


def test_a_decorated_function_keeps_its_signature_and_its_arguments() -> None:
    """It gets its arguments, keeps its name, and its name is the operation's by default."""
    retry_handler = handler(ManualClock())
    seen: list[tuple[int, str]] = []

    @retry_handler.retry()
    def fetch(number: int, *, name: str) -> str:
        """Fetches."""
        seen.append((number, name))
        if len(seen) < 2:
            raise ConnectionError
        return name

    assert (fetch(7, name="a"), fetch.__name__, fetch.__doc__) == ("a", "fetch", "Fetches.")
    assert seen == [(7, "a"), (7, "a")]
    assert [name.rpartition(".")[2] for name in retry_handler.get_retry_stats()] == ["fetch"]


def test_a_coroutine_function_is_tried_again_too() -> None:
    """It is awaited in the caller's loop, and its failures count as those of any other call."""
    retry_handler = SupportRetryHandler(RetryConfig(2, 0.0), circuit_breaker_threshold=1)
    call = Flaky(1)

    @retry_handler.retry("ask")
    async def ask(flaky: Callable[[], int]) -> int:
        await asyncio.sleep(0)
        return flaky()

    assert asyncio.run(ask(call)) == 2
    with pytest.raises(ConnectionError):
        asyncio.run(ask(Flaky(99)))
    with pytest.raises(CircuitOpen):
        asyncio.run(ask(Flaky(0)))


def test_a_cancelled_coroutine_releases_its_permit() -> None:
    """Cancelled between two tries, a probe of a half-open circuit makes room for the next probe."""
    retry_handler = SupportRetryHandler(
        RetryConfig(2, 3600.0, 3600.0, jitter=False),
        circuit_breaker_threshold=1,
        circuit_breaker_timeout=timedelta(0),
    )
    exhaust(retry_handler, 1)

    @retry_handler.retry("ask")
    async def ask(tried: asyncio.Event) -> None:
        tried.set()
        raise ConnectionError

    async def cancelled() -> None:
        tried = asyncio.Event()
        task = asyncio.create_task(ask(tried))
        # The failed try goes over into the pause without a step of the loop in between.
        await tried.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    for _ in range(3):
        asyncio.run(cancelled())

    assert retry_handler.execute_with_retry(Flaky(0), "ask") == 1


def test_many_threads_share_one_handler() -> None:
    """No call is lost or counted twice."""
    retry_handler = SupportRetryHandler(RetryConfig(3, 0.0), circuit_breaker_threshold=0)

    def work() -> None:
        for _ in range(200):
            retry_handler.execute_with_retry(Flaky(1), "ask")

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    stats = retry_handler.get_retry_stats()["ask"]
    assert (stats.succeeded, stats.recovered, stats.retries) == (1600, 1600, 1600)


def test_names_that_hold_ids_do_not_fill_the_memory() -> None:
    """Of many operations the thousand used last are remembered."""
    retry_handler = handler(ManualClock())
    for number in range(1_200):
        retry_handler.execute_with_retry(Flaky(0), f"ask {number}")

    assert len(retry_handler.get_retry_stats()) == 1_000
    assert "ask 1199" in retry_handler.get_retry_stats()


@pytest.mark.parametrize(
    "make",
    [
        lambda: RetryConfig(max_attempts=0),
        lambda: RetryConfig(initial_delay=-1.0),
        lambda: RetryConfig(strategy="random"),  # type: ignore[arg-type]
        lambda: SupportRetryHandler(circuit_breaker_threshold=-1),
        lambda: SupportRetryHandler(circuit_breaker_timeout=timedelta(seconds=-1)),
    ],
)
def test_impossible_arguments_are_refused_at_once(make: Callable[[], object]) -> None:
    """An impossible value is refused where it is given."""
    with pytest.raises(ValueError, match=r"must be|not a valid"):
        make()
