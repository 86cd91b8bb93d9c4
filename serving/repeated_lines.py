"""A line of the log that comes again and again is told once, with a count. For libraries' lines and our own.

Two things are counted in each minute: lines that are equal, and lines from one place in the code. A fault of thousands
of times a minute would fill a disk, and hide every other line. What is tried again and again is equal when the reason
is the same (`sameness`), however long the next pause is.
"""

import atexit
import logging
import threading
import time
from collections.abc import Callable, Collection, Mapping
from typing import NamedTuple

from serving.log_events.catalogue import sameness
from serving.standard_error import StandardError

WITHIN_S = 60.0
# Warnings and worse. A state that comes and goes may be told a few times more.
EQUAL_WARNINGS = 1
EQUAL_OTHERS = 5
FROM_ONE_PLACE = 60


class Left(NamedTuple):
    """A line that was left out, and how often."""

    logger: str
    level: int
    line: str
    times: int


class _Kept:
    """One line, or all lines from one place: how often they came since when."""

    def __init__(self, began_s: float, record: logging.LogRecord) -> None:
        self.began_s = began_s
        self.times = 0
        self.left = 0
        # Whole: a secret that is cut in two is no longer recognised as one, and would be shown.
        self._record = record.name, record.levelno, _line(record, without={"timestamp", "exception"})

    def come(self, at_most: int) -> bool:
        self.times += 1
        self.left += self.times > at_most
        return self.times <= at_most

    def told(self) -> Left:
        name, level, line = self._record
        return Left(name, level, line, self.left)


class LineCounts:
    """What was written in the last minute. Not thread-safe; times are in monotonic seconds."""

    def __init__(self) -> None:
        self._kept: dict[object, _Kept] = {}

    def come(self, record: logging.LogRecord, now: float) -> bool:
        """Count a line; returns whether it is to be written."""
        if record.levelno < logging.INFO:
            return True
        line = _line(record, without={"timestamp"})
        place = record.name, record.levelno, record.pathname, record.lineno
        same = sameness(record.msg) if isinstance(record.msg, Mapping) else None
        equal = (*place, line) if same is None else same
        at_most = EQUAL_WARNINGS if record.levelno >= logging.WARNING else EQUAL_OTHERS
        # A line that is left out for its place is not kept for itself: there may be thousands of them.
        if equal not in self._kept and not self._count(place, record, FROM_ONE_PLACE, now):
            return False
        return self._count(equal, record, at_most, now)

    def over(self, now: float) -> list[Left]:
        """Forget what came more than a minute ago; returns what of it was left out."""
        old = [key for key, kept in self._kept.items() if now - kept.began_s >= WITHIN_S]
        return [kept.told() for kept in map(self._kept.pop, old) if kept.left]

    @property
    def left(self) -> bool:
        """Whether anything was left out that has not been told."""
        return any(kept.left for kept in self._kept.values())

    def _count(self, key: object, record: logging.LogRecord, at_most: int, now: float) -> bool:
        if key not in self._kept:
            self._kept[key] = _Kept(now, record)
        return self._kept[key].come(at_most)


def _line(record: logging.LogRecord, without: Collection[str]) -> str:
    """What is written, but for these parts."""
    if isinstance(record.msg, Mapping):
        said = {key: value for key, value in record.msg.items() if key not in without}
        return f"{said.pop('event', '')} {said}" if said else ""
    error = record.exc_info[1] if record.exc_info else None
    return f"{record.getMessage()} {error!r}" if error is not None else record.getMessage()


class RepeatedLines(logging.Filter):
    """A filter for a handler. What it has left out is told when the minute is over, in one line each.

    Args:
        tell: writes such a line.
        clock: monotonic seconds.
    """

    def __init__(self, tell: Callable[[Left], None], clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._tell = tell
        self._clock = clock
        self._counts = LineCounts()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def filter(self, record: logging.LogRecord) -> bool:
        now = self._clock()
        with self._lock:
            over = self._counts.over(now)
            written = self._counts.come(record, now)
            if not written:
                self._begin_to_wait()
        for left in over:
            self._tell(left)
        return written

    def tell_all(self) -> None:
        """Tell what was left out, also when its minute is not over: the process ends."""
        self._tell_over(self._clock() + WITHIN_S)

    def _tell_over(self, now: float) -> None:
        with self._lock:
            over = self._counts.over(now)
        for left in over:
            self._tell(left)

    def _begin_to_wait(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._wait, name="repeated-lines", daemon=True)
            try:
                self._thread.start()
            except RuntimeError:
                # There is no thread left: the next line tells the count.
                self._thread = None

    def _wait(self) -> None:
        while True:
            time.sleep(WITHIN_S / 60)
            self._tell_over(self._clock())
            with self._lock:
                if not self._counts.left:
                    self._thread = None
                    return


def sentence(left: Left) -> str:
    """What is told of a line that was left out."""
    return f"{left.times} more lines like this one within {WITHIN_S:.0f} s: {left.line}"


def log_plainly(level: int, formatter: logging.Formatter | None = None) -> None:
    """Log to standard error, for a process without a log of events; without a formatter, one line of text each."""
    handler = logging.StreamHandler(StandardError())
    handler.setFormatter(formatter or logging.Formatter("%(levelname)s %(name)s %(message)s"))

    def tell(left: Left) -> None:
        handler.handle(logging.LogRecord(left.logger, left.level, __file__, 0, sentence(left), None, None))

    repeated = RepeatedLines(tell)
    atexit.register(repeated.tell_all)
    handler.addFilter(repeated)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
