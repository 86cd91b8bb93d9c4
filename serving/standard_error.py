"""Standard error for a log: what cannot be written is dropped and counted, and the process goes on."""

import io
import sys

_DESCRIPTOR = 2


class StandardError:
    """Standard error, looked up at each write: a stream that replaces it later gets the log too.

    It may be closed, a pipe that nobody reads any more, or a file on a full disk.
    """

    def __init__(self) -> None:
        self._lost = 0

    def write(self, text: str) -> int:
        stream = sys.stderr
        # It is None where the process was started without one.
        if stream is None:
            return len(text)
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
        raw = io.FileIO(_DESCRIPTOR, "w", closefd=False)
        sys.stderr = io.TextIOWrapper(raw, "utf-8", "backslashreplace", write_through=True)
