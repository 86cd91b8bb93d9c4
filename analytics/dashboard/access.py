"""Who may see the page: everybody, or those who know the token.

A program sends the token as `Authorization: Bearer …`. A person types it once into the sign-in page and gets a cookie
that is derived from the token. The cookie opens the page and nothing else, and is worthless once the token changes.
"""

import hashlib
import hmac

from starlette.requests import Request
from starlette.responses import Response

COOKIE = "ticketstream_page"
_KEPT_S = 30 * 86400


class Access:
    """Checks the credentials of a request.

    Args:
        token: the secret; when it is empty, everybody may see the page.
    """

    def __init__(self, token: str) -> None:
        self._token = token.encode()
        self._proof = hmac.new(self._token, b"ticketstream page v1", hashlib.sha256).hexdigest()

    def is_token(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), self._token)

    def lets_in(self, request: Request) -> bool:
        if not self._token:
            return True
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and self.is_token(given):
            return True
        return hmac.compare_digest(request.cookies.get(COOKIE, "").encode(), self._proof.encode())

    def remember(self, request: Request, response: Response) -> None:
        """Give a visitor who has shown the token the cookie.

        Lax, because a link to a ticket in a chat has to open. Opening a link changes nothing here.
        """
        response.set_cookie(
            COOKIE, self._proof, _KEPT_S, httponly=True, samesite="lax", secure=request.url.scheme == "https"
        )
