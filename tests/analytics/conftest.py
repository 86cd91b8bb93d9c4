import uuid
from collections.abc import Iterator

import pytest

from analytics.clickhouse.client import Client, connect
from analytics.clickhouse.migrate import migrate
from tests.support.clickhouse_process import DoorProcess, door_process
from tests.support.emptying import empty_tables


@pytest.fixture(scope="package")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DoorProcess]:
    with door_process(tmp_path_factory.mktemp("analytics")) as running:
        yield running


@pytest.fixture(scope="package")
def connection(door: DoorProcess) -> Iterator[Client]:
    with connect(door.url, "default") as client:
        yield client


@pytest.fixture
def empty(connection: Client) -> Iterator[Client]:
    """A client of a database that does not exist yet; all tests share its connection, which takes a while to make."""
    connection.database = connection._driver.database = f"test_{uuid.uuid4().hex}"
    yield connection
    connection.outside(f"DROP DATABASE IF EXISTS {connection.database}")


@pytest.fixture(scope="package")
def migrated(connection: Client) -> str:
    """A database with all its tables and views; making them takes longer than most tests."""
    connection.database = connection._driver.database = "migrated"
    migrate(connection)
    return connection.database


@pytest.fixture
def client(connection: Client, migrated: str) -> Client:
    """A client of a database with all its tables and views, and no rows."""
    connection.database = connection._driver.database = migrated
    empty_tables(connection)
    return connection
