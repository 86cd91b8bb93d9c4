"""The database behind a connection that the library's user gave: reached, and brought up to date, when first used."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from analytics.clickhouse.client import beside, over_http
from analytics.clickhouse.migrate import migrate

if TYPE_CHECKING:
    from analytics.clickhouse.client import Client, Connection


class Given:
    """A database of the user's. Thread-safe.

    Args:
        connection: what `clickhouse_connect.get_client` returned.

    Raises:
        TypeError: when it is something else.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = over_http(connection)
        self._client: Client | None = None
        self._lock = threading.Lock()

    def client(self) -> Client:
        """Connect and migrate, once.

        Raises:
            analytics.clickhouse.errors.Unavailable: when it may work later; it is tried again then.
            analytics.clickhouse.errors.Misconfigured: when something has to be changed first.
        """
        with self._lock:
            if self._client is None:
                client = beside(self._connection)
                migrate(client)
                self._client = client
            return self._client
