"""A pool of connections with the settings of another one, and with sockets and locks of its own."""

import threading
from copy import copy
from typing import Any

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3._collections import RecentlyUsedContainer

from analytics.forks import ConnectionQueue, begins_anew

# Of different addresses; a client has one.
_MOST_POOLS = 4


class _Pool(HTTPConnectionPool):
    QueueCls = ConnectionQueue


class _TlsPool(HTTPSConnectionPool):
    QueueCls = ConnectionQueue


class _Pools(RecentlyUsedContainer[Any, HTTPConnectionPool]):
    def __init__(self) -> None:
        super().__init__(_MOST_POOLS)
        begins_anew(self)

    def begin_anew(self) -> None:
        self.lock = threading.RLock()


def like(manager: PoolManager) -> PoolManager:
    """Return a pool that reaches the same servers in the same way: certificates, proxy, socket options.

    It takes no lock of the other one, which may be that of the parent of this process.
    """
    own = copy(manager)
    own.pools = _Pools()
    own.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}
    return own
