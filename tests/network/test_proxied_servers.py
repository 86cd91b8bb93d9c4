"""A proxy on the way to ClickHouse, to the model and to the registry: the same rule, and the same words."""

import socket

import pytest

from network.addresses import basic
from network.proxies import Proxies, proxies_of
from tests.network.conftest import Server
from tests.support.forward_proxy import ForwardProxy, forward_proxy
from tests.support.tls_front import HOST, Papers, tls_front

CANARY = "can@ry"
ESCAPED = "can%40ry"


def _both(proxy: str, **more: str) -> Proxies:
    return proxies_of({"HTTP_PROXY": proxy, "HTTPS_PROXY": proxy, **more})


def _address(proxy: ForwardProxy, user: str = "") -> str:
    return proxy.url.replace("://", f"://{user}")


def test_a_tunnel_for_https(server: Server, papers: Papers) -> None:
    """TLS goes through it to the server, whose name the proxy alone knows; the proxy's credentials go no further."""
    with (
        tls_front(server.port, papers.server(client_of=papers)) as port,
        forward_proxy({HOST: port}, authorization=basic("ana", CANARY)) as proxy,
    ):
        said = server.asked(
            f"https://{HOST}:8443",
            _both(_address(proxy, f"ana:{ESCAPED}@")),
            ca_file=papers.ca_file,
            client_cert_file=papers.client_cert_file,
            client_key_file=papers.client_key_file,
        )

    assert said == "ok"
    assert set(proxy.asked) == {("CONNECT", f"{HOST}:8443")}


def test_whole_addresses_for_http(server: Server) -> None:
    """The proxy is told the whole address, and the server's path."""
    with forward_proxy({HOST: server.port}, authorization=basic("ana", CANARY)) as proxy:
        said = server.asked(f"http://{HOST}:81", _both(_address(proxy, f"ana:{ESCAPED}@")))

    assert said == "ok"
    assert proxy.asked
    assert all(target.startswith(f"http://{HOST}:81{server.path}") for _, target in proxy.asked)


def test_a_proxy_that_speaks_tls(server: Server, papers: Papers) -> None:
    """The CA that is trusted for the server is trusted for the proxy, too."""
    with (
        tls_front(server.port, papers.server()) as port,
        forward_proxy({HOST: port}) as proxy,
        tls_front(proxy.port, papers.server()) as front,
    ):
        said = server.asked(f"https://{HOST}:8443", _both(f"https://localhost:{front}"), ca_file=papers.ca_file)

    assert said == "ok"
    assert proxy.asked


def test_an_exception_is_reached_directly(server: Server) -> None:
    """A proxy that knows nobody is not asked."""
    with forward_proxy({}) as proxy:
        said = server.asked(f"http://127.0.0.1:{server.port}", _both(proxy.url, NO_PROXY="127.0.0.0/8"))

    assert said == "ok"
    assert proxy.asked == []


def test_this_machine_is_reached_through_the_proxy_too(server: Server) -> None:
    """Where NO_PROXY does not name it."""
    with forward_proxy({"127.0.0.1": server.port}) as proxy:
        said = server.asked(f"http://127.0.0.1:{server.port}", _both(proxy.url))

    assert said == "ok"
    assert proxy.asked


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_asks_for_a_password(server: Server, scheme: str) -> None:
    """407: the message names the proxy, where it is set, and what to write there."""
    with forward_proxy({HOST: server.port}, authorization=basic("ana", "another")) as proxy:
        said = server.asked(f"{scheme}://{HOST}:81", _both(_address(proxy, f"ana:{ESCAPED}@")))

    assert f"through the proxy {proxy.url} of {scheme.upper()}_PROXY" in said
    assert f"it answers 407 and lets nothing through. Give {scheme.upper()}_PROXY a user and password" in said
    assert not any(form in said for form in (CANARY, ESCAPED, basic("ana", CANARY).split()[1]))


def test_a_proxy_that_refuses(server: Server) -> None:
    """403 to a tunnel: the proxy has to let it through."""
    with forward_proxy({HOST: server.port}, refusal=403) as proxy:
        said = server.asked(f"https://{HOST}:81", _both(proxy.url))

    assert f"through the proxy {proxy.url} of HTTPS_PROXY" in said
    assert (
        f"it answers 403 and lets nothing through. Let the proxy reach {HOST}:81, or name the host in NO_PROXY" in said
    )


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_is_away(server: Server, scheme: str) -> None:
    """Not the server is at fault."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        dead = f"http://127.0.0.1:{bound.getsockname()[1]}"
        said = server.asked(f"{scheme}://{HOST}:81", _both(dead.replace("://", f"://ana:{ESCAPED}@")))

    assert f"through the proxy {dead} of {scheme.upper()}_PROXY" in said
    assert f"connection refused. Check that the proxy runs and that {scheme.upper()}_PROXY is right" in said
    assert ESCAPED not in said


def test_a_server_behind_the_proxy_with_a_wrong_certificate(server: Server, papers: Papers) -> None:
    """The proxy works: the server's own sentence is said, with the proxy's name."""
    with tls_front(server.port, papers.server()) as port, forward_proxy({HOST: port}) as proxy:
        said = server.asked(f"https://{HOST}:8443", _both(proxy.url))

    assert f"{HOST}:8443 through the proxy {proxy.url} of HTTPS_PROXY" in said
    assert f"Set {server.setting}_CA_FILE" in said
