"""Refuses the requests of web pages: every page that a browser of this machine shows can reach this port.

A page of another site sends its Origin, or Sec-Fetch-Site says that it is another one. A page whose name leads here
(DNS rebinding) has another Host. Programs send neither of the first two, and a Host of the loopback.
"""

from typing import Final

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from consumer.config.host_names import is_loopback
from consumer.service.host_check import HostCheck

_MEND: Final = "The sandbox is for this machine only: use localhost or 127.0.0.1."
# A person who types the address sends `none`.
_OWN_SITES: Final = frozenset({"none", "same-origin"})


def for_programs(app: ASGIApp) -> ASGIApp:
    """Wrap an application so that it answers only what no foreign page has sent."""
    return HostCheck(_OriginCheck(app), is_loopback, _MEND)


class _OriginCheck:
    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if _is_of_another_page(Headers(scope=scope)):
            refused = PlainTextResponse("Requests of web pages are refused: the sandbox is for programs.\n", 403)
            await refused(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def _is_of_another_page(headers: Headers) -> bool:
    # The Host was checked; a page of ours has the same one, whatever ends TLS in front.
    own = {f"{scheme}://{headers.get('host', '')}".lower() for scheme in ("http", "https")}
    origins = {origin.lower() for origin in headers.getlist("origin")}
    sites = {site.lower() for site in headers.getlist("sec-fetch-site")}
    return bool(origins - own or sites - _OWN_SITES)
