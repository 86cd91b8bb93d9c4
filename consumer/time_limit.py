"""A time limit for calls into libraries that offer none, or do not keep it."""

import contextvars
import queue
import threading
from collections.abc import Callable
from typing import NamedTuple, TypeVar

T = TypeVar("T")


class StillRunning(TimeoutError):
    """A call took longer than it may.

    Attributes:
        thread: in which it goes on.
    """

    def __init__(self, message: str, thread: threading.Thread) -> None:
        super().__init__(message)
        self.thread = thread


class _Raised(NamedTuple):
    error: BaseException


def within(limit_s: float, call: Callable[[], T], name: str) -> T:
    """What the call returns, run in a thread of that name.

    Raises:
        StillRunning: it took longer; its thread is left behind and ends whenever the call does.
        BaseException: whatever the call raises.
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
        # An error holds the frames that it passed. Should one of them hold the error, what was called would stay,
        # perhaps with its threads, until the next collection of garbage, which a process that makes none puts off.
        del end


def _run(call: Callable[[], T], ended: "queue.SimpleQueue[T | _Raised]") -> None:
    end: T | _Raised
    try:
        end = call()
    except BaseException as error:  # noqa: BLE001 - it is raised again where the call was made
        end = _Raised(error)
    ended.put(end)
    # As above.
    del end, ended
