import uuid
from collections.abc import Callable, Iterator

import clickhouse_connect
import pytest

from analytics.clickhouse.client import Connection
from analytics.clickhouse.client import connect as analytics_client
from analytics.clickhouse.migrate import migrate
from tests.support.clickhouse_process import DoorProcess, door_process
from tests.support.emptying import empty_tables


@pytest.fixture(scope="package")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DoorProcess]:
    with door_process(tmp_path_factory.mktemp("library")) as running:
        yield running


@pytest.fixture
def connect(door: DoorProcess) -> Iterator[Callable[[str], Connection]]:
    """A connection with the client's defaults, which include a session: as a user of the library makes it."""
    made: list[Connection] = []

    def connected(database: str) -> Connection:
        made.append(clickhouse_connect.get_client(host="127.0.0.1", port=door.port, database=database))
        return made[-1]

    yield connected
    for connection in made:
        connection.close()


@pytest.fixture
def empty(connect: Callable[[str], Connection]) -> Iterator[Connection]:
    """A connection to a database of its own without any table."""
    database = f"library_{uuid.uuid4().hex}"
    connect("default").command(f"CREATE DATABASE {database}")
    connection = connect(database)
    yield connection
    connection.command(f"DROP DATABASE {database}")


@pytest.fixture
def db_conn(door: DoorProcess, connect: Callable[[str], Connection]) -> Connection:
    """A connection to a database with all tables and no rows; tests share it, since making the tables takes a while."""
    with analytics_client(door.url, "library") as client:
        migrate(client)
        empty_tables(client)
    return connect("library")


@pytest.fixture(autouse=True)
def _own_settings(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests run without the environment's model and without the developer's `.env`."""
    monkeypatch.chdir(str(tmp_path))
    monkeypatch.delenv("ML_API_URL", raising=False)
