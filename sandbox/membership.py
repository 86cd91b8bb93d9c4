"""Makes up for two faults of the broker with consumer groups.

Dead members: a member that dies without leaving stays in its group for ever, and new members wait for it in vain. Kafka
removes a member that was silent for its session timeout. Here a member is removed whose connection ended and that did
not come back within its session timeout. Unlike Kafka, this leaves static members alone.

Forgotten members: when a member joins about 0.31 s after the first one, the broker answers neither.

Layouts: JoinGroup, SyncGroup, Heartbeat and LeaveGroup in https://kafka.apache.org/protocol.
"""

from typing import NamedTuple

from sandbox.cursor import Cursor

JOIN, HEARTBEAT, LEAVE, SYNC = 11, 12, 13, 14
# The first version of each API in which lengths are varints.
_FLEXIBLE = {JOIN: 6, HEARTBEAT: 4, SYNC: 4}
# The first version of each API that says whether a member is static.
_STATIC = {JOIN: 5, HEARTBEAT: 3, SYNC: 3}
# Longer than the 3 s between heartbeats, which tell the other members that a member joins.
_JOIN_TIMEOUT_S = 5.0


class Member(NamedTuple):
    """A member of a group, as the protocol spells both."""

    group: bytes
    name: bytes


class MemberConnection:
    """What one connection says about the member that uses it.

    Attributes:
        member: None before it has a name, and after it left.
        session_s: its session timeout; 0 when it is not known.
    """

    def __init__(self) -> None:
        self.member: Member | None = None
        self.session_s = 0.0
        self._joining: tuple[bytes, float] | None = None

    def ask(self, request: bytes, now_s: float) -> None:
        """Read a request: it begins with its api key, version and correlation id."""
        api = int.from_bytes(request[:2], "big")
        if api == LEAVE:
            self.member = None
        if api not in _FLEXIBLE:
            return
        try:
            self._read(api, request)
        except IndexError:
            # The broker refuses a broken request.
            return
        if api == JOIN:
            self._joining = request[4:8], now_s

    def answered(self, correlation: bytes) -> None:
        """Note that a request was answered."""
        if self._joining and self._joining[0] == correlation:
            self._joining = None

    def forgotten(self, now_s: float) -> bool:
        """Whether a request to join has waited too long for its answer."""
        return self._joining is not None and now_s - self._joining[1] > _JOIN_TIMEOUT_S

    def _read(self, api: int, request: bytes) -> None:
        version = int.from_bytes(request[2:4], "big")
        cursor = Cursor(request, flexible=False)
        cursor.skip(8)
        # The client's name has the old layout in all versions.
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
        # A new member has no name in its first request. A static one is replaced by its successor at once.
        static = version >= _STATIC[api] and cursor.string() != b""
        self.member = Member(group, name) if name and not static else None


class _Session(NamedTuple):
    length_s: float
    until_s: float


class AbsentMembers:
    """Members whose connection has ended."""

    def __init__(self) -> None:
        self._sessions: dict[Member, _Session] = {}

    def gone(self, connection: MemberConnection, now_s: float) -> None:
        """Note that a connection ended. Its member may come back within its session timeout."""
        if connection.member:
            until_s = now_s + connection.session_s
            self._sessions[connection.member] = _Session(connection.session_s, until_s)

    def back(self, connection: MemberConnection) -> None:
        """Note that a member is back, when a connection says which member uses it."""
        if connection.member and (session := self._sessions.pop(connection.member, None)):
            # Only a request to join names the session timeout, and it may have come over an earlier connection.
            connection.session_s = connection.session_s or session.length_s

    def overdue(self, now_s: float) -> list[Member]:
        """Return the members whose session is over, each once."""
        found = [member for member, session in self._sessions.items() if session.until_s <= now_s]
        for member in found:
            del self._sessions[member]
        return found


def leave_request(member: Member) -> bytes:
    """Return the request with which a member leaves its group, version 0, length first."""
    texts = (b"sandbox", *member)
    request = LEAVE.to_bytes(2, "big") + bytes(6) + b"".join(len(text).to_bytes(2, "big") + text for text in texts)
    return len(request).to_bytes(4, "big") + request
