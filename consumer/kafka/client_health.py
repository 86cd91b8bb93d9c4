"""Whether a client can go on, from what it says of itself. Pure: time is an argument, in monotonic seconds."""

from collections import deque

# So many answers in a row that the client refuses are no accident: it asks again at once, and gets the same.
REFUSED = 3
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
        self._refused_s: deque[float] = deque(maxlen=REFUSED)
        self._late_s = float("-inf")

    def answer_refused(self, now: float) -> None:
        """The client refused an answer whole; it asks for the same again."""
        self._refused_s.append(now)

    def polled_late(self, now: float) -> None:
        """The client left its group, because it was not polled for too long."""
        self._late_s = now

    def trouble(self, now: float) -> str:
        """Why the client cannot go on, with the mend; empty when it can."""
        if len(self._refused_s) == REFUSED and now - self._refused_s[0] < REMEMBERED_S:
            return REFUSED_ANSWERS
        return POLLED_LATE if now - self._late_s < REMEMBERED_S else ""
