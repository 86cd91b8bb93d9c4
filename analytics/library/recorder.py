"""Rows written in the background: the work that makes them never waits for ClickHouse and never fails with it."""

import threading
import time
from collections import deque
from collections.abc import Callable
from importlib import import_module

import structlog

from analytics.clickhouse.errors import Rejected
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

    Args:
        writer: called in the recorder's thread before each batch; it may return the same writer every time.
        pause_s: the shortest time between two inserts, in seconds.
    """

    def __init__(self, writer: Callable[[], RowWriter], *, pause_s: float = PAUSE_S) -> None:
        self._writer = writer
        self._pause_s = pause_s
        self._waiting: deque[Row] = deque()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._writing = False
        self._hurried = False
        self._closed = False
        self._failing = False
        self.dropped = 0

    def offer(self, row: Row) -> bool:
        """Take a row, to be written soon. Return False when there is no room for it or the recorder is closed."""
        with self._changed:
            if self._closed or len(self._waiting) >= CAPACITY:
                self.dropped += 1
                return False
            self._waiting.append(row)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="ticketstream-recorder", daemon=True)
                self._thread.start()
            # Between the first row and a full batch the thread has nothing to do.
            if len(self._waiting) in {1, BATCH_ROWS}:
                self._changed.notify_all()
        return True

    def flush(self, timeout_s: float = FLUSH_S) -> bool:
        """Wait until every row has been written or dropped. Return False when that takes too long."""
        with self._changed:
            self._hurried = True
            self._changed.notify_all()
            return self._changed.wait_for(lambda: not self._waiting and not self._writing, timeout_s)

    def close(self, timeout_s: float = FLUSH_S) -> None:
        """Take no more rows, and write those that wait, for this long at most."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            thread = self._thread
        # The last reference to the recorder's owner may be dropped in this thread.
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout_s)
            if thread.is_alive():
                log.warning("rows.left_unwritten", rows=len(self._waiting))

    def _run(self) -> None:
        next_s = 0.0
        while batch := self._next_batch(next_s):
            self._write(batch)
            next_s = time.monotonic() + self._pause_s

    def _next_batch(self, not_before_s: float) -> list[Row]:
        with self._changed:
            self._writing = False
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._waiting or self._closed)
            self._changed.wait_for(self._is_due, max(0.0, not_before_s - time.monotonic()))
            batch = [self._waiting.popleft() for _ in range(min(BATCH_ROWS, len(self._waiting)))]
            self._writing = bool(batch)
            self._hurried = self._hurried and bool(self._waiting)
            return batch

    def _is_due(self) -> bool:
        return self._closed or self._hurried or len(self._waiting) >= BATCH_ROWS

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
        self.dropped += rows
        if not self._failing:
            self._failing = True
            log.warning("rows.dropped", rows=rows, error=type(error).__name__, detail=str(error))
