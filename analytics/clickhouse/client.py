"""The only way to ClickHouse: connection, timeouts, inserts that may be repeated, and its errors as ours."""

import json
import struct
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, NoReturn, Self, TypeAlias

import clickhouse_connect
from clickhouse_connect.driver import httputil, options
from clickhouse_connect.driver.client import Client as Driver
from clickhouse_connect.driver.compression import get_compressor
from clickhouse_connect.driver.exceptions import ClickHouseError
from urllib3.exceptions import HTTPError
from urllib3.poolmanager import PoolManager

from analytics.clickhouse.error_codes import ENCODING_ERRORS, is_refusal, refusal, translated
from analytics.clickhouse.errors import Misconfigured, Rejected, Unavailable
from analytics.clickhouse.insert_settings import of_body, of_columns
from network.addresses import read_clickhouse_address
from network.proxies import NO_PROXIES, Proxies
from network.route import Route, route_to
from network.tls import Certificates

if TYPE_CHECKING:
    from clickhouse_connect.datatypes.base import ClickHouseType

# What `clickhouse_connect.get_client` returns.
Connection: TypeAlias = Driver

CONNECT_TIMEOUT_S = 5
# Longer than any insert or report should take, shorter than the time after which Kafka takes partitions away.
ANSWER_TIMEOUT_S = 30

NO_CERTIFICATES = Certificates("CLICKHOUSE")
# What the driver lets through beside its own errors: addresses that cannot be parsed, names that are none.
FAILURES = (ClickHouseError, HTTPError, OSError, UnicodeError)
# What the driver raises while it reads the first answer of a server that is no ClickHouse.
_GARBLED = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, EOFError, struct.error)
# The compressors of the driver whose output is complete with its first block.
_WHOLE = frozenset({"lz4", "zstd"})


class Client:
    """One database, over HTTP. Thread-safe. `connect` makes it."""

    def __init__(self, driver: Driver, database: str, route: Route, pool: PoolManager | None = None) -> None:
        self.database = database
        self._driver = driver
        self._route = route
        self._pool = pool
        self._types: dict[tuple[str, ...], Sequence[ClickHouseType]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._driver.close()
        if self._pool is not None:
            close_pool(self._pool)

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
        except FAILURES as error:
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
        except FAILURES as error:
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
        except FAILURES as error:
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
        values = list(columns.values())
        # The types are in the order of the columns.
        shape = (table, *columns)
        try:
            context = self._driver.create_insert_context(
                table,
                list(columns),
                column_types=self._types.get(shape),
                column_oriented=True,
                settings=of_columns(token),
            )
            self._types[shape] = context.column_types
            context.data = values
            self._driver.data_insert(context)
        except (HTTPError, OSError) as error:
            # First: an error of TLS is a ValueError too, and the rows are not to blame for it.
            self._translate(error, may_quote_rows=True)
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

    def insert_body(self, table: str, statement: str, body: bytes, token: str) -> None:
        """Store what a statement reads from a body: all of its rows, or none in each partition.

        The same token again stores nothing twice.

        Args:
            table: the table's name, for messages.
            statement: an INSERT … SELECT … FROM input(…), up to its FORMAT and with it.
            body: in that format; at most 2^20 rows.
            token: a name for exactly these rows.

        Raises:
            Rejected: when ClickHouse refused it, for whatever reason: `insert` tells which.
            Unavailable: when ClickHouse does not answer; rows may have been stored.
        """
        agreed = self._driver.write_compression
        encoding = agreed if agreed in _WHOLE else None
        sent = bytes(get_compressor(encoding).compress_block(b"\n".join((statement.encode(), body))))
        try:
            # With a table's name the driver would write a statement of its own.
            self._driver.raw_insert("", insert_block=sent, settings=of_body(token), compression=encoding)
        except FAILURES as error:
            failure = translated(error, self._route, self.database, may_quote_rows=True)
            if is_refusal(error):
                raise Rejected(f"The rows for {table} are not taken as they are: {failure}") from None
            raise failure from None

    def _translate(self, error: Exception, *, may_quote_rows: bool = False) -> NoReturn:
        raise translated(error, self._route, self.database, may_quote_rows=may_quote_rows) from None


def connect(
    url: str,
    database: str,
    longest_s: int | None = None,
    *,
    certificates: Certificates = NO_CERTIFICATES,
    proxies: Proxies = NO_PROXIES,
) -> Client:
    """Connect to ClickHouse's HTTP interface. The database need not exist yet.

    Args:
        url: such as `http://user:password@host:8123`; https is understood, user and password may be percent-encoded.
            With a client certificate, a user without a password is one whom ClickHouse knows by that certificate.
        database: the database of every later call.
        longest_s: after how many seconds ClickHouse ends a query, if the user may set that limit.
        certificates: whom to trust beside the system's store, and what to show.
        proxies: those that may be on the way.

    Raises:
        Unavailable: when nothing answers there, or TLS or a proxy fails.
        Misconfigured: when the address, a file of the certificates or the credentials are wrong.
    """
    route = _route(url, database, certificates, proxies)
    pool = _pool(route)
    user, password = route.address.user, route.address.password
    headers = {}
    if user and password is None and route.is_tls and certificates.client_cert_file:
        headers = {"X-ClickHouse-User": user, "X-ClickHouse-SSL-Certificate-Auth": "on"}
    try:
        driver = clickhouse_connect.get_client(
            interface=route.address.scheme,
            host=route.address.host,
            port=route.address.port,
            # Without a user the driver sends no password.
            username="" if headers else user or "default",
            password=password or "",
            headers=headers or None,
            pool_mgr=pool,
            connect_timeout=CONNECT_TIMEOUT_S,
            send_receive_timeout=ANSWER_TIMEOUT_S,
            # A session would make two threads of one process collide.
            autogenerate_session_id=False,
            client_name="ticketstream",
            tz_mode="aware",
        )
    except FAILURES as error:
        close_pool(pool)
        raise translated(error, route, database) from None
    except _GARBLED:
        close_pool(pool)
        raise Unavailable(
            f"{route.named} does not answer as ClickHouse does."
            " Check that CLICKHOUSE_URL leads to ClickHouse's HTTP interface."
        ) from None
    driver.database = database
    limit = driver.server_settings.get("max_execution_time")
    # A user who may only read cannot set it.
    if longest_s is not None and limit is not None and not limit.readonly:
        driver.set_client_setting("max_execution_time", longest_s)
    return Client(driver, database, route, pool)


def _route(url: str, database: str, certificates: Certificates, proxies: Proxies) -> Route:
    try:
        address = read_clickhouse_address(url, database)
    except ValueError as error:
        raise Misconfigured(f"CLICKHOUSE_URL {error}.") from None
    try:
        return route_to("CLICKHOUSE_URL", address, certificates, proxies)
    except ValueError as error:
        raise Misconfigured(f"{error}.") from None


def _pool(route: Route) -> PoolManager:
    """Connections of one client alone. The driver's own ones would read the environment and know no certificates."""
    try:
        context = route.context()
    except ValueError as error:
        raise Misconfigured(f"{error}.") from None
    options: dict[str, Any] = {} if context is None else {"ssl_context": context}
    if route.proxy is not None:
        options["http_proxy"] = route.proxy.address.origin
        options["proxy_headers"] = route.proxy.headers
        options |= {} if context is None else {"proxy_ssl_context": context}
    pool: PoolManager = httputil.get_pool_manager(**options)
    return pool


def close_pool(pool: PoolManager) -> None:
    pool.clear()
    httputil.all_managers.pop(pool, None)


def without_pandas() -> None:
    """Keep the driver from importing pandas, where it is installed, at the first insert: nobody gives us data frames.

    For processes that run nothing but ours: other users of the driver could not insert data frames any more.
    """
    vars(options).update(pd=None, pd_time_test=None)
