"""The ports of a sandbox: chosen once, kept in its data folder, and taken again at every start."""

import json
import secrets
import socket
from collections.abc import Callable
from pathlib import Path

from serving.starting import used_up

_HOST = "127.0.0.1"
# Below those that Linux and macOS give to outgoing connections, which would take a kept port between two starts.
_FIRST, _LAST = 20_000, 31_999
_TRIES = 100


class Ports:
    """The port of each part.

    Args:
        file: where they are kept.
        warn: called with a sentence when a kept port belongs to another program now.
    """

    def __init__(self, file: Path, warn: Callable[[str], None]) -> None:
        self._file = file
        self._warn = warn
        self._chosen: dict[str, int] = {}

    def of(self, part: str) -> int:
        """The port of a part: the one of the last start if it is free, otherwise a new one. Asked again, the same.

        Raises:
            OSError: there is none, or it cannot be noted.
        """
        if part in self._chosen:
            return self._chosen[part]
        kept = self._kept()
        port = kept.get(part)
        if port is None or port in self._chosen.values() or not is_free(port):
            new = self._new({*kept.values(), *self._chosen.values()})
            if port is not None:
                self._warn(
                    f"another program has port {port} now: the {part} gets port {new}; correct what names the old one"
                )
            port = new
        self._chosen[part] = port
        self._file.write_text(json.dumps({**kept, part: port}), encoding="utf-8")
        return port

    def _kept(self) -> dict[str, int]:
        try:
            found = json.loads(self._file.read_bytes())
        except (OSError, ValueError):
            return {}
        known = found.items() if isinstance(found, dict) else ()
        return {part: port for part, port in known if isinstance(port, int) and 0 < port < 1 << 16}

    @staticmethod
    def _new(others: set[int]) -> int:
        for _ in range(_TRIES):
            port = _FIRST + secrets.randbelow(_LAST - _FIRST + 1)
            if port not in others and is_free(port):
                return port
        with socket.socket() as probe:
            probe.bind((_HOST, 0))
            return int(probe.getsockname()[1])


def is_free(port: int) -> bool:
    """Whether a server can listen there, on 127.0.0.1."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_HOST, port))
        except OSError as error:
            if used_up(error):
                raise
            return False
    return True
