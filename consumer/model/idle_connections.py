"""Connections that wait for a request, and are not kept for longer than others keep them."""

from __future__ import annotations

import time
from queue import LifoQueue
from typing import Any

# Shorter than what proxies and load balancers usually allow (60 s and more): they forget an idle connection in silence.
KEPT_IDLE_S = 30.0


class IdleConnections(LifoQueue[Any]):
    """What urllib3 keeps the connections of a pool in; those that nobody used for a while are closed where they are.

    A closed one opens itself again when it is next used. Without this a peak leaves as many connections open as it
    needed, for as long as the process lives, also when the other side has long closed them.

    Attributes:
        kept_s: how long one is kept unused; looked at whenever a connection is taken or given back.
    """

    kept_s = KEPT_IDLE_S

    def __init__(self, maxsize: int = 0) -> None:
        # By the connections' identity: since when each waits.
        self._since_s: dict[int, float] = {}
        super().__init__(maxsize)

    def _put(self, item: Any) -> None:
        self._close_unused()
        if item is not None:
            self._since_s[id(item)] = time.monotonic()
        super()._put(item)

    def _get(self) -> Any:
        self._close_unused()
        item = super()._get()
        self._since_s.pop(id(item), None)
        return item

    def _close_unused(self) -> None:
        before_s = time.monotonic() - self.kept_s
        for connection in self.queue:
            if connection is not None and self._since_s[id(connection)] < before_s:
                connection.close()
