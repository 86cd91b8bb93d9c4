"""No secret of the settings reaches a log, a page, a metric or a command's output, at LOG_LEVEL=debug."""

import json
import re
from base64 import b64encode
from collections.abc import Iterator
from urllib.parse import quote, urlsplit

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from network.addresses import basic
from tests.support.forward_proxy import ForwardProxy, forward_proxy
from tests.support.model_server import ModelServer
from tests.support.service import fetched
from tests.support.waiting import until
from tests.support.world import tickets
from tests.system.conftest import Worlds

_SECRETS = ("ML_API", "CLICKHOUSE", "REGISTRY", "PROXY", "ALERTS", "HTTP_TOKEN", "QUERY", "FINGERPRINT", "KAFKA")
CANARIES = {name: f"c@n/ry-{name.lower()}%é" for name in _SECRETS}
HOSTS = ("clickhouse.localhost", "model.test", "registry.test", "alerts.test")


@pytest.fixture
def registry() -> Iterator[HTTPServer]:
    """A registry that keeps what it is given."""
    schemas: list[str] = []

    def taken(request: Request) -> Response:
        schemas.append(request.get_json()["schema"])
        return Response(json.dumps({"id": len(schemas)}), content_type="application/json")

    def given(request: Request) -> Response:
        number = int(request.path.rpartition("/")[2])
        if number > len(schemas):
            return Response(json.dumps({"error_code": 40403}), 404, content_type="application/json")
        return Response(json.dumps({"schema": schemas[number - 1]}), content_type="application/json")

    with HTTPServer() as server:
        server.expect_request(re.compile("/subjects/.*"), "POST").respond_with_handler(taken)
        server.expect_request(re.compile("/schemas/ids/.*"), "GET").respond_with_handler(given)
        server.expect_request("/", "POST").respond_with_data("ok")
        yield server


def _settings(proxy: ForwardProxy, model: ModelServer) -> dict[str, str]:
    user = {name: f"ana:{quote(canary, safe='')}@" for name, canary in CANARIES.items()}
    query = quote(CANARIES["QUERY"], safe="")
    return {
        "LOG_LEVEL": "debug",
        "HTTP_PROXY": proxy.url.replace("://", f"://{user['PROXY']}"),
        "CLICKHOUSE_URL": f"http://{user['CLICKHOUSE'].replace('ana', 'default')}clickhouse.localhost:81",
        "ML_API_URL": f"http://{user['ML_API']}model.test{urlsplit(model.url).path}?key={query}",
        "SCHEMA_REGISTRY_URL": f"http://{user['REGISTRY']}registry.test",
        "ALERT_URLS": f"json://{user['ALERTS']}alerts.test",
        "HTTP_TOKEN": CANARIES["HTTP_TOKEN"].encode("ascii", "ignore").decode(),
        "FINGERPRINT_KEY": CANARIES["FINGERPRINT"],
        "KAFKA_SASL_PASSWORD": CANARIES["KAFKA"],
        "KAFKA_DEBUG": "security,broker",
    }


def _shown(canary: str) -> set[str]:
    """The forms in which a secret could be read from a text."""
    forms = {
        canary,
        canary.encode("ascii", "ignore").decode(),
        quote(canary),
        quote(canary, safe=""),
        repr(canary)[1:-1],
    }
    forms |= {json.dumps(canary)[1:-1], b64encode(canary.encode()).decode().rstrip("=")}
    return forms | {basic(user, canary).split()[1] for user in ("ana", "default")}


def test_no_canary_is_seen(worlds: Worlds, model: ModelServer, registry: HTTPServer) -> None:
    """Everything works with secrets in every address, and then everything fails."""
    world = worlds()
    ports = (urlsplit(world.environment["CLICKHOUSE_URL"]).port, urlsplit(model.url).port, registry.port, registry.port)
    known = {host: port for host, port in zip(HOSTS, ports, strict=True) if port}
    # The engine of the tests knows no password: the proxy keeps it.
    with forward_proxy(known, authorization=basic("ana", CANARIES["PROXY"]), kept={"clickhouse.localhost"}) as proxy:
        settings = {**_settings(proxy, model), "CIRCUIT_BREAKER_THRESHOLD": "1"}
        seen: list[str] = []
        with world.service(**settings) as service:
            created = tickets("canary", 5)
            world.publish(created)
            until(lambda: world.stored() == len(created))
            seen += [
                fetched(f"{service.address()}{path}?token={settings['HTTP_TOKEN']}")[1]
                for path in ("/livez", "/metrics")
            ]
            seen += [str(world.command(name, **settings)) for name in ("doctor", "migrate")]
            proxy.authorization = "Basic none"
            world.publish(tickets("canary-late", 5))
            until(lambda: service.events("clickhouse.unavailable"))
            until(lambda: service.events("model.call_failed"))
            until(lambda: service.events("alert.not_sent"))
            seen.append(str(world.command("doctor", **settings)))
            seen.append(fetched(f"{service.address()}/readyz")[1])
            # What the service says where it cannot be reached is a part of its log.
            assert "407" in service.output()
        seen.append(service.output())

    assert {host for _, target in proxy.asked for host in HOSTS if f"//{host}" in target} == set(HOSTS)
    leaks = {
        (name, text[max(0, text.index(form) - 80) : text.index(form) + 80])
        for name, canary in CANARIES.items()
        for form in _shown(canary)
        for text in seen
        if form in text
    }
    assert leaks == set()
