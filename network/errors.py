"""Errors of other people's libraries in words. Nothing that such an error holds makes these functions fail."""

import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import suppress
from enum import Enum, auto
from http.client import BadStatusLine, HTTPException
from typing import NamedTuple

MAX_ERRORS = 64
"""A chain is followed so far; it may be endless."""
MAX_TEXT = 300
_LINKS = ("__cause__", "__context__", "reason", "original_error", "os_error", "args", "exceptions")
_TUNNEL = re.compile(r"Tunnel connection failed: (\d{3})")


class Kind(Enum):
    """What happened on the way to a server."""

    TIMED_OUT = auto()
    NO_NAME = auto()
    NO_CONNECTION = auto()
    BROKEN = auto()
    UNTRUSTED = auto()
    EXPIRED = auto()
    OTHER_NAME = auto()
    PLAINTEXT = auto()
    NOT_HTTP = auto()
    OWN_CERTIFICATE = auto()
    TLS = auto()
    OTHER = auto()


class Trouble(NamedTuple):
    """One failed request.

    Attributes:
        kind: What happened.
        words: The same as the second half of a sentence, without secrets.
        by_proxy: Whether it happened between us and the proxy.
        proxy_status: What the proxy answered instead of opening a tunnel.
    """

    kind: Kind
    words: str
    by_proxy: bool = False
    proxy_status: int | None = None


def chain(error: BaseException) -> Iterator[BaseException]:
    """The error and all that it holds or was caused by, each once, the nearest first."""
    known: set[int] = set()
    waiting: list[object] = [error]
    while waiting and len(known) < MAX_ERRORS:
        current = waiting.pop(0)
        if isinstance(current, BaseException):
            if id(current) not in known:
                known.add(id(current))
                yield current
                waiting.extend(attribute(current, link) for link in _LINKS)
        elif isinstance(current, tuple | list):
            waiting.extend(held for held in current[:MAX_ERRORS] if isinstance(held, BaseException))


def attribute(error: BaseException, name: str) -> object:
    """An attribute of an error, None where it has none or cannot give it."""
    found: object = None
    # A property of somebody else's class may raise anything.
    with suppress(Exception):
        found = getattr(error, name, None)
    return found


def text_of(error: object) -> str:
    """The error's own text on one line, short, and without what controls a terminal; its type where it has none."""
    text = ""
    with suppress(Exception):
        text = str(error)
    plain = " ".join("".join(c if c.isprintable() else " " for c in text[: 4 * MAX_TEXT]).split())[:MAX_TEXT]
    return plain or type(error).__name__


def system_words(error: BaseException) -> str:
    """Why the system refused, such as `permission denied`; the error's type where it does not say."""
    words = attribute(error, "strerror")
    return text_of(words).lower() if isinstance(words, str) and words.strip() else type(error).__name__


def trouble_of(error: BaseException) -> Trouble:
    """What happened, from the errors of any HTTP library over Python's sockets and TLS."""
    errors = list(chain(error))
    by_proxy = any(type(each).__name__ == "ProxyError" for each in errors)
    for each in errors:
        if refused := _TUNNEL.search(text_of(each)):
            status = int(refused[1])
            return Trouble(Kind.OTHER, f"it answers {status} and lets nothing through", True, status)
    kind, words = next(filter(None, map(_tls, errors)), None) or _plainest(errors)
    return Trouble(kind, words, by_proxy)


def _tls(error: BaseException) -> tuple[Kind, str] | None:
    if isinstance(error, ssl.SSLCertVerificationError):
        said = attribute(error, "verify_message")
        detail = f" ({text_of(said).rstrip('.')})" if isinstance(said, str) and said else ""
        kind = _BY_VERIFY_CODE.get(text_of(attribute(error, "verify_code")), Kind.UNTRUSTED)
        return kind, f"{_WORDS[kind]}{detail}"
    if not isinstance(error, ssl.SSLError):
        return None
    reason = attribute(error, "reason")
    code = reason if isinstance(reason, str) else ""
    kind = _BY_REASON.get(
        code, Kind.BROKEN if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError) else Kind.TLS
    )
    detail = f" ({text_of(code).lower().replace('_', ' ')})" if code else ""
    return kind, f"{_WORDS[kind]}{detail}"


def _plainest(errors: list[BaseException]) -> tuple[Kind, str]:
    """The plainest words in a chain; those of the innermost error, which the system raised."""
    for error in errors:
        name = type(error).__name__
        if isinstance(error, socket.gaierror) or name == "NameResolutionError":
            return Kind.NO_NAME, "its name has no address"
        if isinstance(error, TimeoutError) or "Timeout" in name:
            return Kind.TIMED_OUT, "it took too long"
    return next(filter(None, map(_of_system, reversed(errors))), (Kind.OTHER, "no answer"))


def _of_system(error: BaseException) -> tuple[Kind, str] | None:
    if type(error) is BadStatusLine:
        return Kind.NOT_HTTP, "it does not answer in HTTP"
    if isinstance(error, OSError) and isinstance(attribute(error, "strerror"), str):
        broken = isinstance(error, ConnectionResetError | BrokenPipeError | ConnectionAbortedError)
        return Kind.BROKEN if broken else Kind.NO_CONNECTION, system_words(error)
    if type(error) is OSError:
        # Its subclasses in HTTP libraries quote addresses.
        return Kind.NO_CONNECTION, text_of(error)
    return (Kind.BROKEN, "the connection was cut") if isinstance(error, EOFError | HTTPException) else None


_WORDS = {
    Kind.UNTRUSTED: "its certificate is not trusted here",
    Kind.EXPIRED: "its certificate is not valid now",
    Kind.OTHER_NAME: "its certificate is for another name",
    Kind.PLAINTEXT: "it does not speak TLS at this port",
    Kind.OWN_CERTIFICATE: "it does not accept us without the right client certificate",
    Kind.BROKEN: "the connection was cut during TLS",
    Kind.TLS: "the TLS connection failed",
}
# OpenSSL's numbers, x509_vfy.h.
_BY_VERIFY_CODE = {"9": Kind.EXPIRED, "10": Kind.EXPIRED, "62": Kind.OTHER_NAME, "64": Kind.OTHER_NAME}
# OpenSSL's names, sslerr.h; those with ALERT come from the other side.
_BY_REASON = {
    **dict.fromkeys(
        (
            "WRONG_VERSION_NUMBER",
            "HTTP_REQUEST",
            "HTTPS_PROXY_REQUEST",
            "UNKNOWN_PROTOCOL",
            "PACKET_LENGTH_TOO_LONG",
            "RECORD_LAYER_FAILURE",
        ),
        Kind.PLAINTEXT,
    ),
    **dict.fromkeys(
        (
            "TLSV13_ALERT_CERTIFICATE_REQUIRED",
            "TLSV1_ALERT_CERTIFICATE_REQUIRED",
            "TLSV1_ALERT_UNKNOWN_CA",
            "TLSV1_ALERT_ACCESS_DENIED",
            "TLSV1_ALERT_DECRYPT_ERROR",
            "SSLV3_ALERT_BAD_CERTIFICATE",
            "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE",
            "SSLV3_ALERT_CERTIFICATE_UNKNOWN",
            "SSLV3_ALERT_CERTIFICATE_EXPIRED",
            "SSLV3_ALERT_CERTIFICATE_REVOKED",
        ),
        Kind.OWN_CERTIFICATE,
    ),
    "UNEXPECTED_EOF_WHILE_READING": Kind.BROKEN,
}
