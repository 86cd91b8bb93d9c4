"""The three servers of the service, each plain on a port of this machine, and certificates."""

import json
from collections.abc import Callable, Iterator
from typing import NamedTuple
from urllib.parse import urlsplit

import pytest
from pytest_httpserver import HTTPServer

from analytics.clickhouse.client import connect
from analytics.clickhouse.errors import AnalyticsError
from consumer.kafka.schema_registry import KafkaSchemaRegistry
from consumer.model.attempt import Answered, Failed
from consumer.model.client import ModelClient
from consumer.model.types import ModelTicket
from network.proxies import NO_PROXIES, Proxies
from network.tls import Certificates
from schemas.codec import RegistryUnavailable
from tests.support.clickhouse_process import door_process
from tests.support.model_behaviour import answering
from tests.support.model_server import serve
from tests.support.tls_front import Papers


class Server(NamedTuple):
    """One of the three.

    Attributes:
        setting: What its settings begin with.
        port: Where it speaks plainly.
        path: Of its address.
        ask: Asks it at an address: `ok`, or what is said instead.
    """

    setting: str
    port: int
    path: str
    ask: Callable[[str, Certificates, Proxies], str]

    def asked(self, origin: str, proxies: Proxies = NO_PROXIES, **files: str) -> str:
        """Ask it at an address with these files."""
        return self.ask(origin + self.path, Certificates(self.setting, **files), proxies)


def _ask_clickhouse(url: str, certificates: Certificates, proxies: Proxies) -> str:
    try:
        with connect(url, "default", certificates=certificates, proxies=proxies) as client:
            client.command("CREATE TABLE IF NOT EXISTS seen (x UInt8) ENGINE = MergeTree ORDER BY x")
            client.insert("seen", {"x": [1]}, "token")
            return "ok" if client.rows("SELECT max(x) AS x FROM seen") == [{"x": 1}] else "no rows"
    except AnalyticsError as error:
        return str(error)


def _ask_model(url: str, certificates: Certificates, proxies: Proxies) -> str:
    client = ModelClient(url, certificates=certificates, proxies=proxies)
    try:
        match client.attempt([ModelTicket("a", "b")], 5.0):
            case Answered():
                return "ok"
            case Failed(detail=detail):
                return detail
            case other:
                return repr(other)
    finally:
        client.close()


def _ask_registry(url: str, certificates: Certificates, proxies: Proxies) -> str:
    try:
        return KafkaSchemaRegistry(url, certificates=certificates, proxies=proxies).schema(7) and "ok"
    except RegistryUnavailable as error:
        return str(error)


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Server]]:
    schema = json.dumps({"type": "record", "name": "T", "fields": []})
    with (
        door_process(tmp_path_factory.mktemp("clickhouse")) as door,
        serve(answering) as model,
        HTTPServer() as registry,
    ):
        registry.expect_request("/below/schemas/ids/7").respond_with_json({"schema": schema})
        where = urlsplit(model.url)
        assert where.port is not None
        yield {
            "clickhouse": Server("CLICKHOUSE", door.port, "", _ask_clickhouse),
            "model": Server("ML_API", where.port, where.path, _ask_model),
            "registry": Server("SCHEMA_REGISTRY", registry.port, "/below", _ask_registry),
        }


@pytest.fixture(params=["clickhouse", "model", "registry"])
def server(request: pytest.FixtureRequest, servers: dict[str, Server]) -> Server:
    """Each of the three."""
    return servers[request.param]


@pytest.fixture(scope="session")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Papers:
    """A CA that no system's store knows."""
    return Papers(tmp_path_factory.mktemp("papers"))


@pytest.fixture(scope="session")
def others(tmp_path_factory: pytest.TempPathFactory) -> Papers:
    """Another one."""
    return Papers(tmp_path_factory.mktemp("others"))
