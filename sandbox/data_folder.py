"""The data folder of a sandbox, which one sandbox at a time may use."""

import fcntl
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from consumer.errors import ConfigurationError, TicketstreamError
from sandbox.parts import Interrupted

# Longer than a part may take to stop once its sandbox is gone.
PARTS_STOP_S = 60.0
_LOOK_EVERY_S = 0.1
# What `fresh` removes. The ports stay, so that settings made of them stay true, and so does the reference model.
_DATA = ("kafka", "clickhouse", "state", "models", "logs")


class DataFolder:
    """The folder and the two locks on it: the sandbox's own, and one that its parts hold too.

    A sandbox that is killed leaves its parts behind, which then stop. The second lock is free when the last has ended.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.resolve()
        self._locks: list[int] = []

    @property
    def for_parts(self) -> tuple[int, ...]:
        """Descriptors that the parts inherit; none before `take`."""
        return tuple(self._locks[1:])

    def take(self, announce: Callable[[str], None], stopped: Callable[[], bool]) -> None:
        """Make the folder and hold it; wait for the parts of a sandbox that was killed.

        Args:
            announce: called with what is waited for.
            stopped: whether to wait no longer.

        Raises:
            ConfigurationError: another sandbox uses it, or it cannot be written.
            TicketstreamError: parts of an earlier sandbox do not end.
            Interrupted: `stopped` said so.
        """
        make(self.path)
        try:
            self._locks = [self._opened("sandbox.lock"), self._opened("parts.lock")]
        except OSError as error:
            raise _unwritable(self.path, error) from None
        own, of_parts = self._locks
        if not _locked(own):
            raise ConfigurationError(
                f"another sandbox{_number(own)} uses the folder {self.path}: stop it, or name another with --data"
            )
        os.truncate(own, 0)
        os.pwrite(own, str(os.getpid()).encode(), 0)
        os.set_inheritable(of_parts, True)
        if not _locked(of_parts):
            announce("parts of an earlier sandbox stop")
            self._wait_for(of_parts, stopped)

    def _opened(self, name: str) -> int:
        return os.open(self.path / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def _wait_for(self, lock: int, stopped: Callable[[], bool]) -> None:
        give_up_s = time.monotonic() + PARTS_STOP_S
        while not _locked(lock):
            if stopped():
                raise Interrupted("stopped while parts of an earlier sandbox were stopping")
            if time.monotonic() > give_up_s:
                raise TicketstreamError(
                    f"parts of an earlier sandbox still use {self.path} after {PARTS_STOP_S:g} s: end them (`lsof"
                    f" {self.path / 'parts.lock'}` shows them), or name another folder with --data"
                )
            time.sleep(_LOOK_EVERY_S)

    def clear(self) -> None:
        """Remove what broker, ClickHouse and service have kept."""
        for name in _DATA:
            shutil.rmtree(self.path / name, ignore_errors=True)

    def release(self) -> None:
        """Let another sandbox use the folder."""
        while self._locks:
            os.close(self._locks.pop())


def make(folder: Path) -> None:
    """Make a folder for data.

    Raises:
        ConfigurationError: it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(folder, error) from None


def _unwritable(folder: Path, error: OSError) -> ConfigurationError:
    return ConfigurationError(f"the folder {folder} cannot be written ({error.strerror}): name another with --data")


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _number(lock: int) -> str:
    number = os.pread(lock, 20, 0).decode("ascii", "replace")
    return f" (process {number})" if number.isdigit() else ""
