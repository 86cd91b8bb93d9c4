"""The broker's one file, of which a loss of power can leave half."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

from consumer.errors import ConfigurationError

_FILE, _EARLIER = "kafka.json", "kafka.earlier.json"


def keep(folder: Path, announce: Callable[[str], None]) -> None:
    """Keep what the broker wrote before it starts; where only half of that is left, take what the last start kept.

    Args:
        folder: the broker's.
        announce: called when something is lost.

    Raises:
        ConfigurationError: neither can be read.
        OSError: the copy cannot be written.
    """
    current, earlier = folder / _FILE, folder / _EARLIER
    if not current.exists():
        return
    if _is_whole(current):
        shutil.copyfile(current, new := folder / "kafka.copied.json")
        with new.open("rb+") as copied:
            os.fsync(copied.fileno())
        new.replace(earlier)
    elif _is_whole(earlier):
        announce("the broker's file is damaged: what came in since its last start is lost")
        shutil.copyfile(earlier, current)
    else:
        raise ConfigurationError(
            f"the broker's file {current} is damaged: begin anew with --fresh, which removes all that the sandbox holds"
        )


def _is_whole(file: Path) -> bool:
    """Whether it begins and ends as the broker's file does: it may be too large to be read as a whole."""
    try:
        with file.open("rb") as opened:
            first = opened.read(1)
            opened.seek(-1, os.SEEK_END)
            return (first, opened.read(1)) == (b"{", b"}")
    except OSError:
        return False
