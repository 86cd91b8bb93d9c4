"""Addresses of servers. No message quotes an address: it may hold a password, also where it is written wrongly."""

import re
from base64 import b64encode
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlsplit

# What may be repeated in a message: no part of a password with a slash or a question mark in it looks like this.
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_DEFAULT_PORTS = {"http": 80, "https": 443}
CLICKHOUSE_PORTS = {"http": 8123, "https": 8443}


@dataclass(frozen=True, slots=True, repr=False)
class Address:
    """An http(s) address in its parts.

    Attributes:
        scheme: `http` or `https`.
        host: A name or an IP address, without brackets.
        port: The default of the scheme when the address names none.
        path: As it is sent; empty for none.
        query: As it is sent.
        user: Decoded; None when the address names none.
        password: Decoded; None when the address names none.
    """

    scheme: str
    host: str
    port: int
    path: str = ""
    query: str = ""
    user: str | None = None
    password: str | None = None

    @property
    def host_port(self) -> str:
        """What a message may show."""
        return f"{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"

    @property
    def origin(self) -> str:
        """Scheme, host and port, without credentials."""
        return f"{self.scheme}://{self.host_port}"

    @property
    def basic(self) -> str | None:
        """The value of an Authorization header for the address's credentials; None when it names none."""
        if self.user is None and self.password is None:
            return None
        return basic(self.user or "", self.password or "")


def basic(user: str, password: str) -> str:
    """The value of an Authorization header (RFC 7617, in UTF-8)."""
    return "Basic " + b64encode(f"{user}:{password}".encode()).decode()


def read_address(text: str, *, example: str, ports: dict[str, int] = _DEFAULT_PORTS) -> Address:
    """Take an address apart.

    Args:
        text: As it stands in a setting.
        example: For the message.
        ports: What an address means that names no port.

    Raises:
        ValueError: It cannot be used; the message fits behind the name of the setting, and quotes nothing of it.
    """
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in ports or not parts.hostname or port == 0 or not _is_plain(text):
        raise ValueError(f"is not an http(s) address; write it like {example}{_encode_hint(text)}")
    if parts.fragment or text.endswith("#"):
        raise ValueError(f"has a fragment (#…), which is never sent; leave it out{_encode_hint(text)}")
    return Address(
        parts.scheme,
        parts.hostname,
        port or ports[parts.scheme],
        parts.path,
        parts.query,
        None if parts.username is None else unquote(parts.username),
        None if parts.password is None else unquote(parts.password),
    )


def read_clickhouse_address(text: str, database: str) -> Address:
    """The address of ClickHouse's HTTP interface.

    Args:
        text: `CLICKHOUSE_URL`. It may name the database, as path or in its query.
        database: `CLICKHOUSE_DATABASE`.

    Raises:
        ValueError: It cannot be used, or holds what would be ignored; the message fits behind CLICKHOUSE_URL.
    """
    address = read_address(text, example="http://user:password@host:8123", ports=CLICKHOUSE_PORTS)
    hint = _encode_hint(text)
    name = unquote(address.path).strip("/")
    if name and not _WORD.fullmatch(name):
        raise ValueError(
            f"has a path; ClickHouse is asked at /, and the database is named by CLICKHOUSE_DATABASE{hint}"
        )
    named = [name] if name else []
    for key, value in parse_qsl(address.query, keep_blank_values=True):
        if key == "database" and _WORD.fullmatch(value):
            named.append(value)
        elif key in {"secure", "protocol", "interface"}:
            raise ValueError(f"has {key} in its query; write https:// or http:// in front instead")
        else:
            said = f"{key} in its query, which is not used" if _WORD.fullmatch(key) else "a query that is not used"
            raise ValueError(f"has {said}; leave it out{hint}")
    if address.query and not parse_qsl(address.query, keep_blank_values=True):
        raise ValueError(f"has a query that is not used; leave it out{hint}")
    for other in named:
        if other != database:
            raise ValueError(
                f"names the database {other}, and CLICKHOUSE_DATABASE is {database};"
                f" set CLICKHOUSE_DATABASE={other}, or leave it out of the address"
            )
    return Address(address.scheme, address.host, address.port, user=address.user, password=address.password)


def read_registry_address(text: str) -> Address:
    """The address of a schema registry; a path is kept.

    Raises:
        ValueError: It cannot be used; the message fits behind SCHEMA_REGISTRY_URL.
    """
    address = read_address(text, example="https://registry.example.com:8081")
    if address.query or text.endswith("?"):
        raise ValueError(f"has a query, which is not used; leave it out{_encode_hint(text)}")
    return address


def read_model_address(text: str) -> Address:
    """The address of the model; path and query are sent.

    Raises:
        ValueError: It cannot be used; the message fits behind ML_API_URL.
    """
    return read_address(text, example="https://models.example.com/classify")


def _is_plain(text: str) -> bool:
    return text.isprintable() and " " not in text and "\\" not in text


def _encode_hint(text: str) -> str:
    """Where an @ stands behind the host, a password was probably cut in two."""
    behind = re.split(r"[/?#]", text.partition("://")[2], maxsplit=1)[1:]
    return ". In a user or password write / as %2F, ? as %3F, # as %23, @ as %40" if behind and "@" in behind[0] else ""
