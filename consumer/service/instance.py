"""The name of this instance. A restart gets the same name; no other instance on this host has it."""

import fcntl
import os
from pathlib import Path
from typing import NamedTuple

from consumer.errors import ConfigurationError, Fenced, TicketstreamError
from network.errors import system_words
from serving.starting import used_up

MAX_SLOTS = 1_000


class Instance(NamedTuple):
    """A claimed name. It is free again when the lock's descriptor is closed, which a SIGKILL does too."""

    name: str
    lock: int

    def release(self) -> None:
        os.close(self.lock)


def claim(state_dir: Path, instance_id: str, host: str) -> Instance:
    """Claim `instance_id`; without one, the lowest free slot of this host.

    Raises:
        Fenced: `INSTANCE_ID` is held by another process of this host.
        ConfigurationError: `STATE_DIR` cannot be written.
        TicketstreamError: descriptors or memory are used up.
    """
    try:
        state_dir.mkdir(parents=True, exist_ok=True)
        if instance_id:
            lock = _lock(state_dir, instance_id)
            if lock is None:
                raise Fenced(
                    f"INSTANCE_ID={instance_id} is held by another process of this host: "
                    "stop it, or set a different INSTANCE_ID here"
                )
            return Instance(instance_id, lock)
        for slot in range(MAX_SLOTS):
            # The lock is by name, so that no INSTANCE_ID can be the name of a slot in use.
            lock = _lock(state_dir, f"{host}-{slot}")
            if lock is not None:
                return Instance(f"{host}-{slot}", lock)
    except OSError as error:
        if reason := used_up(error):
            raise TicketstreamError(f"STATE_DIR={state_dir} cannot be locked: {reason}") from error
        raise ConfigurationError(
            f"STATE_DIR={state_dir} cannot be written ({system_words(error)}): set STATE_DIR to a directory that can"
        ) from error
    raise ConfigurationError(
        f"STATE_DIR={state_dir} has no free slot below {MAX_SLOTS}: stop an instance, or set INSTANCE_ID"
    )


def _lock(state_dir: Path, name: str) -> int | None:
    descriptor = os.open(state_dir / f"instance-{name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor
