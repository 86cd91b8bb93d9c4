"""What a worker's loop waits for outside of its process, told to those who watch the worker.

A loop that waits for a server does not turn, and is well all the same. Names of servers are `kafka`, `clickhouse` and
`registry`. Outside of a worker nobody listens, and nothing happens.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol


class Listener(Protocol):
    """Hears of waits; it never waits itself."""

    def waits(self, part: str, *, begins: bool) -> None: ...

    def answers(self, part: str, *, ok: bool) -> None: ...


# Threads begin without it: only the thread of the loop, and what the loop waits for, tell of waits.
_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)


def listen(listener: Listener) -> None:
    """Tell this listener of what the calling thread waits for from now on."""
    _listener.set(listener)


@contextmanager
def waiting(part: str) -> Iterator[None]:
    """The loop cannot turn within this block for longer than it computes; the server may be away."""
    listener = _listener.get()
    if listener is None:
        yield
        return
    listener.waits(part, begins=True)
    try:
        yield
    finally:
        listener.waits(part, begins=False)


def begins(part: str) -> None:
    """The loop turns, and cannot do its work before something comes: an assignment."""
    if listener := _listener.get():
        listener.waits(part, begins=True)


def ends(part: str) -> None:
    """What was waited for since `begins` has come."""
    if listener := _listener.get():
        listener.waits(part, begins=False)


def answers(part: str, *, ok: bool) -> None:
    """Whether a server could be asked just now."""
    if listener := _listener.get():
        listener.answers(part, ok=ok)
