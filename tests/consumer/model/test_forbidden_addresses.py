"""Addresses that no model has."""

import pytest

from consumer.model.attempt import Failed
from consumer.model.client import ModelClient
from consumer.model.forbidden_addresses import forbidden_of, is_forbidden
from consumer.model.types import ModelTicket

FORBIDDEN = [
    "169.254.169.254", "169.254.0.1", "fe80::1", "fe80::1%eth0", "::ffff:169.254.169.254", "fd00:ec2::254",
    "100.100.100.200", "192.0.0.192",
]  # fmt: skip
ALLOWED = ["127.0.0.1", "::1", "10.0.0.7", "192.168.1.1", "172.16.0.1", "fd00::1", "93.184.216.34", "100.64.0.1"]


@pytest.mark.parametrize("address", FORBIDDEN)
def test_where_credentials_are_handed_out_is_forbidden(address: str) -> None:
    """However the address is spelt."""
    assert is_forbidden(address)


@pytest.mark.parametrize("address", ALLOWED)
def test_private_addresses_are_allowed(address: str) -> None:
    """A model in the same network or on the same machine is the rule."""
    assert not is_forbidden(address)


@pytest.mark.parametrize("host", ["169.254.169.254", "[::ffff:a9fe:a9fe]", "2852039166", "0xa9fea9fe", "[fe80::1]"])
def test_the_host_of_an_address_is_resolved(host: str) -> None:
    """Other spellings of a number come to the same address."""
    assert forbidden_of(f"http://{host}/latest/meta-data") is not None
    assert forbidden_of("http://127.0.0.1:8000/") is None
    assert forbidden_of("http://no-such-host.invalid/") is None


def test_a_connection_to_it_is_never_made() -> None:
    """A name may resolve to such an address later, so every connection is checked."""
    client = ModelClient("http://169.254.169.254/")
    try:
        outcome = client.attempt([ModelTicket("subject", "", None)], 2.0)
    finally:
        client.close()

    assert outcome == Failed("unavailable", "connect_failed")
