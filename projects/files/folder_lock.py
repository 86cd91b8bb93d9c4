"""Keeps two commands from changing the same folder at once."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from consumer.errors import ConfigurationError
from terminal.safe_text import printable


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Hold the folder until the block ends; a process that dies lets go of it. Nothing is written for that.

    Args:
        folder: one that is there.

    Raises:
        ConfigurationError: another command holds it.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        _lock(descriptor, folder)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, folder: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise ConfigurationError(
            f"another `ticketstream init`, `train` or `taxonomy` is at work in {printable(str(folder))}: wait until it"
            " has ended, then start this one again"
        ) from None
    except OSError:
        # Some network file systems have no locks. There it is as it was without one.
        return
