"""The page as a service serves it, and a visitor without a browser."""

import http.client
import json
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from analytics.clickhouse.client import Client
from analytics.dashboard.application import NO_MODELS, Dashboard
from analytics.dashboard.asking import Asking
from analytics.dashboard.live import Live
from analytics.dashboard.models_folder import Models
from consumer.answer.taxonomy import load_taxonomy
from consumer.service import http_server
from consumer.service.worker_metrics import WorkerMetrics

WORKING = Live(
    workers={"categorizer-0": "", "sink-0": ""},
    lag={"ticket-categorized": 0, "ticket-corrected": 0, "ticket-created": 12, "ticket-recategorize": 3},
    breaker_open=False,
    stopped=False,
    in_flight=37,
    waiting=4,
    answered=5000,
    dead=0,
)

# The names that a page of the service without TAXONOMY_FILE shows.
SHIPPED = load_taxonomy()


class Reply(NamedTuple):
    """What came back."""

    status: int
    headers: http.client.HTTPMessage
    text: str

    def json(self) -> Any:
        return json.loads(self.text)


class Visitor(NamedTuple):
    """Asks for pages; follows no redirects and keeps no cookies by itself."""

    address: str

    def get(self, path: str, **headers: str) -> Reply:
        return self._ask("GET", path, None, headers)

    def post(self, path: str, body: str, **headers: str) -> Reply:
        return self._ask("POST", path, body, headers)

    def _ask(self, method: str, path: str, body: str | None, headers: Mapping[str, str]) -> Reply:
        connection = http.client.HTTPConnection(urlsplit(self.address).netloc, timeout=60)
        try:
            connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
            response = connection.getresponse()
            return Reply(response.status, response.headers, response.read().decode())
        finally:
            connection.close()


@contextmanager
def served(
    connect: Callable[[], Client],
    live: Callable[[], Live] = lambda: WORKING,
    token: str = "",
    renamed: Mapping[str, str] | None = None,
    hosts: Collection[str] = (),
    names: Callable[[str], Mapping[str, str]] = SHIPPED.names_in,
    models: Models = NO_MODELS,
) -> Iterator[str]:
    """Serve a page; its address."""
    dashboard = Dashboard(Asking(connect), live, token, renamed, names, models)
    health = http_server.Health(dict, tuple)
    application = http_server.application(health, WorkerMetrics(), token, dashboard.routes(), hosts)
    address, stop = http_server.serve(application, "127.0.0.1", 0)
    try:
        yield address
    finally:
        stop()
