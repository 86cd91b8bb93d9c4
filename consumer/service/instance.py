"""This process's place in the group: a name that a restart finds again and no neighbour shares."""

import fcntl
import os
from pathlib import Path
from typing import NamedTuple

from consumer.errors import ConfigurationError, Fenced

MAX_SLOTS = 1_000


class Instance(NamedTuple):
    """A claimed place; it is free again as soon as the lock's descriptor is closed, also by a SIGKILL."""

    name: str
    lock: int

    def release(self) -> None:
        os.close(self.lock)


def claim(state_dir: Path, instance_id: str, host: str) -> Instance:
    """Take the named place, or the lowest free slot of this host.

    Raises:
        Fenced: `INSTANCE_ID` is held by another process of this host.
        ConfigurationError: `STATE_DIR` cannot be written.
    """
    try:
        state_dir.mkdir(parents=True, exist_ok=True)
        if instance_id:
            lock = _lock(state_dir, instance_id)
            if lock is None:
                raise Fenced(
                    f"INSTANCE_ID={instance_id} is held by another process of this host: "
                    "stop it, or give this one a name of its own"
                )
            return Instance(instance_id, lock)
        for slot in range(MAX_SLOTS):
            # Locked by name: nobody's INSTANCE_ID may happen to be a slot's.
            lock = _lock(state_dir, f"{host}-{slot}")
            if lock is not None:
                return Instance(f"{host}-{slot}", lock)
    except OSError as error:
        raise ConfigurationError(
            f"STATE_DIR={state_dir} cannot be written ({error.strerror}): set STATE_DIR to a directory that can"
        ) from error
    raise ConfigurationError(f"STATE_DIR={state_dir} has no free slot below {MAX_SLOTS}")


def _lock(state_dir: Path, name: str) -> int | None:
    descriptor = os.open(state_dir / f"instance-{name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor
