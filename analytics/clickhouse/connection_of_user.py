"""Beside the connection that a user of the library gave: another one to the same database."""

import weakref
from urllib.parse import urlsplit

import clickhouse_connect
from clickhouse_connect.driver.httpclient import HttpClient

from analytics.clickhouse.client import (
    ANSWER_TIMEOUT_S,
    CONNECT_TIMEOUT_S,
    FAILURES,
    NO_CERTIFICATES,
    Client,
    Connection,
    close_pool,
)
from analytics.clickhouse.error_codes import translated
from analytics.clickhouse.own_pool import like
from network.addresses import CLICKHOUSE_PORTS, Address
from network.route import Route


def over_http(connection: Connection) -> HttpClient:
    """Return a connection that a user of the library gave, if it is one over HTTP.

    Raises:
        TypeError: it is not a connection to ClickHouse over HTTP.
    """
    if not isinstance(connection, HttpClient):
        raise TypeError(
            "db_connection is not a connection to ClickHouse over HTTP; give what clickhouse_connect.get_client(...)"
            f" returns, not {type(connection).__name__}"
        )
    return connection


def beside(connection: Connection) -> Client:
    """Open a second connection like the user's own: same credentials, same database, other sockets.

    The user's own connection usually has a session, and a session refuses a second query while one runs. A query of
    ours must not make one of theirs fail. Closing this connection leaves theirs open. In a forked process it has to be
    opened again.

    Args:
        connection: what `clickhouse_connect.get_client` returned.

    Raises:
        TypeError: as `over_http`.
        Unavailable: when nothing answers there.
        Misconfigured: when the credentials are wrong.
    """
    theirs = over_http(connection)
    parts = urlsplit(theirs.url)
    database = theirs.database or "default"
    address = Address(parts.scheme, parts.hostname or "", parts.port or CLICKHOUSE_PORTS.get(parts.scheme, 0))
    route = Route("CLICKHOUSE_URL", address, NO_CERTIFICATES)
    pool = like(theirs.http)
    try:
        driver = clickhouse_connect.get_client(
            interface=parts.scheme,
            host=parts.hostname,
            port=parts.port or 0,
            proxy_path=parts.path,
            pool_mgr=pool,
            # The user and the password are in here.
            headers=dict(theirs.headers),
            connect_timeout=CONNECT_TIMEOUT_S,
            send_receive_timeout=ANSWER_TIMEOUT_S,
            autogenerate_session_id=False,
            tz_mode="aware",
        )
    except FAILURES as error:
        raise translated(error, route, database) from None
    driver.database = database
    # The driver keeps every pool that it has used for as long as the process lives.
    weakref.finalize(driver, close_pool, pool).atexit = False
    return Client(driver, database, route)
