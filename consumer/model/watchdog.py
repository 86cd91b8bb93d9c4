"""A hard limit on the time of one HTTP attempt.

A read timeout limits each wait for bytes. It never ends an answer that arrives byte by byte, in the headers or in the
body. Here one thread shuts the socket down when the time is up, and the attempt's thread finds its connection ended.
That can look like a short but valid answer, so the attempt's thread checks `expired` before anything else.
"""

import contextlib
import math
import socket
import threading
import time
from collections.abc import Iterator


class Line:
    """The watchdog's handle of a connection: a duplicate of its socket.

    The duplicate stays valid when TLS takes over the original socket. It also stays valid after a `Connection: close`,
    when the connection counts as closed while its body is still being read.
    """

    __slots__ = ("_lock", "limit", "orphaned", "socket")

    def __init__(self, connection: socket.socket, lock: threading.Condition) -> None:
        self.socket = connection.dup()
        self.limit: Limit | None = None
        self.orphaned = False
        self._lock = lock

    def drop(self) -> None:
        """Close it now, or at the end of the attempt that still reads from it."""
        with self._lock:
            if self.limit is None:
                self.socket.close()
            else:
                self.orphaned = True


class Limit:
    """The time at which an attempt must have ended, and the lines that it uses.

    Attributes:
        at: Monotonic seconds.
        expired: Whether the time was up, or the watchdog closed, before the attempt ended.
    """

    __slots__ = ("_lines", "_lock", "at", "expired")

    def __init__(self, at: float, lock: threading.Condition) -> None:
        self.at = at
        self.expired = False
        self._lines: list[Line] = []
        self._lock = lock

    def left_s(self) -> float:
        """The remaining seconds, at least a millisecond: 0 would make a socket non-blocking."""
        return max(self.at - time.monotonic(), 0.001)

    def open(self, connection: socket.socket) -> Line:
        """Take charge of a new connection.

        Raises:
            TimeoutError: The time is up already.
        """
        line = Line(connection, self._lock)
        try:
            self.attach(line)
        except TimeoutError:
            line.drop()
            raise
        return line

    def attach(self, line: Line) -> None:
        """Make this attempt the owner of a line.

        Raises:
            TimeoutError: The time is up already.
        """
        with self._lock:
            if self.expired:
                raise TimeoutError("the attempt's time was up before its connection was ready")
            if line.limit is not self:
                line.limit = self
                self._lines.append(line)

    def expire(self) -> None:
        """Cut every line that this attempt still owns. The caller holds the lock."""
        self.expired = True
        for line in self._lines:
            # A later attempt may have taken the line out of the pool meanwhile.
            if line.limit is self:
                with contextlib.suppress(OSError):
                    line.socket.shutdown(socket.SHUT_RDWR)

    def release(self) -> None:
        """Give the lines up. The caller holds the lock."""
        for line in self._lines:
            if line.limit is self:
                line.limit = None
                if line.orphaned:
                    line.socket.close()


class Watchdog:
    """The thread that enforces the limits; the first limit starts it.

    Args:
        name: Of the thread.
    """

    def __init__(self, name: str) -> None:
        self._lock = threading.Condition()
        self._name = name
        self._thread: threading.Thread | None = None
        self._limits: set[Limit] = set()
        self._wakes_at = math.inf
        self._closed = False

    @contextlib.contextmanager
    def limit(self, timeout_s: float) -> Iterator[Limit]:
        """Limit the time of the block."""
        limit = Limit(time.monotonic() + timeout_s, self._lock)
        self._add(limit)
        try:
            yield limit
        finally:
            with self._lock:
                self._limits.discard(limit)
                limit.release()

    def close(self) -> None:
        """Cut all attempts in flight and let no new one begin."""
        with self._lock:
            self._closed = True
            for limit in self._limits:
                limit.expire()
            self._lock.notify_all()
        if self._thread is not None:
            self._thread.join()

    def _add(self, limit: Limit) -> None:
        with self._lock:
            limit.expired = self._closed
            self._limits.add(limit)
            if self._thread is None and not self._closed:
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()
            # Attempts usually end long before their limits. The thread is woken only for a limit that is earlier than
            # the one it waits for: about once per timeout instead of once per attempt.
            if limit.at < self._wakes_at:
                self._wakes_at = limit.at
                self._lock.notify_all()

    def _run(self) -> None:
        with self._lock:
            while not self._closed:
                now = time.monotonic()
                for limit in [limit for limit in self._limits if limit.at <= now and not limit.expired]:
                    limit.expire()
                self._wakes_at = min((limit.at for limit in self._limits if not limit.expired), default=math.inf)
                self._lock.wait(None if math.isinf(self._wakes_at) else self._wakes_at - now)
