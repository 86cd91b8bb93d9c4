"""The ways to the servers, as the settings say them."""

from pathlib import Path

import pytest

from consumer.config.routes import SERVERS, Server, route_of
from consumer.config.settings import load_settings, settings_of
from consumer.errors import ConfigurationError
from tests.support.tls_front import Papers

URL = "https://ana:canary@server.example.com"


@pytest.fixture(autouse=True)
def _elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("http_proxy", "https_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.mark.parametrize("server", SERVERS)
def test_a_way_has_its_certificates_and_its_proxy(server: Server, tmp_path: Path) -> None:
    """The same names with another beginning, for all three."""
    papers = Papers(tmp_path / "papers")
    name = server.upper()
    route = route_of(
        settings_of(
            {
                f"{name}_URL": URL,
                f"{name}_CA_FILE": papers.ca_file,
                f"{name}_CLIENT_CERT_FILE": papers.client_cert_file,
                f"{name}_CLIENT_KEY_FILE": papers.client_key_file,
                "https_proxy": "proxy:3128",
            }
        ),
        server,
    )

    assert str(route.proxy) == "the proxy http://proxy:3128 of https_proxy"
    assert route.certificates.ca_file == papers.ca_file
    assert route.context() is not None
    assert "canary" not in f"{route!r} {route.named}"


@pytest.mark.parametrize("server", SERVERS)
@pytest.mark.parametrize("file", ["CA", "CLIENT_CERT"])
def test_a_missing_file_is_refused_at_start(server: Server, file: str) -> None:
    """With and without an address, by the setting's name, and as a setting rather than a file of a secret."""
    name = f"{server.upper()}_{file}_FILE"
    for more in ({}, {f"{server.upper()}_URL": URL}):
        with pytest.raises(ConfigurationError, match=f"^{name} names /nowhere/x, which cannot be read: no such file"):
            settings_of({name: "/nowhere/x", **more})


def test_everything_that_is_wrong_is_named_at_once() -> None:
    """In one message without a password."""
    with pytest.raises(ConfigurationError) as refused:
        settings_of(
            {
                "CLICKHOUSE_URL": "http://ana:canary@host/other",
                "ML_API_CA_FILE": "/nowhere/x",
                "SCHEMA_REGISTRY_URL": "https://registry.example.com",
                "HTTPS_PROXY": "socks5://ana:canary@proxy",
            }
        )

    for said in ("CLICKHOUSE_URL names the database other", "ML_API_CA_FILE names", "HTTPS_PROXY is not an http(s)"):
        assert said in str(refused.value)
    assert "canary" not in str(refused.value)


def test_a_user_stands_in_one_place() -> None:
    """The registry's user may stand in the address or in its own setting."""
    with pytest.raises(ConfigurationError, match="SCHEMA_REGISTRY_URL and SCHEMA_REGISTRY_USER both name a user"):
        settings_of({"SCHEMA_REGISTRY_URL": URL, "SCHEMA_REGISTRY_USER": "ana"})


def test_proxies_of_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`.env` may name them; the process's own environment goes first."""
    (tmp_path / ".env").write_text(f"ML_API_URL={URL}\nHTTPS_PROXY=http://a:1\n")
    from_file = route_of(load_settings(), "ml_api").proxy
    monkeypatch.setenv("HTTPS_PROXY", "http://b:2")

    assert str(from_file) == "the proxy http://a:1 of HTTPS_PROXY"
    assert str(route_of(load_settings(), "ml_api").proxy) == "the proxy http://b:2 of HTTPS_PROXY"
