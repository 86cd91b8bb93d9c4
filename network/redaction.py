"""Taking secrets out of texts that other people's code wrote."""

import re
from base64 import b64encode
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus

HIDDEN = "***"
MIN_CHARS = 6
"""A shorter secret would hide half of every text, and protects nothing."""
# User and password of an address; a password with a slash in it is found as far as its last @ before a space.
_CREDENTIALS = re.compile(r"(?<=://)[^\s/?#\"'<>@]*(?:@[^\s/?#\"'<>@]*)*@|(?<=://)[^\s\"'<>@:/]*:[^\s\"'<>@]*@")
# Headers with credentials, as debug lines show them.
_AUTHORIZATION = re.compile(r"(?i)\b(basic|bearer) +[A-Za-z0-9+/=._~-]{6,}")


class Redaction:
    """Replaces known secrets in any usual spelling, and the credentials of every address.

    Args:
        secrets: As they are; those that are too short stay.
        pairs: Users and their passwords, for basic authentication.
    """

    def __init__(self, secrets: Iterable[str] = (), pairs: Iterable[tuple[str, str]] = ()) -> None:
        spelt = {form for secret in secrets if len(secret) >= MIN_CHARS for form in _forms(secret)}
        spelt |= {b64encode(f"{user}:{password}".encode()).decode() for user, password in pairs if password}
        longest_first = sorted(spelt, key=len, reverse=True)
        self._secrets = re.compile("|".join(map(re.escape, longest_first))) if spelt else None

    def text(self, text: str) -> str:
        """The text without secrets."""
        if self._secrets is not None:
            text = self._secrets.sub(HIDDEN, text)
        if "://" in text:
            text = _CREDENTIALS.sub(f"{HIDDEN}@", text)
        return _AUTHORIZATION.sub(rf"\1 {HIDDEN}", text)

    def value(self, value: object) -> object:
        """The same for the texts within lists and dictionaries."""
        match value:
            case str():
                return self.text(value)
            case dict():
                return {self.value(key): self.value(held) for key, held in value.items()}
            case list() | tuple() | set():
                return [self.value(held) for held in value]
            case _:
                return value


def _forms(secret: str) -> Iterator[str]:
    """The secret in plain, within an address, within a quoted text, and in Base64."""
    yield secret
    yield quote(secret, safe="")
    yield quote(secret)
    yield quote_plus(secret)
    yield quote(secret, safe="").replace("%", "%25")
    yield repr(secret)[1:-1]
    yield secret.encode("unicode_escape").decode()
    yield b64encode(secret.encode()).decode().rstrip("=")
