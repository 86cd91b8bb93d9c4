from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest

from analytics.client import connect
from analytics.migrate import migrate
from tests.sandbox_clickhouse.process import door_process

if TYPE_CHECKING:
    from collections.abc import Iterator

    from analytics.client import Client
    from tests.sandbox_clickhouse.process import DoorProcess


@pytest.fixture(scope="session")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DoorProcess]:
    with door_process(tmp_path_factory.mktemp("analytics")) as running:
        yield running


@pytest.fixture
def empty(door: DoorProcess) -> Iterator[Client]:
    """A client of a database that does not exist yet."""
    with connect(door.url, f"test_{uuid.uuid4().hex}") as client:
        yield client
        client.outside(f"DROP DATABASE IF EXISTS {client.database}")


@pytest.fixture
def client(empty: Client) -> Client:
    """A client of a database with all its tables and views, and no rows."""
    migrate(empty)
    return empty
