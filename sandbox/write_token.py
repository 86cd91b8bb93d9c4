"""The token with which people judge tickets on the page of a sandbox. The page listens on the loopback alone."""

import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Final

SETTING: Final = "HTTP_WRITE_TOKEN"
FILE: Final = "write-token"
_BYTES: Final = 9


def write_settings(data: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """Return the settings with which people may judge on a sandbox's page; none where the user has set a token.

    Args:
        data: the sandbox's folder, which keeps the token. The first time one is made that only its user can read.
        environment: that of the process.
    """
    if {SETTING, f"{SETTING}_FILE"} & environment.keys():
        return {}
    path = data / FILE
    if not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(_BYTES))
    return {SETTING: path.read_text("ascii").strip()}
