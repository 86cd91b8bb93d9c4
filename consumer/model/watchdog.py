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

from analytics.forks import begins_anew


class Line:
    """The watchdog's handle of a connection: a duplicate of its socket.

    The duplicate stays valid when TLS takes over the original socket. It also stays valid after a `Connection: close`,
    when the connection counts as closed while its body is still being read.
    """

    __slots__ = ("_watchdog", "limit", "orphaned", "socket")

    def __init__(self, connection: socket.socket, watchdog: "Watchdog") -> None:
        self.socket = connection.dup()
        self.limit: Limit | None = None
        self.orphaned = False
        self._watchdog = watchdog

    def drop(self) -> None:
        """Close it now, or at the end of the attempt that still reads from it."""
        with self._watchdog.lock:
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

    __slots__ = ("_lines", "_watchdog", "at", "expired")

    def __init__(self, at: float, watchdog: "Watchdog") -> None:
        self.at = at
        self.expired = False
        self._lines: list[Line] = []
        self._watchdog = watchdog

    def left_s(self) -> float:
        """The remaining seconds, at least a millisecond: 0 would make a socket non-blocking."""
        return max(self.at - time.monotonic(), 0.001)

    def open(self, connection: socket.socket) -> Line:
        """Take charge of a new connection.

        Raises:
            TimeoutError: The time is up already.
        """
        line = Line(connection, self._watchdog)
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
        with self._watchdog.lock:
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

    def let_go(self) -> None:
        """Close this process's handles of the lines, which stay open in its parent."""
        for line in self._lines:
            line.socket.close()

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

    Attributes:
        lock: Guards the limits and their lines; a forked process has another one.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._closed = False
        self._limits: set[Limit] = set()
        self.begin_anew()
        begins_anew(self)

    def begin_anew(self) -> None:
        """Let go of the parent's attempts, without cutting their lines; see `analytics.forks.Forkable`."""
        self.lock = threading.Condition()
        for limit in self._limits:
            limit.let_go()
        self._limits = set()
        self._thread: threading.Thread | None = None
        self._wakes_at = math.inf

    @contextlib.contextmanager
    def limit(self, timeout_s: float) -> Iterator[Limit]:
        """Limit the time of the block."""
        limit = Limit(time.monotonic() + timeout_s, self)
        self._add(limit)
        try:
            yield limit
        finally:
            with self.lock:
                self._limits.discard(limit)
                limit.release()

    def close(self) -> None:
        """Cut all attempts in flight and let no new one begin."""
        with self.lock:
            self._closed = True
            for limit in self._limits:
                limit.expire()
            self.lock.notify_all()
        if self._thread is not None:
            self._thread.join()

    def _add(self, limit: Limit) -> None:
        with self.lock:
            limit.expired = self._closed
            self._limits.add(limit)
            if self._thread is None and not self._closed:
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()
            # Attempts usually end long before their limits. The thread is woken only for a limit that is earlier than
            # the one it waits for: about once per timeout instead of once per attempt.
            if limit.at < self._wakes_at:
                self._wakes_at = limit.at
                self.lock.notify_all()

    def _run(self) -> None:
        with self.lock:
            while not self._closed:
                now = time.monotonic()
                for limit in [limit for limit in self._limits if limit.at <= now and not limit.expired]:
                    limit.expire()
                self._wakes_at = min((limit.at for limit in self._limits if not limit.expired), default=math.inf)
                self.lock.wait(None if math.isinf(self._wakes_at) else self._wakes_at - now)
