"""Names of hosts, as settings and the Host header of HTTP write them."""

import ipaddress
import re
from typing import Annotated, Final

from pydantic import AfterValidator

_HEADER: Final = re.compile(r"(?P<host>\[[0-9a-f:.]{2,45}\]|[a-z0-9._-]{1,253})(?::[0-9]{0,5})?", re.IGNORECASE)
_LABEL: Final = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")


def as_host_name(written: str) -> str | None:
    """Return a name as browsers send it: lower case, ASCII (IDNA), without the dot at its end; None if it is no name.

    An address is returned as it is, without brackets.
    """
    name = written.strip().removesuffix(".").lower()
    if is_address(name):
        return name.strip("[]")
    try:
        name = name if name.isascii() else name.encode("idna").decode()
    except UnicodeError:
        return None
    return name if len(name) <= 253 and all(_LABEL.fullmatch(label) for label in name.split(".")) else None


def names_in(setting: str) -> frozenset[str]:
    """Return the names of a setting that lists them between commas, as browsers send them.

    Raises:
        ValueError: one of them is no name of a host.
    """
    names = {part: as_host_name(part) for part in setting.split(",") if part.strip()}
    for part, name in names.items():
        if name is None:
            raise ValueError(f"holds {part.strip()!r}; write names of hosts without scheme, port and path: a.com,b.com")
    return frozenset(name for name in names.values() if name)


def _checked(setting: str) -> str:
    names_in(setting)
    return setting


HostNames = Annotated[str, AfterValidator(_checked)]


def host_of(header: str) -> str | None:
    """Return the host that a Host header names, as `as_host_name` does; None if it is not host, or host and port."""
    match = _HEADER.fullmatch(header)
    return as_host_name(match["host"]) if match else None


def is_address(name: str) -> bool:
    """Whether this is an IP address: nobody else's DNS can make it lead to us."""
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


def is_loopback(name: str) -> bool:
    """Whether this is an address of this machine's loopback, or a name that RFC 6761 keeps for it."""
    if not is_address(name):
        return name == "localhost" or name.endswith(".localhost")
    address = ipaddress.ip_address(name)
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback
