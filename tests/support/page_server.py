"""The page as a service serves it, and a visitor without a browser."""

import http.client
import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from analytics.clickhouse.client import Client
from analytics.dashboard.application import NO_MODELS, Dashboard
from analytics.dashboard.asking import Asking
from analytics.dashboard.live import Live
from analytics.dashboard.models_folder import Models
from analytics.dashboard.review_routes import ReviewRoutes
from analytics.dashboard.reviewing import Reviewing
from analytics.dashboard.shared_desk import Publish, SharedDesk
from analytics.dashboard.writers import NOBODY, Proxies, Writers
from analytics.reports.review import TWICE_SHARE
from consumer.answer.taxonomy import load_taxonomy
from consumer.service import http_server
from consumer.service.health import Health
from consumer.service.part_states import Seen

WORKING = Live(
    workers={"categorizer-0": "", "sink-0": ""},
    lag={"ticket-categorized": 0, "ticket-corrected": 0, "ticket-created": 12, "ticket-recategorize": 3},
    lag_unknown_since_s=None,
    breaker_open=False,
    stopped=False,
    in_flight=37,
    waiting=4,
    answered=5000,
    dead=0,
)

# The names that a page of the service without TAXONOMY_FILE shows.
SHIPPED = load_taxonomy()


STOP_S = 10.0


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


class Judging(NamedTuple):
    """What a page needs on which people may judge.

    Attributes:
        publish: takes the judgements.
        token: the value of HTTP_WRITE_TOKEN.
        proxies: who may name a person.
        labels: the categories in use with their subcategories.
        link: gives the address of a ticket in a help desk.
    """

    publish: Publish
    token: str = "write-canary-51c0"
    proxies: Proxies = NOBODY
    labels: Mapping[str, Sequence[str]] = SHIPPED.subcategories
    link: Callable[[str], str] = lambda _: ""

    def writers(self, hosts: Collection[str]) -> Writers:
        return Writers(self.token, hosts, self.proxies)


@contextmanager
def served(
    connect: Callable[[], Client],
    live: Callable[[], Live] = lambda: WORKING,
    token: str = "",
    renamed: Mapping[str, str] | None = None,
    hosts: Collection[str] = (),
    names: Callable[[str], Mapping[str, str]] = SHIPPED.names_in,
    judging: Judging | None = None,
    models: Models = NO_MODELS,
) -> Iterator[str]:
    """Serve a page; its address. Without `judging` nobody may judge."""
    asking = Asking(connect)
    desk = review = None
    if judging:
        desk = SharedDesk(judging.publish)
        queue = Reviewing(asking, desk, TWICE_SHARE)
        review = ReviewRoutes(queue, judging.writers(hosts), judging.labels, judging.link)
    dashboard = Dashboard(asking, live, token, renamed, names, review, models)
    health = Health(dict, Seen)
    application = http_server.application(health, [], token, dashboard.routes(), hosts)
    address, stop = http_server.serve(application, "127.0.0.1", 0)
    try:
        yield address
    finally:
        stop()
        if desk:
            desk.stop(STOP_S)
