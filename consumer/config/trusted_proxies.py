"""Settings of proxies in front of the page: which header names a person, and whose header is believed."""

import re
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated, Final

from pydantic import AfterValidator

# RFC 9110: a token.
_FIELD: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}")
# They mean something else, and every browser may send them.
_TAKEN: Final = frozenset(
    {
        "authorization",
        "content-length",
        "content-type",
        "cookie",
        "forwarded",
        "host",
        "origin",
        "referer",
    }
)


def networks_in(setting: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """Return the networks of a setting that lists addresses and networks between commas.

    Raises:
        ValueError: one of them is neither.
    """
    found = []
    for part in (part.strip() for part in setting.split(",")):
        if not part:
            continue
        try:
            found.append(ip_network(part))
        except ValueError:
            raise ValueError(
                f"holds {part!r}; write addresses, or networks without bits beyond their prefix: 10.0.0.7,10.1.0.0/16"
            ) from None
    return tuple(found)


def _checked(setting: str) -> str:
    networks_in(setting)
    return setting


def _header(setting: str) -> str:
    if setting and (not _FIELD.fullmatch(setting) or setting.lower() in _TAKEN):
        raise ValueError(f"is {setting!r}, which no proxy can put a name into; write one like X-Forwarded-User")
    return setting


Networks = Annotated[str, AfterValidator(_checked)]
HeaderName = Annotated[str, AfterValidator(_header)]
