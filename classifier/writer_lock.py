"""One writer of a folder at a time."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

WAIT_S = 10.0
_LOOK_EVERY_S = 0.05


class FolderBusy(Exception):
    """Another process has been writing to the folder for longer than the wait."""


@contextmanager
def one_writer(folder: Path, wait_s: float = WAIT_S) -> Iterator[None]:
    """Hold the folder until the block ends. A process that dies lets go of it; nothing is written for that.

    Raises:
        FolderBusy: another process holds it.
        OSError: there is no such folder.
    """
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        _take(descriptor, folder, time.monotonic() + wait_s)
        yield
    finally:
        os.close(descriptor)


def _take(descriptor: int, folder: Path, until_s: float) -> None:
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until_s:
                raise FolderBusy(
                    f"another process is writing to the models in {folder}: wait until it has ended, then try again"
                ) from None
            time.sleep(_LOOK_EVERY_S)
        except OSError:
            # Some network file systems have no locks. There it is as it was without one.
            return
        else:
            return
