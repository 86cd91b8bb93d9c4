"""Rows written in the background: the work that makes them never waits for ClickHouse and never fails with it."""

import contextlib
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable
from importlib import import_module
from multiprocessing import parent_process
from multiprocessing.util import Finalize

import structlog

from analytics.clickhouse.errors import Rejected
from analytics.forks import begins_anew
from analytics.store.row_writer import RowWriter
from analytics.store.rows import Row

# Rows that may wait while ClickHouse is slow. A thousand rows are about a megabyte.
CAPACITY = 10_000
BATCH_ROWS = 1_000
# Each insert makes a part that ClickHouse has to merge: a single row is written at once, many are written together.
PAUSE_S = 1.0
# The first batch waits for the database to be brought up to date.
FLUSH_S = 30.0

log = structlog.get_logger()

# Where pandas is installed, the driver imports it at its first insert, and pandas imports this module. While a program
# is ending it cannot be imported any more, and the last rows would be lost.
import_module("concurrent.futures.thread")


class Recorder:
    """Takes rows and writes them in batches in a thread of its own. Thread-safe.

    Rows that ClickHouse does not take are dropped and counted, with one line in the log when that begins and one when
    it ends. The thread starts with the first row.

    A forked process begins without rows: those that waited at the fork are its parent's, which writes them.

    Args:
        writer: called in the recorder's thread before each batch; it may return the same writer every time.
        pause_s: the shortest time between two inserts, in seconds.

    Attributes:
        dropped: rows that were offered in this process and will never be written.
    """

    def __init__(self, writer: Callable[[], RowWriter], *, pause_s: float = PAUSE_S) -> None:
        self._writer = writer
        self._pause_s = pause_s
        self._closed = False
        self.begin_anew()
        begins_anew(self)

    def begin_anew(self) -> None:
        """Begin without rows and without a thread; see `analytics.forks.Forkable`."""
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._waiting: deque[Row] = deque()
        self._in_hand = 0
        # Rows that were taken, and those of them that have been written or dropped since. Both are in the same order.
        self._taken = 0
        self._settled = 0
        self._hurried_to = 0
        self._failing = False
        self._reason = ""
        self.dropped = 0
        # Dropped rows that `flush` or `close` has told of.
        self._told = 0

    def offer(self, row: Row) -> bool:
        """Take a row, to be written soon. Return False when there is no room for it or the recorder is closed."""
        with self._changed:
            full = len(self._waiting) >= CAPACITY
            if taken := not self._closed and not full:
                self._take(row)
            else:
                self.dropped += 1
        if full and not self._failing:
            self._begin_failing(1, "TooManyWaiting", f"{CAPACITY} rows wait already")
        return taken

    def flush(self, timeout_s: float = FLUSH_S) -> bool:
        """Wait until every row so far has been written.

        Returns:
            Whether every row since the last call is written. False when that takes too long, or when some were
            dropped: the log says how many (`rows.not_written`).
        """
        with self._changed:
            told, self._hurried_to = self._told, self._taken
            target = self._taken
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._settled >= target, timeout_s)
            left = max(0, target - self._settled)
        return self._tell(left, told)

    def close(self, timeout_s: float = FLUSH_S) -> bool:
        """Take no more rows, and write those that wait, for this long at most.

        Returns:
            As `flush`.
        """
        with self._changed:
            self._closed = True
            told, thread = self._told, self._thread
            self._changed.notify_all()
        if thread is threading.current_thread():
            # The last reference to the recorder's owner was dropped in this thread, which goes on writing.
            return False
        if thread is not None:
            thread.join(timeout_s)
        return self._tell(self._taken - self._settled, told)

    def _take(self, row: Row) -> None:
        self._waiting.append(row)
        self._taken += 1
        if self._thread is None:
            self._start()
        # Between the first row and a full batch the thread has nothing to do.
        if len(self._waiting) in {1, BATCH_ROWS}:
            self._changed.notify_all()

    def _start(self) -> None:
        thread = threading.Thread(target=self._run, name="ticketstream-recorder", daemon=True)
        # Where the system has no thread to spare, the next row tries again.
        with contextlib.suppress(RuntimeError):
            thread.start()
            self._thread = thread
            if parent_process() is not None:
                # Python ends the processes of `multiprocessing` without what it does at the end of a program.
                Finalize(self, _close, (weakref.ref(self),), exitpriority=0)

    def _tell(self, left: int, told: int) -> bool:
        """Say what was not written, apart from the dropped rows that were told before."""
        with self._changed:
            dropped = self.dropped - told
            self._told = self.dropped
            reason, self._reason = self._reason, ""
        if left or dropped:
            usual = "it takes too long" if left else "offered after the end"
            log.warning("rows.not_written", dropped=dropped, left=left, reason=reason or usual)
        return not left and not dropped

    def _run(self) -> None:
        next_s = 0.0
        while batch := self._next_batch(next_s):
            self._write(batch)
            next_s = time.monotonic() + self._pause_s

    def _next_batch(self, not_before_s: float) -> list[Row]:
        with self._changed:
            self._settled += self._in_hand
            self._in_hand = 0
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._waiting or self._closed)
            self._changed.wait_for(self._is_due, max(0.0, not_before_s - time.monotonic()))
            batch = [self._waiting.popleft() for _ in range(min(BATCH_ROWS, len(self._waiting)))]
            self._in_hand = len(batch)
            return batch

    def _is_due(self) -> bool:
        return self._closed or self._settled < self._hurried_to or len(self._waiting) >= BATCH_ROWS

    def _write(self, batch: list[Row]) -> None:
        try:
            self._writer().write(batch)
        except Rejected as error:
            if len(batch) == 1:
                self._lost(1, error)
            else:
                # One row that cannot be stored must not cost the others.
                middle = len(batch) // 2
                self._write(batch[:middle])
                self._write(batch[middle:])
        except Exception as error:  # noqa: BLE001 - a thread that dies silently would keep every later row
            self._lost(len(batch), error)
        else:
            if self._failing:
                self._failing = False
                log.info("rows.written_again", dropped=self.dropped)

    def _lost(self, rows: int, error: Exception) -> None:
        with self._changed:
            self.dropped += rows
        if not self._failing:
            self._begin_failing(rows, type(error).__name__, str(error))

    def _begin_failing(self, rows: int, error: str, detail: str) -> None:
        self._failing = True
        self._reason = f"{error}: {detail}"
        log.warning("rows.dropped", rows=rows, error=error, detail=detail)


def _close(recorder: weakref.ref[Recorder]) -> None:
    alive = recorder()
    if alive is not None:
        alive.close()
