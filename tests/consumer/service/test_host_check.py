"""Under which names the page answers: DNS rebinding."""

from collections.abc import Iterator

import pytest

from tests.analytics.dashboard.conftest import no_clickhouse
from tests.support.page_server import served
from tests.support.raw_http import asking, send

PAGE = ["/", "/accuracy", "/ticket?id=x", "/sign-in", "/api/live", "/api/overview", "/files/x/y", "/nowhere"]
FOREIGN = [
    "evil.example",
    "evil.example:8080",
    "localhost.evil.example",
    "127.0.0.1.evil.example:8080",
    "evil",
    "localhost@evil.example",
    "localhost, evil.example",
    "2130706433",
    "[::1",
    "[",
    "",
]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with served(no_clickhouse, hosts={"tickets.example.com"}) as address:
        yield address


@pytest.mark.parametrize("path", PAGE)
@pytest.mark.parametrize("host", FOREIGN)
def test_nothing_is_told_under_a_foreign_name(address: str, host: str, path: str) -> None:
    """Neither pages nor figures nor files, in one sentence of text that names the setting."""
    reply = send(address, asking(path, host=host))

    assert 400 <= reply.status < 500
    assert b"ticketstream" not in reply.body
    if b"does not answer as" in reply.body:
        assert b"HTTP_HOSTS" in reply.body
        assert reply.header("Content-Type").startswith("text/plain")
        assert reply.header("X-Content-Type-Options") == "nosniff"


@pytest.mark.parametrize(
    "host",
    [
        "tickets.example.com",
        "TICKETS.example.com.:8443",
        "localhost",
        "localhost:9",
        "page.localhost:8080",
        "127.0.0.1",
        "127.7.7.7:80",
        "[::1]:8080",
        "[::ffff:127.0.0.1]",
        "10.1.2.3:8080",
        "[2001:db8::1]",
    ],
)
def test_the_page_answers_under_its_own_names(address: str, host: str) -> None:
    """Those of HTTP_HOSTS, the loopback's, and addresses: nobody's DNS can make these lead here."""
    assert [send(address, asking(path, host=host)).status for path in ("/", "/api/live")] == [200, 200]


def test_the_name_is_told_with_the_mend(address: str) -> None:
    """So an operator who forgot the setting knows what to write."""
    reply = send(address, asking("/", host="support.example.com"))

    assert reply.status == 403
    assert b"add support.example.com to its setting HTTP_HOSTS" in reply.body


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/metrics"])
@pytest.mark.parametrize("host", [*FOREIGN, None])
def test_probes_and_scrapers_are_always_answered(address: str, host: str | None, path: str) -> None:
    """Whatever name or address the orchestrator made up, or none: HTTP/1.0 knows no hosts."""
    request = asking(path, host=host)
    if host is None:
        request = request.replace(b"HTTP/1.1", b"HTTP/1.0")

    assert send(address, request).status == 200


def test_two_hosts_are_none(address: str) -> None:
    """A proxy in front may have looked at the other one."""
    reply = send(address, asking("/", ("Host", "127.0.0.1"), host="127.0.0.1"))

    assert 400 <= reply.status < 500
