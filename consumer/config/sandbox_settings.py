"""The addresses that a sandbox gives to the commands of a project's folder: `.env.sandbox`, beside `.env`.

They hold as long as the sandbox runs, which keeps the file locked. What a killed sandbox has left behind is not read.
"""

import fcntl
import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

FILE = Path(".env.sandbox")
# Settings of `.env` that lead to other servers. What an address is of no use without must not meet another server.
_WAYS = ("KAFKA_", "CLICKHOUSE_", "ML_API_", "SCHEMA_REGISTRY_", "EVENT_FORMAT")
_NO_WAYS = frozenset({"KAFKA_GROUP_ID", "CLICKHOUSE_DATABASE", "ML_API_TIMEOUT"})


def is_live(path: Path) -> bool:
    """Whether the sandbox that wrote this file runs: it holds a lock on it."""
    with suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(descriptor)
    return False


def beside(names: Mapping[str, str | None], of_sandbox: Mapping[str, str | None]) -> dict[str, str | None]:
    """The settings of `.env` with those of the sandbox over them.

    Args:
        names: of `.env`. What leads to other servers, such as `KAFKA_SASL_USERNAME`, is left out.
        of_sandbox: of `.env.sandbox`.
    """
    kept = {
        name: value for name, value in names.items() if name.upper() in _NO_WAYS or not name.upper().startswith(_WAYS)
    }
    return {**kept, **of_sandbox}
