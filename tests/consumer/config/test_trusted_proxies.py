"""Settings of proxies in front of the page."""

from ipaddress import ip_network

import pytest

from consumer.config.settings import settings_of
from consumer.config.trusted_proxies import networks_in
from consumer.errors import ConfigurationError


@pytest.mark.parametrize(
    ("written", "networks"),
    [
        ("", []),
        (" , ", []),
        ("10.0.0.7", ["10.0.0.7/32"]),
        (" 10.1.0.0/16 , 2001:db8::/32,::1", ["10.1.0.0/16", "2001:db8::/32", "::1/128"]),
    ],
)
def test_proxies_are_addresses_and_networks(written: str, networks: list[str]) -> None:
    """Between commas."""
    assert networks_in(settings_of({"HTTP_TRUSTED_PROXIES": written}).http_trusted_proxies) == tuple(
        map(ip_network, networks)
    )


@pytest.mark.parametrize(
    "written", ["proxy", "10.0.0.1/8", "10.0.0.0/33", "10.0.0.1:80", "10.0.0.*", "[::1]", "10.0.0.1 10.0.0.2"]
)
def test_anything_else_is_refused_by_name(written: str) -> None:
    """With an example; a name of a host may lead elsewhere tomorrow."""
    with pytest.raises(ConfigurationError) as refused:
        settings_of({"HTTP_TRUSTED_PROXIES": written})

    assert "HTTP_TRUSTED_PROXIES" in str(refused.value)
    assert "10.1.0.0/16" in str(refused.value)


@pytest.mark.parametrize(
    "written", ["X Forwarded", "X-User:", "é", "Cookie", "Authorization", "host", "X-\r\nUser", "x" * 65]
)
def test_a_header_that_can_hold_no_name_is_refused(written: str) -> None:
    """One that means something else, or that is none."""
    with pytest.raises(ConfigurationError) as refused:
        settings_of({"HTTP_USER_HEADER": written})

    assert "HTTP_USER_HEADER" in str(refused.value)
    assert "X-Forwarded-User" in str(refused.value)
