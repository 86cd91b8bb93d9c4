"""Forked processes: what holds a socket, a thread, a lock or an identity begins anew in the child.

A fork copies the memory and the open sockets, and of the threads only the one that forked. So a child would wait for
threads that it does not have and for locks that they held, would share its connections with its parent, and would give
its own rows the names of its parent's. Servers that load a program before they fork do this to every object of it.
"""

import os
import weakref
from collections.abc import Callable
from queue import LifoQueue
from typing import Any, Protocol


class Forkable(Protocol):
    """What cannot go on in a forked process as it is."""

    def begin_anew(self) -> Callable[[], object] | None:
        """Make new what a forked process must not share or wait for.

        Called in the child, before anything else runs there. It must neither take a lock nor free what takes one at its
        end: another thread of the parent may have held it, and nobody would release it.

        Returns:
            What lets go of the inherited parts; called when all locks are new.
        """


_forkables: dict[int, weakref.ref[Forkable]] = {}


def begins_anew(forkable: Forkable) -> None:
    """Have `begin_anew` called in every process that is forked from this one, for as long as the object lives.

    To be called at the end of a constructor: another thread may fork at any moment.
    """
    key = id(forkable)
    _forkables[key] = weakref.ref(forkable, lambda _: _forkables.pop(key, None))


def _begin_anew() -> None:
    alive = [forkable for reference in list(_forkables.values()) if (forkable := reference()) is not None]
    endings = [forkable.begin_anew() for forkable in alive]
    for ending in endings:
        if ending is not None:
            ending()


# Systems that cannot fork do not have it.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_anew)


class ConnectionQueue(LifoQueue[Any]):
    """The unused connections of a urllib3 pool. In a forked process it is empty, and its lock is free.

    The child closes its copies of the sockets, which leaves the parent's open. Otherwise the other side would never
    learn that the parent has closed one.
    """

    def __init__(self, maxsize: int = 0) -> None:
        super().__init__(maxsize)
        begins_anew(self)

    def begin_anew(self) -> Callable[[], object]:
        """See `Forkable`."""
        inherited = [connection for connection in self.queue if connection is not None]
        super().__init__(self.maxsize)

        def close() -> None:
            for connection in inherited:
                connection.close()

        return close
