"""Addresses that no model has: those where clouds hand out credentials to whoever asks from the machine itself."""

import socket
from ipaddress import IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

# Link-local addresses hold the metadata services of AWS, Azure, Google and most others; the rest is named one by one:
# AWS over IPv6, Alibaba, Oracle.
_FORBIDDEN = tuple(
    map(ip_network, ("169.254.0.0/16", "fe80::/10", "fd00:ec2::254/128", "100.100.100.200/32", "192.0.0.192/32"))
)


def is_forbidden(address: str) -> bool:
    """Whether an IP address, as the resolver spells it, is link-local or a cloud's metadata service."""
    found = ip_address(address.partition("%")[0])
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return any((mapped or found) in network for network in _FORBIDDEN)


def forbidden_of(url: str) -> str | None:
    """An address of the URL's host that is forbidden; None when there is none, or the name cannot be resolved now."""
    parts = urlsplit(url)
    try:
        found = socket.getaddrinfo(parts.hostname, parts.port or parts.scheme, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        # Every connection is looked at again: this only tells the operator at once.
        return None
    return next((str(each[4][0]) for each in found if is_forbidden(str(each[4][0]))), None)
