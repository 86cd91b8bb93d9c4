"""The only way to ClickHouse: connection, timeouts, inserts that may be repeated, and its errors as ours."""

import json
import weakref
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, NoReturn, Self, TypeAlias
from urllib.parse import unquote, urlsplit

import clickhouse_connect
from clickhouse_connect.driver.client import Client as Driver
from clickhouse_connect.driver.exceptions import ClickHouseError
from clickhouse_connect.driver.httpclient import HttpClient
from clickhouse_connect.driver.httputil import all_managers
from urllib3 import PoolManager

from analytics.clickhouse.error_codes import ENCODING_ERRORS, refusal, translated
from analytics.clickhouse.errors import Misconfigured, Rejected
from analytics.clickhouse.own_pool import like

if TYPE_CHECKING:
    from clickhouse_connect.datatypes.base import ClickHouseType

# What `clickhouse_connect.get_client` returns.
Connection: TypeAlias = Driver

CONNECT_TIMEOUT_S = 5
# Longer than any insert or report should take, shorter than the time after which Kafka takes partitions away.
ANSWER_TIMEOUT_S = 30

# Every insert waits until its rows are stored, may be repeated blindly under its token, and feeds the tables behind
# materialized views under the same token. A batch may span any number of months: refused once, it always would be.
_INSERT_SETTINGS = {
    "async_insert": 0,
    "deduplicate_blocks_in_dependent_materialized_views": 1,
    "max_partitions_per_insert_block": 0,
}


class Client:
    """One database, over HTTP. Thread-safe. `connect` makes it."""

    def __init__(self, driver: Driver, database: str, address: str) -> None:
        self.database = database
        self._driver = driver
        self._address = address
        self._types: dict[str, Sequence[ClickHouseType]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._driver.close()

    def create_database(self) -> None:
        """Create this client's database if it is missing."""
        # Asked first, because a user with rights on an existing database need not have the right to create one.
        query = "SELECT count() FROM system.databases WHERE name = {database:String}"
        if self.outside(query, {"database": self.database}) == 0:
            self.outside(f"CREATE DATABASE IF NOT EXISTS `{self.database}`")

    def tables(self) -> dict[str, str]:
        """Return the engine of each table and view of the database; nothing when there is no such database."""
        query = """
            SELECT toJSONString(mapFromArrays(groupArray(name), groupArray(engine)))
            FROM system.tables WHERE database = {database:String} FORMAT TabSeparatedRaw
        """
        found: dict[str, str] = json.loads(str(self.outside(query, {"database": self.database})))
        return found

    def outside(self, statement: str, parameters: Mapping[str, str] | None = None) -> object:
        """Run a statement that does not need this client's database to exist."""
        try:
            return self._driver.command(statement, parameters=dict(parameters or {}), use_database=False)
        except ClickHouseError as error:
            self._translate(error)

    def command(self, statement: str, parameters: Mapping[str, object] | None = None) -> None:
        """Run a statement that returns no rows.

        Args:
            statement: SQL with parameters written `{name:Type}`.
            parameters: their values.

        Raises:
            Unavailable: when it may work later.
            Misconfigured: when something has to be changed first.
        """
        try:
            # The driver's `command` puts parameters of any length into the address, where no server takes them.
            self._driver.raw_query(statement, parameters=dict(parameters or {}))
        except ClickHouseError as error:
            self._translate(error)

    def rows(self, query: str, parameters: Mapping[str, object] | None = None) -> list[dict[str, Any]]:
        """Return the rows of a query as dictionaries. Times are aware, in UTC.

        Args:
            query: SQL with parameters written `{name:Type}`.
            parameters: their values.

        Raises:
            Unavailable: when it may work later.
            Misconfigured: when something has to be changed first.
        """
        try:
            return list(self._driver.query(query, parameters=dict(parameters or {})).named_results())
        except ClickHouseError as error:
            self._translate(error)

    def insert(self, table: str, columns: Mapping[str, Sequence[Any]], token: str) -> None:
        """Store rows: all of them, or none in each partition. The same token again stores nothing twice.

        Args:
            table: the table's name.
            columns: the values of each column, of equal length; times as ints in the column's own unit.
            token: a name for exactly these rows.

        Raises:
            Rejected: when the rows cannot be stored, now or later.
            Unavailable: when it may work later; rows may have been stored.
            Misconfigured: when something has to be changed first.
        """
        settings = {**_INSERT_SETTINGS, "insert_deduplication_token": token}
        values = list(columns.values())
        try:
            context = self._driver.create_insert_context(
                table, list(columns), column_types=self._types.get(table), column_oriented=True, settings=settings
            )
            self._types[table] = context.column_types
            context.data = values
            self._driver.data_insert(context)
        except ENCODING_ERRORS as error:
            # The driver's own text may quote the value, so only its kind is shown.
            raise Rejected(f"The rows for {table} cannot be encoded ({type(error).__name__}).") from None
        except ClickHouseError as error:
            if refused := refusal(error, table):
                raise refused from None
            self._translate(error, may_quote_rows=True)
        finally:
            # The driver's context refers to itself, and would keep all rows until garbage is collected.
            values.clear()

    def _translate(self, error: ClickHouseError, *, may_quote_rows: bool = False) -> NoReturn:
        raise translated(error, self._address, self.database, may_quote_rows=may_quote_rows) from None


def connect(url: str, database: str, longest_s: int | None = None) -> Client:
    """Connect to ClickHouse's HTTP interface. The database need not exist yet.

    Args:
        url: such as `http://user:password@host:8123`; https is understood, user and password may be percent-encoded.
        database: the database of every later call.
        longest_s: after how many seconds ClickHouse ends a query, if the user may set that limit.

    Raises:
        Unavailable: when nothing answers there.
        Misconfigured: when the address or the credentials are wrong.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        # The address itself is not repeated: it may hold a password.
        raise Misconfigured("CLICKHOUSE_URL is not an address; write it like http://user:password@host:8123.")
    address = f"{parts.hostname}:{port or (8443 if parts.scheme == 'https' else 8123)}"
    try:
        driver = clickhouse_connect.get_client(
            interface=parts.scheme,
            host=parts.hostname,
            port=port or 0,
            username=unquote(parts.username or "default"),
            password=unquote(parts.password or ""),
            connect_timeout=CONNECT_TIMEOUT_S,
            send_receive_timeout=ANSWER_TIMEOUT_S,
            # A session would make two threads of one process collide.
            autogenerate_session_id=False,
            client_name="ticketstream",
            tz_mode="aware",
        )
    except ClickHouseError as error:
        raise translated(error, address, database) from None
    driver.database = database
    limit = driver.server_settings.get("max_execution_time")
    # A user who may only read cannot set it.
    if longest_s is not None and limit is not None and not limit.readonly:
        driver.set_client_setting("max_execution_time", longest_s)
    return Client(driver, database, address)


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
    address = parts.netloc
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
    except ClickHouseError as error:
        raise translated(error, address, database) from None
    driver.database = database
    # The driver keeps every pool that it has used for as long as the process lives.
    weakref.finalize(driver, _forget, pool).atexit = False
    return Client(driver, database, address)


def _forget(pool: PoolManager) -> None:
    pool.clear()
    all_managers.pop(pool, None)
