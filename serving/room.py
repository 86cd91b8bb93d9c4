"""The open connections of a server: a bounded number of them, none of which waits for ever."""

from typing import Protocol

from serving.connections import Waiting, first_to_close, overdue

# asyncio accepts so many connections before it looks at the ones that it has: few, or the bound would be passed by far.
ACCEPTED_AT_ONCE = 8
# Those that wait to be accepted cost no descriptor of ours.
QUEUE = 1024


class Connection(Protocol):
    """One connection of a server."""

    def waiting(self, now: float) -> Waiting: ...

    def abort(self) -> None: ...


class Room:
    """The open connections of one server. For one event loop."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._open: dict[Connection, None] = {}

    def enter(self, connection: Connection, now: float) -> None:
        """Take a new connection; close another when there are too many."""
        if len(self._open) >= self._most:
            held = list(self._open)
            self._close(held[first_to_close((other.waiting(now) for other in held), now)])
        self._open[connection] = None

    def leave(self, connection: Connection) -> None:
        """Forget a connection that has ended."""
        self._open.pop(connection, None)

    def look(self, now: float) -> None:
        """Close those whose peers have used up their time."""
        for connection in list(self._open):
            if overdue(connection.waiting(now), now):
                self._close(connection)

    def _close(self, connection: Connection) -> None:
        self.leave(connection)
        connection.abort()
