"""The database of a user of the library. It is connected to, and brought up to date, at its first use."""

import threading
from collections.abc import Callable

from analytics.clickhouse.client import Client, Connection
from analytics.clickhouse.connection_of_user import beside, over_http
from analytics.clickhouse.migrate import migrate
from analytics.forks import begins_anew


class Given:
    """The database behind a connection that the user gave. Thread-safe.

    A forked process connects anew, over sockets of its own.

    Args:
        connection: what `clickhouse_connect.get_client` returned.

    Raises:
        TypeError: it is not a connection to ClickHouse over HTTP.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = over_http(connection)
        self._client: Client | None = None
        self._lock = threading.Lock()
        begins_anew(self)

    def begin_anew(self) -> Callable[[], object] | None:
        """Connect again at the next use; see `analytics.forks.Forkable`."""
        inherited, self._client = self._client, None
        self._lock = threading.Lock()
        return inherited.close if inherited is not None else None

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
