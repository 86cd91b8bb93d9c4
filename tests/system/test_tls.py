"""The service behind TLS of one's own: everything works with the CA's file, and a fault is waited for, not died of."""

import json
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tests.support.model_server import ModelServer
from tests.support.service import Service, fetched
from tests.support.tls_front import Papers, tls_front
from tests.support.waiting import until
from tests.support.world import tickets
from tests.system.conftest import Worlds

if TYPE_CHECKING:
    import ssl


def _readiness(service: Service) -> dict[str, str]:
    problems: dict[str, str] = json.loads(fetched(f"{service.address()}/readyz")[1])["problems"]
    return problems


def test_a_sink_waits_for_a_certificate_that_it_trusts(worlds: Worlds, model: ModelServer, tmp_path: Path) -> None:
    """It says why, is not ready and is not started again; as soon as the server's certificate is right it stores."""
    known, unknown = Papers(tmp_path / "known"), Papers(tmp_path / "unknown")
    current: list[ssl.SSLContext] = [unknown.server()]
    world = worlds(ML_API_URL=model.url)
    clickhouse = _port(world.environment["CLICKHOUSE_URL"])
    with tls_front(clickhouse, lambda: current[0]) as port:
        settings = {"CLICKHOUSE_URL": f"https://localhost:{port}", "CLICKHOUSE_CA_FILE": known.ca_file}
        with world.service(**settings) as service:
            world.publish(tickets("tls", 5))
            until(lambda: "sink-0" in _readiness(service))
            said = until(lambda: service.events("clickhouse.unavailable"))[0]["detail"]
            first = service.workers()["sink-0"]
            failed = {name: world.command(*name.split(), **settings) for name in ("migrate", "report accuracy")}
            doctor = world.command("doctor", **settings)
            current[0] = known.server()
            stored = until(lambda: world.stored() == 5)
            until(lambda: _readiness(service) == {})
            assert stored
            assert service.workers()["sink-0"] == first
            well = world.command("doctor", **settings)

    assert "its certificate is not trusted here" in said
    assert "Set CLICKHOUSE_CA_FILE" in said
    for done in failed.values():
        assert done.returncode == 1
        assert "Set CLICKHOUSE_CA_FILE" in done.stderr
        assert len(done.stderr.splitlines()) == 1
    assert "Set CLICKHOUSE_CA_FILE" in " ".join(doctor.stdout.split())
    assert "clickhouse" in well.stdout
    assert "CLICKHOUSE_CA_FILE" not in well.stdout
    assert service.events("worker.") == []


def test_client_certificates_everywhere(worlds: Worlds, model: ModelServer, tmp_path: Path) -> None:
    """Model and ClickHouse ask for one; the model answers, and the answers are stored."""
    papers = Papers(tmp_path)
    server = papers.server(client_of=papers)
    world = worlds()
    clickhouse, where = _port(world.environment["CLICKHOUSE_URL"]), urlsplit(model.url)
    files = {
        f"{name}_{file.upper()}": getattr(papers, file)
        for name in ("CLICKHOUSE", "ML_API")
        for file in ("ca_file", "client_cert_file", "client_key_file")
    }
    with tls_front(clickhouse, server) as stored_at, tls_front(_port(model.url), server) as asked_at:
        settings = {
            "CLICKHOUSE_URL": f"https://localhost:{stored_at}",
            "ML_API_URL": f"https://localhost:{asked_at}{where.path}",
            **files,
        }
        with world.service(**settings) as service:
            created = tickets("own", 3)
            world.publish(created)
            answers = world.answers_to(ticket["ticket_id"] for ticket in created)
            until(lambda: world.stored() == 3)
            until(lambda: _readiness(service) == {})

    assert {answer["method"] for answer in answers} <= {"MODEL", "CACHE"}


def _port(url: str) -> int:
    port = urlsplit(url).port
    assert port is not None
    return port
