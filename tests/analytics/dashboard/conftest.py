import time
from collections.abc import Iterator
from functools import partial

import pytest

from analytics.clickhouse.client import Client, connect
from analytics.clickhouse.errors import Misconfigured
from analytics.clickhouse.migrate import migrate
from analytics.dashboard.models_folder import Models
from tests.support import models_story
from tests.support.clickhouse_process import DoorProcess, door_process
from tests.support.page_server import Visitor, served
from tests.support.page_story import tell


def no_clickhouse() -> Client:
    raise Misconfigured("CLICKHOUSE_URL is not set for this process.")


@pytest.fixture(scope="package")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DoorProcess]:
    with door_process(tmp_path_factory.mktemp("dashboard")) as running:
        yield running


@pytest.fixture(scope="package")
def client(door: DoorProcess) -> Iterator[Client]:
    """A client of a database that holds the story."""
    with connect(door.url, "story") as client:
        migrate(client)
        tell(client, time.time_ns() // 1_000_000)
        yield client


@pytest.fixture(scope="package")
def visitor(door: DoorProcess, client: Client, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    """Looks at the page of the story."""
    models = Models(models_story.write(tmp_path_factory.mktemp("models")), 30)
    with served(partial(connect, door.url, client.database), models=models) as address:
        yield Visitor(address)


@pytest.fixture(scope="package")
def bare() -> Iterator[Visitor]:
    """Looks at a page that has no ClickHouse."""
    with served(no_clickhouse) as address:
        yield Visitor(address)
