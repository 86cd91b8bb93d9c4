"""Does for the broker what it leaves undone for consumer groups.

A member that dies without a word stays in its group for ever, and whoever joins waits for it in vain. Kafka takes a
member out from which it has not heard for its session timeout; here it is one whose connection has ended and that has
not come back for as long. A static member is left in its place, other than by Kafka. Members that join about 0.31 s
after the first one are forgotten, and the first with them: none is answered. Layouts: JoinGroup, SyncGroup, Heartbeat
and LeaveGroup in https://kafka.apache.org/protocol.
"""

from typing import NamedTuple

from sandbox.cursor import Cursor

JOIN, HEARTBEAT, LEAVE, SYNC = 11, 12, 13, 14
# The first version of each in which lengths are varints.
_FLEXIBLE = {JOIN: 6, HEARTBEAT: 4, SYNC: 4}
# The first version of each that says whether a member is a static one.
_STATIC = {JOIN: 5, HEARTBEAT: 3, SYNC: 3}
# Members that are in the group already hear with a heartbeat, 3 s apart at most, that another one joins.
_JOINED_S = 5.0


class Member(NamedTuple):
    """One member of one group, as the protocol spells them."""

    group: bytes
    name: bytes


class Attendance:
    """What one connection says about the member that uses it.

    Attributes:
        member: None before it has a name, and once it has left.
        session_s: how long the group is to wait for it.
    """

    def __init__(self) -> None:
        self.member: Member | None = None
        self.session_s = 0.0
        self._joining: tuple[bytes, float] | None = None

    def ask(self, request: bytes, now_s: float) -> None:
        """Hear a request: api key, version and correlation id stand at its beginning."""
        api = int.from_bytes(request[:2], "big")
        if api == LEAVE:
            self.member = None
        if api not in _FLEXIBLE:
            return
        try:
            self._hear(api, request)
        except IndexError:
            # Broken: the broker will say so.
            return
        if api == JOIN:
            self._joining = request[4:8], now_s

    def answered(self, correlation: bytes) -> None:
        """Hear that a request was answered."""
        if self._joining and self._joining[0] == correlation:
            self._joining = None

    def forgotten(self, now_s: float) -> bool:
        """Whether it asked to join and should have been answered by now."""
        return self._joining is not None and now_s - self._joining[1] > _JOINED_S

    def _hear(self, api: int, request: bytes) -> None:
        version = int.from_bytes(request[2:4], "big")
        cursor = Cursor(request, flexible=False)
        cursor.skip(8)
        # The client's name is spelled the old way in all versions.
        cursor.string()
        cursor.flexible = version >= _FLEXIBLE[api]
        cursor.skip_tags()
        group = cursor.string()
        if api == JOIN:
            self.session_s = cursor.number(4) / 1000
            cursor.skip(4 if version >= 1 else 0)
        else:
            cursor.skip(4)
        name = cursor.string()
        # A new member has no name in its first request; the place of a static one its successor takes at once.
        static = version >= _STATIC[api] and cursor.string() != b""
        self.member = Member(group, name) if name and not static else None


class _Session(NamedTuple):
    length_s: float
    until_s: float


class Absent:
    """Members whose connection has ended."""

    def __init__(self) -> None:
        self._sessions: dict[Member, _Session] = {}

    def gone(self, attendance: Attendance, now_s: float) -> None:
        """A connection has ended; its member has a session's time to come back."""
        if attendance.member:
            until_s = now_s + attendance.session_s
            self._sessions[attendance.member] = _Session(attendance.session_s, until_s)

    def back(self, attendance: Attendance) -> None:
        """A connection says which member uses it."""
        if attendance.member and (session := self._sessions.pop(attendance.member, None)):
            # Only a request to join says how long it is, and that may have come by a connection before this one.
            attendance.session_s = attendance.session_s or session.length_s

    def overdue(self, now_s: float) -> list[Member]:
        """Those whose session is over; each is named once."""
        found = [member for member, session in self._sessions.items() if session.until_s <= now_s]
        for member in found:
            del self._sessions[member]
        return found


def leaving(member: Member) -> bytes:
    """The request with which a member leaves its group, version 0, length first."""
    texts = (b"sandbox", *member)
    request = LEAVE.to_bytes(2, "big") + bytes(6) + b"".join(len(text).to_bytes(2, "big") + text for text in texts)
    return len(request).to_bytes(4, "big") + request
