"""The ways to the model, to ClickHouse and to the schema registry, by one rule for all three."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Literal, TypeAlias

from network.addresses import Address, read_clickhouse_address, read_model_address, read_registry_address
from network.route import Route, route_to
from network.tls import Certificates

if TYPE_CHECKING:
    from consumer.config.settings import Settings

Server: TypeAlias = Literal["clickhouse", "ml_api", "schema_registry"]
SERVERS: tuple[Server, ...] = ("clickhouse", "ml_api", "schema_registry")


def certificates_of(settings: "Settings", server: Server) -> Certificates:
    """The files that the settings name for one server."""
    files = (getattr(settings, f"{server}_{file}_file") for file in ("ca", "client_cert", "client_key"))
    return Certificates(server.upper(), *files)


def route_of(settings: "Settings", server: Server) -> Route:
    """The way to one server.

    Raises:
        ValueError: it is impossible; the message names the setting and the mend.
    """
    setting = f"{server.upper()}_URL"
    try:
        address = _READ[server](settings)
    except ValueError as error:
        raise ValueError(f"{setting} {error}") from None
    return route_to(setting, address, certificates_of(settings, server), settings.proxies)


def problems(settings: "Settings") -> list[str]:
    """What is impossible in the ways to the servers, a sentence each, without secrets."""
    found = [fault for server in SERVERS for fault in _problems(settings, server)]
    if settings.schema_registry_user and not found and settings.schema_registry_url:
        address = read_registry_address(settings.schema_registry_url)
        if address.user is not None:
            found.append("SCHEMA_REGISTRY_URL and SCHEMA_REGISTRY_USER both name a user; leave one of them out")
    return found


def _problems(settings: "Settings", server: Server) -> Iterator[str]:
    certificates = certificates_of(settings, server)
    try:
        certificates.check()
    except ValueError as error:
        yield str(error)
    if _url(settings, server):
        try:
            route_of(settings, server)
        except ValueError as error:
            yield str(error)


def _url(settings: "Settings", server: Server) -> str:
    return (
        settings.clickhouse_url.get_secret_value()
        if server == "clickhouse"
        else str(getattr(settings, f"{server}_url"))
    )


_READ: dict[Server, Callable[["Settings"], Address]] = {
    "clickhouse": lambda settings: read_clickhouse_address(
        settings.clickhouse_url.get_secret_value(), settings.clickhouse_database
    ),
    "ml_api": lambda settings: read_model_address(settings.ml_api_url),
    "schema_registry": lambda settings: read_registry_address(settings.schema_registry_url),
}
