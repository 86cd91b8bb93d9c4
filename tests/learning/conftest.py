from collections.abc import Iterator

import pytest

from analytics.clickhouse.client import Client, connect
from analytics.clickhouse.migrate import migrate
from tests.support.clickhouse_process import DoorProcess, door_process
from tests.support.emptying import empty_tables


@pytest.fixture(scope="package")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DoorProcess]:
    with door_process(tmp_path_factory.mktemp("learning")) as running:
        yield running


@pytest.fixture(scope="package")
def migrated(door: DoorProcess) -> Iterator[Client]:
    """A database with all its tables and views; making them takes longer than most tests."""
    with connect(door.url, "ticketstream") as client:
        client.create_database()
        migrate(client)
        yield client


@pytest.fixture
def client(migrated: Client) -> Client:
    """A client of a database with all its tables and views, and no rows."""
    empty_tables(migrated)
    return migrated
