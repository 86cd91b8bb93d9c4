"""Starting what needs descriptors, processes, threads or memory that may be used up for a while."""

import errno
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

FIRST_PAUSE_S = 0.25
LONGEST_PAUSE_S = 5.0

_USED_UP = {
    errno.EMFILE: "this process has no file descriptor left (raise `ulimit -n`)",
    errno.ENFILE: "this machine has no file descriptor left (raise fs.file-max, or stop other processes)",
    errno.EAGAIN: "no further process or thread may be started (raise `ulimit -u` or the limit of the container)",
    errno.ENOMEM: "there is not enough memory (give the machine or the container more)",
    errno.ENOBUFS: "there is not enough memory for sockets (give the machine or the container more)",
}
_FULL = {
    errno.ENOSPC: "the disk is full (make room)",
    errno.EDQUOT: "the quota of the disk is used up (make room)",
    errno.EROFS: "the file system is read-only (name a folder that can be written)",
}


def used_up(error: BaseException) -> str:
    """What this error lacks that may come back by itself, and the mend; empty for any other error."""
    if isinstance(error, MemoryError):
        return _USED_UP[errno.ENOMEM]
    # Python's error for a thread that cannot be started has no class of its own.
    if isinstance(error, RuntimeError) and str(error).startswith("can't start new thread"):
        return _USED_UP[errno.EAGAIN]
    return _USED_UP.get(error.errno or 0, "") if isinstance(error, OSError) else ""


def no_room(error: BaseException) -> str:
    """What this error lacks, the disk included, and the mend; empty for any other error."""
    if reason := used_up(error):
        return reason
    if not isinstance(error, OSError) or error.errno not in _FULL:
        return ""
    what = f"{error.filename}: " if isinstance(error.filename, str) else ""
    return what + _FULL[error.errno]


def started(start: Callable[[], T], tell: Callable[[str], None], for_s: float, given_up: Callable[[], bool]) -> T:
    """Start something; try again, with longer and longer pauses, while something is used up.

    Args:
        start: starts it.
        tell: is told the reason once.
        for_s: how long to try.
        given_up: whether to stop trying.

    Raises:
        OSError: it cannot be started; the last error of `start`, which may be a RuntimeError or MemoryError too.
    """
    give_up_s = time.monotonic() + for_s
    pause_s = FIRST_PAUSE_S
    told = False
    while True:
        try:
            return start()
        except (OSError, RuntimeError, MemoryError) as error:
            reason = used_up(error)
            if not reason or given_up() or time.monotonic() >= give_up_s:
                raise
            if not told:
                tell(reason)
                told = True
        time.sleep(pause_s)
        pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
