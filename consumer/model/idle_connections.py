"""Idle connections, which are closed before proxies and load balancers would drop them."""

import time
from typing import Any

from analytics.forks import ConnectionQueue

# Shorter than the usual limit of proxies and load balancers (60 s and more), which drop idle connections silently.
KEPT_IDLE_S = 30.0


class IdleConnections(ConnectionQueue):
    """The queue in which urllib3 keeps the connections of a pool; it closes those that were unused for a while.

    A closed connection stays in the queue and opens itself again at its next use. Without this, all connections that a
    peak needed would stay open for as long as the process lives, even after the other side has closed them.

    Attributes:
        kept_s: How long an unused connection is kept; checked whenever a connection is taken or given back.
    """

    kept_s = KEPT_IDLE_S

    def _init(self, maxsize: int) -> None:
        # By `id(connection)`: since when it has been idle.
        self._since_s: dict[int, float] = {}
        super()._init(maxsize)

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
