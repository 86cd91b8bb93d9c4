"""A time limit for calls into libraries that have none, or do not keep theirs."""

import contextvars
import queue
import threading
from collections.abc import Callable
from typing import NamedTuple, TypeVar

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


def within(limit_s: float, call: Callable[[], T], name: str) -> T:
    """Run the call in a thread of this name, and return its result.

    Raises:
        StillRunning: the call did not end in time; its thread runs on until the call ends.
        BaseException: the error that the call raised.
    """
    ended: queue.SimpleQueue[T | _Raised] = queue.SimpleQueue()
    context = contextvars.copy_context()
    thread = threading.Thread(target=context.run, args=(_run, call, ended), name=name, daemon=True)
    thread.start()
    try:
        end = ended.get(timeout=limit_s)
    except queue.Empty:
        raise StillRunning(f"{name}: no end within {limit_s:g} s", thread) from None
    if not isinstance(end, _Raised):
        return end
    try:
        raise end.error
    finally:
        # An error holds the frames that it passed through. If such a frame held the error in turn, the cycle would keep
        # the objects of the call, perhaps with their threads, until the next garbage collection, which may be far off.
        del end


def _run(call: Callable[[], T], ended: "queue.SimpleQueue[T | _Raised]") -> None:
    end: T | _Raised
    try:
        end = call()
    except BaseException as error:  # noqa: BLE001 - it is raised again in the caller's thread
        end = _Raised(error)
    ended.put(end)
    # As above.
    del end, ended
