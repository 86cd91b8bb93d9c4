"""When the sink tries again what has failed, and when it gives up. Pure; `now` is monotonic time."""

import math

FIRST_PAUSE_S = 0.5
MAX_PAUSE_S = 15.0
# Longer than any restart of ClickHouse; after it the process ends, and its supervisor starts it again.
GIVE_UP_AFTER_S = 600.0


class Retry:
    """The pauses between the tries for one batch; they double."""

    def __init__(self) -> None:
        self._next_s = 0.0
        self._pause_s = FIRST_PAUSE_S
        self._give_up_s = math.inf
        self.is_pending = False

    def begin(self, now: float) -> None:
        """A try begins; from the first one on the time is counted after which to give up."""
        self._give_up_s = min(self._give_up_s, now + GIVE_UP_AFTER_S)

    def failed(self, now: float) -> float:
        """The try has failed; how long to wait for the next."""
        pause_s = self._pause_s
        self._pause_s = min(2 * pause_s, MAX_PAUSE_S)
        self.wait(pause_s, now)
        return pause_s

    def wait(self, pause_s: float, now: float) -> None:
        """Try nothing for so long, for a reason that is no failure of the batch."""
        self._next_s = max(self._next_s, now + pause_s)
        self.is_pending = True

    def is_due(self, now: float) -> bool:
        """Whether the pause is over."""
        return self.is_pending and now >= self._next_s

    def is_overdue(self, now: float) -> bool:
        """Whether it has been tried for too long."""
        return now > self._give_up_s
