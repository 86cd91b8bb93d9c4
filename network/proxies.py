"""Which proxy leads to a server: one rule for every client of ours."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from network.addresses import Address, read_address

_NAMES = {"http": "HTTP_PROXY", "https": "HTTPS_PROXY"}
_EXCEPTIONS = "NO_PROXY"
NAMES = (*_NAMES.values(), _EXCEPTIONS)


@dataclass(frozen=True, slots=True, repr=False)
class Proxy:
    """A proxy on the way to a server.

    Attributes:
        address: Where it is.
        name: The name in the environment, as it is written there.
    """

    address: Address
    name: str

    def __str__(self) -> str:
        return f"the proxy {self.address.origin} of {self.name}"

    @property
    def headers(self) -> dict[str, str]:
        """What it is sent beside a request; its credentials."""
        return {"proxy-authorization": self.address.basic} if self.address.basic else {}


@dataclass(frozen=True, slots=True, repr=False)
class Proxies:
    """The proxies that the environment names. One that no address needs may be wrong.

    Attributes:
        values: By the names of the environment, without empty ones.
    """

    values: Mapping[str, str]

    def to(self, server: Address) -> Proxy | None:
        """The proxy on the way to this server; None where the way is direct.

        Raises:
            ValueError: The proxy's address cannot be used; the message names where it is set, and quotes nothing.
        """
        name = self._name(_NAMES[server.scheme])
        if name is None or self._is_excepted(server):
            return None
        value = self.values[name]
        try:
            address = read_address(
                value if "://" in value else f"http://{value}", example="http://user:password@host:3128"
            )
        except ValueError as error:
            raise ValueError(f"{name} {error}") from None
        return Proxy(address, name)

    def _name(self, upper: str) -> str | None:
        return next((name for name in (upper.lower(), upper) if self.values.get(name)), None)

    def _is_excepted(self, server: Address) -> bool:
        name = self._name(_EXCEPTIONS)
        if name is None:
            return False
        return any(_matches(entry, server) for entry in re.split(r"[,\s]+", self.values[name].lower()) if entry)


NO_PROXIES = Proxies({})


def proxies_of(environment: Mapping[str, str]) -> Proxies:
    """The proxies that an environment names, in capitals or small letters; small letters go first, as with curl."""
    names = [spelled for name in NAMES for spelled in (name.lower(), name)]
    return Proxies({name: value.strip() for name in names if (value := environment.get(name, "")).strip()})


def _matches(entry: str, server: Address) -> bool:
    if entry == "*":
        return True
    network = _network(entry)
    if network is not None:
        address = _ip(server.host)
        return address is not None and address in network
    name, port = _split(entry)
    if port is not None and port != server.port:
        return False
    address = _ip(server.host)
    if address is not None:
        return address == _ip(name)
    host, domain = server.host.lower().rstrip("."), name.removeprefix("*").strip(".")
    return bool(domain) and (host == domain or host.endswith(f".{domain}"))


def _split(entry: str) -> tuple[str, int | None]:
    """Name and port of an entry; an IPv6 address with a port stands in brackets."""
    if _ip(entry) is not None:
        return entry, None
    name, colon, port = entry.rpartition(":")
    if colon and port.isascii() and port.isdigit():
        return name.strip("[]"), int(port)
    return entry.strip("[]"), None


def _network(entry: str) -> IPv4Network | IPv6Network | None:
    if "/" not in entry:
        return None
    try:
        return ip_network(entry, strict=False)
    except ValueError:
        return None


def _ip(text: str) -> IPv4Address | IPv6Address | None:
    try:
        found = ip_address(text.strip("[]").partition("%")[0])
    except ValueError:
        return None
    return (found.ipv4_mapped or found) if isinstance(found, IPv6Address) else found
