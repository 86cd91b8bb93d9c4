"""The files in which commands find the addresses of a sandbox."""

import fcntl
import os
import shlex
from collections.abc import Mapping
from pathlib import Path

from consumer.config import sandbox_settings
from consumer.errors import ConfigurationError


def lines(settings: Mapping[str, str]) -> str:
    """Settings as a shell reads them, and `.env` too unless a value holds a quote; a line each."""
    return "".join(f"{name}={shlex.quote(value)}\n" for name, value in settings.items())


def _of_dotenv(settings: Mapping[str, str]) -> str:
    """Settings as python-dotenv reads them, whatever they hold."""
    escaped = ((name, value.replace("\\", "\\\\").replace("'", "\\'")) for name, value in settings.items())
    return "".join(f"{name}='{value}'\n" for name, value in escaped)


class SettingsFile:
    """A file of settings that is there while a sandbox runs, and locked so that others know it.

    Args:
        path: the file; it is the sandbox's own, and replaced.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock: int | None = None

    def write(self, settings: Mapping[str, str]) -> None:
        """Write and lock it.

        Raises:
            ConfigurationError: another sandbox has written it and runs, or it cannot be written.
        """
        if sandbox_settings.is_live(self._path):
            raise ConfigurationError(
                f"another sandbox runs for {self._path.parent}, as the lock on {self._path.name} says: stop that one"
            )
        new = self._path.with_name(f"{self._path.name}.new")
        try:
            lock = os.open(new, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
            try:
                os.write(
                    lock,
                    f"# Written by `ticketstream sandbox`, and gone when it stops.\n{_of_dotenv(settings)}".encode(),
                )
                # Before it has its name, so that nobody sees it without its lock.
                fcntl.flock(lock, fcntl.LOCK_EX)
                new.replace(self._path)
            except BaseException:
                os.close(lock)
                raise
        except OSError as error:
            raise ConfigurationError(
                f"{self._path} cannot be written ({error.strerror}): let this user write the folder"
            ) from None
        self._lock = lock

    def remove(self) -> None:
        """Take it away again."""
        if self._lock is not None:
            self._path.unlink(missing_ok=True)
            os.close(self._lock)
            self._lock = None
