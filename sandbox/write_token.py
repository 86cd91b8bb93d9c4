"""The token with which people judge tickets on the page of a sandbox. The page listens on the loopback alone."""

import os
import secrets
from pathlib import Path
from typing import Final

FILE: Final = "write-token"
_BYTES: Final = 9


def write_token_in(data: Path) -> str:
    """Return the token of the sandbox in this folder; the first time, make one that only its user can read."""
    path = data / FILE
    if not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(_BYTES))
    return path.read_text("ascii").strip()
