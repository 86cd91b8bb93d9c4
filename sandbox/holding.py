"""How long an answer is held back that tells a reader nothing new. Pure: time is an argument, in monotonic seconds."""

_FIRST_S = 0.002
# While records have come within a second a reader that waits for the next one is not kept waiting for long.
_LIVELY_S = 1.0
_LIVELY_LONGEST_S = 0.003
_LONGEST_S = 0.025
# An answer without records is small, and there are about as many of them as partitions.
_EMPTY_BYTES = 16 * 1024
_REMEMBERED = 256


class Holding:
    """Knows the answers to the fetches of one client."""

    def __init__(self) -> None:
        self._seen: dict[bytes, None] = {}
        self._hold_s = 0.0
        self._new_s = 0.0

    def hold_s(self, fetched: bytes, now: float) -> float:
        """How long to hold this answer back; twice as long each time, up to a bound."""
        # Clients rotate the order of their partitions: a repeated answer comes after a few others.
        if fetched in self._seen:
            longest_s = _LIVELY_LONGEST_S if now - self._new_s < _LIVELY_S else _LONGEST_S
            self._hold_s = min(max(2 * self._hold_s, _FIRST_S), longest_s)
            return self._hold_s
        self._hold_s, self._new_s = 0.0, now
        if len(fetched) <= _EMPTY_BYTES:
            self._seen[fetched] = None
            if len(self._seen) > _REMEMBERED:
                del self._seen[next(iter(self._seen))]
        return 0.0
