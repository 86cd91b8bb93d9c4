"""Standard error for a log: what cannot be written is dropped and counted, and the process goes on."""

import io
import os
import sys

_DESCRIPTOR = 2


def open_standard_streams() -> None:
    """Open `/dev/null` for each standard stream that the process was started without.

    Otherwise the next socket takes its descriptor, and what is written to the stream goes into that socket.
    """
    for descriptor in range(_DESCRIPTOR + 1):
        try:
            os.fstat(descriptor)
        except OSError:
            # The lowest that is free, so this one: all below it are open. Processes that this one starts get it too.
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)
    sys.stdout = sys.stdout or io.TextIOWrapper(io.FileIO(1, "w", closefd=False), "utf-8", write_through=True)
    sys.stderr = sys.stderr or _unbuffered()


def drop_output() -> None:
    """Forget what waits to be written to standard output, where that has failed."""
    sys.stdout = io.TextIOWrapper(io.FileIO(os.open(os.devnull, os.O_WRONLY), "w"))


class StandardError:
    """Standard error, looked up at each write: a stream that replaces it later gets the log too.

    It may be closed, a pipe that nobody reads any more, or a file on a full disk.
    """

    def __init__(self) -> None:
        self._lost = 0

    def write(self, text: str) -> int:
        stream = sys.stderr
        try:
            if self._lost:
                stream.write(f"{self._lost} lines of the log could not be written\n")
                stream.flush()
                self._lost = 0
            stream.write(text)
            stream.flush()
        except (OSError, ValueError):
            self._lost += 1
            _drop_what_waits()
        return len(text)

    def flush(self) -> None:
        """Nothing waits: each line is written at once."""


def _drop_what_waits() -> None:
    """Without it Python would try once more at its end, fail, and end with 120 in place of the process's own code."""
    if sys.stderr is sys.__stderr__:
        sys.stderr = _unbuffered()


def _unbuffered() -> io.TextIOWrapper:
    raw = io.FileIO(_DESCRIPTOR, "w", closefd=False)
    return io.TextIOWrapper(raw, "utf-8", "backslashreplace", write_through=True)
