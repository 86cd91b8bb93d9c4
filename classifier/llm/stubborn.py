"""Tickets to which an LLM gives no valid answer, while it answers others: asking on and on would only cost."""

import hashlib
import threading
from collections import OrderedDict
from typing import NamedTuple

TIMES = 2
"""A ticket is asked about so often, each time with a repair."""
MOST = 10_000


class _Failed(NamedTuple):
    times: int
    answered_before: int


class Stubborn:
    """Which tickets these are; it keeps digests of the last ones. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._answered = 0
        self._failed: OrderedDict[bytes, _Failed] = OrderedDict()

    def is_stubborn(self, ticket: str) -> bool:
        """Whether it failed often enough, and others were answered since: it is the ticket then, and not the LLM."""
        with self._lock:
            failed = self._failed.get(_digest(ticket))
            return failed is not None and failed.times >= TIMES and self._answered > failed.answered_before

    def failed(self, ticket: str) -> None:
        """Note that it got no valid answer."""
        key = _digest(ticket)
        with self._lock:
            before = self._failed.pop(key, _Failed(0, self._answered))
            self._failed[key] = before._replace(times=before.times + 1)
            if len(self._failed) > MOST:
                self._failed.popitem(last=False)

    def answered(self, ticket: str) -> None:
        """Note that it got its answer."""
        with self._lock:
            self._answered += 1
            self._failed.pop(_digest(ticket), None)


def _digest(ticket: str) -> bytes:
    return hashlib.sha256(ticket.encode("utf-8", "replace")).digest()
