"""Addresses that no model has: the metadata services, which hand out a cloud machine's credentials."""

import socket
from ipaddress import IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

# The metadata services of AWS, Azure, Google and most others have link-local addresses. The remaining ones follow: AWS
# over IPv6, Alibaba, Oracle.
_FORBIDDEN = tuple(
    map(ip_network, ("169.254.0.0/16", "fe80::/10", "fd00:ec2::254/128", "100.100.100.200/32", "192.0.0.192/32"))
)


def is_forbidden(address: str) -> bool:
    """Whether an IP address, as the resolver writes it, is link-local or a cloud's metadata service."""
    found = ip_address(address.partition("%")[0])
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return any((mapped or found) in network for network in _FORBIDDEN)


def forbidden_of(url: str) -> str | None:
    """A forbidden address of the URL's host; None when there is none, or when the name cannot be resolved now."""
    parts = urlsplit(url)
    try:
        found = socket.getaddrinfo(parts.hostname, parts.port or parts.scheme, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        # Every new connection is checked again. This check only tells the operator early.
        return None
    addresses = (str(entry[4][0]) for entry in found)
    return next(filter(is_forbidden, addresses), None)
