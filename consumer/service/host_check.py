"""Refuses requests under a name that is not ours.

DNS rebinding: somebody else's page has a name whose DNS leads to our address. To the browser it is then one site with
us, and its scripts could read everything. The Host header still holds its name.
"""

from collections.abc import Callable, Collection
from typing import Final

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from consumer.config.host_names import host_of, is_address, is_loopback

# Probes and scrapers use the addresses and names of an orchestrator.
FOR_PROGRAMS: Final = frozenset({"/livez", "/readyz", "/metrics"})


def served_under(names: Collection[str]) -> Callable[[str], bool]:
    """Whether the page is served under a host: one of the names, a name of the loopback, or an address."""
    return lambda host: host in names or is_address(host) or is_loopback(host)


class HostCheck:
    """Passes the requests of an application whose Host is ours.

    Args:
        app: the application.
        is_ours: whether a host is ours, in lower case and without its port.
        mend: how a name becomes ours, as a sentence with the place {host}.
        exempt: paths that every host may ask for.
    """

    def __init__(
        self, app: ASGIApp, is_ours: Callable[[str], bool], mend: str, exempt: Collection[str] = frozenset()
    ) -> None:
        self._app = app
        self._is_ours = is_ours
        self._mend = mend
        self._exempt = exempt

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        problem = self._problem(Headers(scope=scope).getlist("host"))
        if problem and scope["path"] not in self._exempt:
            await PlainTextResponse(f"{problem}\n", 403)(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _problem(self, given: list[str]) -> str:
        host = host_of(given[0]) if len(given) == 1 else None
        if host is None:
            return "The request does not say in one Host header for which host it is."
        return "" if self._is_ours(host) else f"This server does not answer as {host}. {self._mend.format(host=host)}"
