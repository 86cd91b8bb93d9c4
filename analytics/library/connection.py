"""The database of a user of the library. It is connected to, and brought up to date, at its first use."""

import threading

from analytics.clickhouse.client import Client, Connection, beside, over_http
from analytics.clickhouse.migrate import migrate


class Given:
    """The database behind a connection that the user gave. Thread-safe.

    Args:
        connection: what `clickhouse_connect.get_client` returned.

    Raises:
        TypeError: it is not a connection to ClickHouse over HTTP.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = over_http(connection)
        self._client: Client | None = None
        self._lock = threading.Lock()

    def client(self) -> Client:
        """Connect and migrate once, and return the client.

        Raises:
            analytics.clickhouse.errors.Unavailable: when it may work later. The next call tries again.
            analytics.clickhouse.errors.Misconfigured: when something has to be changed first.
        """
        with self._lock:
            if self._client is None:
                client = beside(self._connection)
                migrate(client)
                self._client = client
            return self._client
