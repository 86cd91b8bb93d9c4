"""Who may judge on the page, and under which name.

Judging takes the setting HTTP_WRITE_TOKEN. A person types its value once, and gets a session: a cookie that is made
from the token. Against forged requests of other sites (CSRF), every write shows the session's own word too, which they
cannot read, comes from our own page, and is JSON, which no form of theirs can send.
"""

import hashlib
import hmac
import secrets
import time
from collections.abc import Collection, Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Final, Literal, NamedTuple
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from analytics.reports.review_tickets import is_known, typed_name

COOKIE: Final = "ticketstream_judge"
WORD_HEADER: Final = "x-review-word"
# Where the server keeps the address of the direct peer, whatever a proxy says of whom it speaks for.
PEER: Final = "ticketstream.peer"
_KEPT_S: Final = 30 * 86400
_LONGEST_NAME: Final = 100
_PORTS: Final = {"http": 80, "https": 443}

Network = IPv4Network | IPv6Network


class Session(NamedTuple):
    """One browser that was shown the token: its name among others, and the word that its writes have to show."""

    name: str
    word: str


class Refusal(NamedTuple):
    """Why a write is refused: the HTTP status, the name of the problem, and a sentence with the mend."""

    status: int
    problem: str
    detail: str


class Proxies(NamedTuple):
    """Who may name the person that a request comes from.

    Attributes:
        header: the name of the header that holds the person's name; empty where nobody may.
        trusted: the addresses of the proxies that are believed.
    """

    header: str = ""
    trusted: Sequence[Network] = ()

    def believes(self, peer: str) -> bool:
        """Whether this direct peer is one of the proxies."""
        try:
            address = ip_address(peer.partition("%")[0])
        except ValueError:
            return False
        plain = (address.ipv4_mapped if address.version == 6 else None) or address
        return any(plain in network for network in self.trusted)


NOBODY: Final = Proxies()


class Writers:
    """Checks who may write.

    Args:
        token: the secret; when it is empty, nobody may write.
        hosts: names under which people open the page, beside the host that a request names.
        proxies: who may name a person.
    """

    def __init__(self, token: str, hosts: Collection[str] = (), proxies: Proxies = NOBODY) -> None:
        self._token = token.encode()
        self._hosts = frozenset(hosts)
        self._proxies = proxies

    @property
    def state(self) -> Literal["unset", "set"]:
        """Whether anybody may write at all."""
        return "set" if self._token else "unset"

    def is_token(self, given: str) -> bool:
        """Whether this is the token; nothing is where none is set."""
        return bool(self._token) and hmac.compare_digest(given.encode(errors="replace"), self._token)

    def remember(self, request: Request, response: Response) -> None:
        """Give a visitor who has shown the token a session.

        Lax, because a link to a ticket in a chat has to open. Opening a link writes nothing.
        """
        begun = f"{secrets.token_hex(16)}.{int(time.time())}"
        response.set_cookie(
            COOKIE,
            f"{begun}.{self._made('session', begun)}",
            _KEPT_S,
            httponly=True,
            samesite="lax",
            secure=request.url.scheme == "https",
        )

    def session(self, request: Request) -> Session | None:
        """Return the session of a request; None without one, and for one of another token."""
        given = request.cookies.get(COOKIE, "")
        begun, _, proof = given.rpartition(".")
        name, _, since_s = begun.partition(".")
        is_ours = hmac.compare_digest(proof.encode(errors="replace"), self._made("session", begun).encode())
        if not self._token or not is_ours or time.time() - int(since_s) > _KEPT_S:
            return None
        return Session(name, self._made("word", begun))

    def refusal(self, request: Request) -> Refusal | None:
        """Say why a request may not write; None where it may."""
        if not self._token:
            return Refusal(403, "write_unset", "HTTP_WRITE_TOKEN is not set for this process: nobody may judge here.")
        if found := self._foreign(request):
            return found
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json":
            return Refusal(415, "failed", "Writes are JSON: send Content-Type: application/json.")
        session = self.session(request)
        if session is None:
            return Refusal(401, "write_sign_in", "Sign in on /review with the value of HTTP_WRITE_TOKEN.")
        word = request.headers.get(WORD_HEADER, "")
        if not hmac.compare_digest(word.encode(errors="replace"), session.word.encode()):
            return Refusal(403, "write_sign_in", f"{WORD_HEADER} is not that of this session: load the page again.")
        return self._claimed(request)

    def person(self, request: Request, typed: str) -> str | None:
        """Return the name under which this request judges: that of a trusted proxy, or one that the person typed.

        A typed name begins with `typed:`, so that it never counts as a second person. None is nobody known.
        """
        if named := self.verified(request):
            return named
        name = _printable(typed)[:_LONGEST_NAME].strip()
        return typed_name(name) if name else None

    def verified(self, request: Request) -> str | None:
        """Return the person that a trusted proxy names; None without one."""
        if not self._proxies.header or not self._proxies.believes(_peer(request)):
            return None
        given = request.headers.getlist(self._proxies.header)
        return _printable(_decoded(given[0])) or None if len(given) == 1 else None

    def _made(self, purpose: str, begun: str) -> str:
        return hmac.new(self._token, f"ticketstream judge v1 {purpose} {begun}".encode(), hashlib.sha256).hexdigest()

    def _foreign(self, request: Request) -> Refusal | None:
        """Refuse what another site's page sends. Browsers name the page's origin; scripts cannot change it."""
        mend = "let the proxy pass the Host that the browser sends, or add the name to HTTP_HOSTS"
        refusal = Refusal(403, "failed", f"The request does not come from this page. If it did, {mend}.")
        if request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
            return refusal
        origin = _site(request.headers.get("origin", ""))
        host = request.headers.get("host", "")
        is_ours = origin is not None and (origin.host in self._hosts or origin == _site(f"{origin.scheme}://{host}"))
        return None if is_ours else refusal

    def _claimed(self, request: Request) -> Refusal | None:
        """Refuse names that somebody else than a trusted proxy gives, and names that look typed."""
        header = self._proxies.header
        if not header or header not in request.headers:
            return None
        if not self._proxies.believes(_peer(request)):
            mend = "let the person come through a proxy that HTTP_TRUSTED_PROXIES names"
            return Refusal(403, "failed", f"{header} is believed only from a trusted proxy: {mend}.")
        named = self.verified(request)
        if named is None or len(named) > _LONGEST_NAME:
            return Refusal(403, "failed", f"{header} has to hold one name of at most {_LONGEST_NAME} characters.")
        if not is_known(named.casefold()):
            return Refusal(403, "failed", f"{header} holds a name that begins with {typed_name('')}, as typed ones do.")
        return None


class _Site(NamedTuple):
    scheme: str
    host: str
    port: int | None


def _site(origin: str) -> _Site | None:
    """Take an origin apart; None for what is none, such as `null`."""
    try:
        parts = urlsplit(origin)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in _PORTS or not parts.hostname:
        return None
    return _Site(parts.scheme, parts.hostname, port or _PORTS[parts.scheme])


def _peer(request: Request) -> str:
    # Without our server, as in a test of the application alone, the client is the direct peer.
    peer = request.scope.get(PEER)
    return peer if isinstance(peer, str) else request.client.host if request.client else ""


def _decoded(value: str) -> str:
    """Read a header as UTF-8, which proxies write, though HTTP takes every byte for Latin-1."""
    try:
        return value.encode("latin-1").decode()
    except UnicodeError:
        return value


def _printable(text: str) -> str:
    return "".join(sign for sign in text if sign.isprintable()).strip()
