"""Calls in threads of their own: with a time limit, or while something else is done."""

import contextvars
import queue
import threading
from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T")


class StillRunning(TimeoutError):
    """A call did not end within its time limit.

    Attributes:
        thread: the thread in which the call still runs.
    """

    def __init__(self, message: str, thread: threading.Thread) -> None:
        super().__init__(message)
        self.thread = thread


class _Raised(NamedTuple):
    error: BaseException


class Running(Generic[T]):
    """A call that runs in a thread of its own. The end of the process does not wait for it.

    Args:
        call: what is called.
        name: of the thread.
    """

    def __init__(self, call: Callable[[], T], name: str) -> None:
        self._ended: queue.SimpleQueue[T | _Raised] = queue.SimpleQueue()
        context = contextvars.copy_context()
        self._thread = threading.Thread(target=context.run, args=(_run, call, self._ended), name=name, daemon=True)
        self._thread.start()

    @property
    def has_ended(self) -> bool:
        """Whether there is a result, or an error, that was not asked for yet."""
        return not self._ended.empty()

    def result(self, limit_s: float | None = None) -> T:
        """Wait for the end, for so long at most, and return what the call returned; once.

        Raises:
            StillRunning: the call did not end in time; its thread runs on until the call ends.
            BaseException: the error that the call raised.
        """
        try:
            end = self._ended.get(timeout=limit_s)
        except queue.Empty:
            raise StillRunning(f"{self._thread.name}: no end within {limit_s:g} s", self._thread) from None
        if not isinstance(end, _Raised):
            return end
        try:
            raise end.error
        finally:
            # An error holds the frames that it passed through. If such a frame held the error in turn, the cycle would
            # keep the objects of the call, perhaps with their threads, until the next garbage collection, which may be
            # far off.
            del end


def within(limit_s: float, call: Callable[[], T], name: str) -> T:
    """Run the call in a thread of this name, and return its result.

    Raises:
        StillRunning: the call did not end in time; its thread runs on until the call ends.
        BaseException: the error that the call raised.
    """
    return Running(call, name).result(limit_s)


def _run(call: Callable[[], T], ended: "queue.SimpleQueue[T | _Raised]") -> None:
    end: T | _Raised
    try:
        end = call()
    except BaseException as error:  # noqa: BLE001 - it is raised again in the caller's thread
        end = _Raised(error)
    ended.put(end)
    # As above.
    del end, ended
