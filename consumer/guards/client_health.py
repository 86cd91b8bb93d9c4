"""Whether a client can go on, from what it says of itself. Pure: time is an argument, in monotonic seconds."""

from collections import deque

# So often the same is no accident: the client tries again at once, and gets the same.
REPEATED = 3
# For as long after the last sign of trouble is the client said to be in it.
REMEMBERED_S = 30.0

REFUSED_ANSWERS = (
    "refuses the brokers' answers for their size: raise KAFKA_CONSUMER_RECEIVE_MESSAGE_MAX_BYTES,"
    " or lower KAFKA_FETCH_MAX_BYTES"
)
POLLED_LATE = (
    "was longer away from Kafka than KAFKA_MAX_POLL_INTERVAL_MS, and lost its partitions: raise that,"
    " or lower MAX_TICKET_BYTES"
)


class ClientHealth:
    """Remembers signs of trouble for a while."""

    def __init__(self) -> None:
        self._failures_s: dict[str, deque[float]] = {}
        self._late_s = float("-inf")

    def failed(self, reason: str, now: float) -> None:
        """The client failed, and tries the same again; once or twice is no trouble.

        Args:
            reason: one of few.
            now: monotonic time.
        """
        self._failures_s.setdefault(reason, deque(maxlen=REPEATED)).append(now)

    def poll_failed(self, code: str, now: float) -> None:
        """A poll brought an error instead of a record."""
        self.failed(f"gets {code} instead of records: see consumer.error_reported in the log", now)

    def polled_late(self, now: float) -> None:
        """The client left its group, because it was not polled for too long."""
        self._late_s = now

    def trouble(self, now: float) -> str:
        """Why the client cannot go on, with the mend; empty when it can."""
        if now - self._late_s < REMEMBERED_S:
            return POLLED_LATE
        for reason, at_s in self._failures_s.items():
            if len(at_s) == REPEATED and now - at_s[0] < REMEMBERED_S:
                return reason
        return ""
