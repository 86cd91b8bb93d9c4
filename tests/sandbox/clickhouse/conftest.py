import uuid
from collections.abc import Iterator

import clickhouse_connect
import pytest
from clickhouse_connect.driver.client import Client

from tests.support.clickhouse_process import DoorProcess, door_process


@pytest.fixture(scope="package")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DoorProcess]:
    with door_process(tmp_path_factory.mktemp("clickhouse")) as running:
        yield running


@pytest.fixture
def client(door: DoorProcess) -> Iterator[Client]:
    """An ordinary client in a database of its own."""
    database = f"test_{uuid.uuid4().hex}"
    with clickhouse_connect.get_client(host="127.0.0.1", port=door.port) as first:
        first.command(f"CREATE DATABASE {database}")
        with clickhouse_connect.get_client(
            host="127.0.0.1", port=door.port, database=database, autogenerate_session_id=False
        ) as ours:
            yield ours
        first.command(f"DROP DATABASE {database}")
