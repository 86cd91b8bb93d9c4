"""The way to one server: its settings' names, its certificates, the proxy before it; and what to say when it fails."""

import ssl
from dataclasses import dataclass
from typing import NamedTuple

from network.addresses import Address
from network.errors import Kind, Trouble, trouble_of
from network.proxies import Proxies, Proxy
from network.tls import Certificates

_PROXY_REFUSED_OUR_CREDENTIALS = 407

_SERVERS = {
    "CLICKHOUSE_URL": "ClickHouse",
    "LLM_API_URL": "the LLM's endpoint",
    "ML_API_URL": "the model",
    "SCHEMA_REGISTRY_URL": "the schema registry",
}


def route_to(setting: str, address: Address, certificates: Certificates, proxies: Proxies) -> "Route":
    """The way to a server, with the proxy that the environment names for it.

    Raises:
        ValueError: The proxy's address cannot be used; the message names where it is set.
    """
    return Route(setting, address, certificates, proxies.to(address))


class Explained(NamedTuple):
    """Why a server was not reached.

    Attributes:
        words: The second half of a sentence, without secrets.
        mend: A sentence that names the setting to change.
        trouble: The same for programs.
    """

    words: str
    mend: str
    trouble: Trouble

    def __str__(self) -> str:
        return f"{self.words}. {self.mend}"


@dataclass(frozen=True, slots=True, repr=False)
class Route:
    """The way to one server.

    Attributes:
        setting: The name of the setting that holds the address, one of those above.
        address: Of the server.
        certificates: Whom to trust there, and what to show.
        proxy: On the way; None for none.
    """

    setting: str
    address: Address
    certificates: Certificates
    proxy: Proxy | None = None

    @property
    def is_tls(self) -> bool:
        return self.address.scheme == "https"

    def context(self) -> ssl.SSLContext | None:
        """What TLS needs; None where neither the server nor the proxy speaks it.

        Raises:
            ValueError: A file of the certificates cannot be used; the message names the setting and the mend.
        """
        speaks_tls = self.is_tls or (self.proxy is not None and self.proxy.address.scheme == "https")
        return self.certificates.context() if speaks_tls else None

    @property
    def named(self) -> str:
        """The server in a sentence, with the proxy before it and without any credentials."""
        through = f" through {self.proxy}" if self.proxy is not None else ""
        return f"{_SERVERS[self.setting]} at {self.address.host_port}{through}"

    def explain(self, error: BaseException) -> Explained:
        """Why the server was not reached, and what mends it."""
        trouble = trouble_of(error)
        if self.proxy is not None and trouble.by_proxy:
            return self._of_proxy(self.proxy, trouble)
        return Explained(trouble.words, self._mend(trouble.kind), trouble)

    def refused_by_proxy(self, status: int) -> Explained | None:
        """The same for an answer that only a proxy gives; None for all others."""
        if self.proxy is None or status != _PROXY_REFUSED_OUR_CREDENTIALS:
            return None
        return self._of_proxy(
            self.proxy, Trouble(Kind.OTHER, f"it answers {status} and lets nothing through", True, status)
        )

    def _of_proxy(self, proxy: Proxy, trouble: Trouble) -> Explained:
        name, status = proxy.name, trouble.proxy_status
        if status == _PROXY_REFUSED_OUR_CREDENTIALS:
            mend = f"Give {name} a user and password that the proxy accepts, as in http://user:password@host:port."
        elif status is not None:
            mend = f"Let the proxy reach {self.address.host_port}, or name the host in NO_PROXY."
        else:
            mend = f"Check that the proxy runs and that {name} is right, or name the host in NO_PROXY."
        return Explained(f"the proxy refuses or fails: {trouble.words}", mend, trouble)

    def _mend(self, kind: Kind) -> str:
        prefix, setting = self.certificates.prefix, self.setting
        check = f"Check that it runs and that {setting} is right"
        own = f"{prefix}_CLIENT_CERT_FILE and {prefix}_CLIENT_KEY_FILE"
        is_unknown = not self.certificates.client_cert_file
        mends = {
            Kind.UNTRUSTED: f"Set {prefix}_CA_FILE to the certificate of the CA that signed it.",
            Kind.EXPIRED: "Renew the server's certificate, or set the clock of this machine right.",
            Kind.OTHER_NAME: f"Write in {setting} a name that stands in the server's certificate.",
            Kind.PLAINTEXT: f"Write http:// in {setting}, or the port that speaks TLS.",
            Kind.NOT_HTTP: f"Write https:// in {setting} if this port speaks TLS, or the port that speaks HTTP.",
            Kind.OWN_CERTIFICATE: f"Set {own}."
            if is_unknown
            else f"Give {prefix}_CLIENT_CERT_FILE a certificate that the server trusts and that is valid now.",
        }
        if self.is_tls and is_unknown and kind in {Kind.BROKEN, Kind.TLS}:
            return f"{check}; if the server asks for a client certificate, set {own}."
        if not self.is_tls and kind is Kind.BROKEN:
            return f"{check}; if this port speaks TLS, write https:// there."
        return mends.get(kind, f"{check}.")
