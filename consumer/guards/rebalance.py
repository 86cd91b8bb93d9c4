"""Whether a group gives its member an assignment, or goes on rebalancing without an end."""

from consumer import outside

OVERDUE_S = 30.0
ASSIGNMENT = "assignment"


class RebalanceWatch:
    """Watches one member, and tells when it waits for an assignment. Time is an argument, in monotonic seconds.

    Args:
        now: when it began to join.
    """

    def __init__(self, now: float) -> None:
        self._since_s: float | None = now
        self._reported_s = now
        outside.begins(ASSIGNMENT)

    def assigned(self) -> None:
        """The group has settled; it may have given this member nothing."""
        self._since_s = None
        outside.ends(ASSIGNMENT)

    def gave_up(self, *, everything: bool, now: float) -> None:
        """Partitions went; a member that has none left waits for the next assignment."""
        if everything and self._since_s is None:
            self._since_s = self._reported_s = now
            outside.begins(ASSIGNMENT)

    def overdue_s(self, now: float) -> float | None:
        """For how long the group has not settled, once per 30 seconds of it; None when there is nothing to report."""
        if self._since_s is None or now - self._reported_s < OVERDUE_S:
            return None
        self._reported_s = now
        return now - self._since_s
