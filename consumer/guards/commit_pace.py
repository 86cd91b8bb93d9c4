"""When a transaction begins: at once while few tickets come, together with others when many do."""

import math
from collections import deque
from statistics import median

# No finished ticket waits longer for others, whatever happens.
LONGEST_S = 0.05
# A broker that has just ended a transaction may still be writing its markers, and refuses the next one until it has:
# the client would then ask again.
GAP_S = 0.002
# One commit that was slow by accident says nothing of the next.
_COMMITS = 5
# What was finished earlier counts less and less.
_REMEMBERED_S = 0.5
# Of what is under way so much is taken to be finished soon.
_SOON = 1 / 8
_WORTH = 1 / 2


class CommitPace:
    """Decides how long finished tickets wait for others. Pure: time is an argument, in monotonic seconds.

    A commit takes about as long as the last ones did. In that time about as many tickets are finished as the rate so
    far says, or as many as are under way. While that is one at most, nothing is gained by waiting. Each further one
    saves a part of a commit when it comes along, and is worth waiting for half as long as a commit takes.
    """

    def __init__(self) -> None:
        self._durations_s: deque[float] = deque(maxlen=_COMMITS)
        self._not_before_s = -math.inf
        self._counted = 0.0
        self._counted_at_s = 0.0

    def finished(self, tickets: int, now: float) -> None:
        """So many tickets were finished."""
        self._counted = self._still_counted(now) + tickets
        self._counted_at_s = now

    def committed(self, began_s: float, ended_s: float) -> None:
        """A transaction is committed."""
        self._durations_s.append(ended_s - began_s)
        self._not_before_s = ended_s + GAP_S

    def gather_s(self, under_way: int, now: float) -> float:
        """How long the first finished ticket waits for others, while so many are under way."""
        if not self._durations_s:
            return 0.0
        commit_s = median(self._durations_s)
        expected = max(commit_s * self._still_counted(now) / _REMEMBERED_S, under_way * _SOON)
        return min(LONGEST_S, commit_s * _WORTH * max(0.0, expected - 1))

    def begins_s(self, gathered_until_s: float) -> float:
        """When a transaction begins whose tickets wait until then: not sooner than the broker is ready for it."""
        return max(self._not_before_s, gathered_until_s)

    def _still_counted(self, now: float) -> float:
        return self._counted * math.exp(-max(0.0, now - self._counted_at_s) / _REMEMBERED_S)
