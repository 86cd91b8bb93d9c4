"""Tickets that come in steadily, while something else happens."""

import threading
import time
from collections.abc import Sequence
from typing import Self

from sandbox.crowd import Crowd
from sandbox.labelled import Labelled

# What a busy machine was late is caught up with no further than this.
_BEHIND_S = 1.0


class Flow:
    """Sends tickets one after the other in a thread of its own, until they are used up or the `with` block ends.

    Args:
        crowd: sends them, and judges the answers.
        tickets: with ids that nobody has sent before.
        rate_per_s: how many a second, above 0.

    Attributes:
        rate_per_s: may be changed meanwhile.
    """

    def __init__(self, crowd: Crowd, tickets: Sequence[Labelled], rate_per_s: float) -> None:
        self._crowd = crowd
        self._tickets = tickets
        self.rate_per_s = rate_per_s
        self._sent = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._send, name="flow", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    @property
    def sent(self) -> Sequence[Labelled]:
        """Those that were sent so far."""
        return self._tickets[: self._sent]

    def _send(self) -> None:
        due_s = time.monotonic()
        for number, ticket in enumerate(self._tickets):
            if self._ended.wait(max(0.0, due_s - time.monotonic())):
                return
            due_s = max(due_s, time.monotonic() - _BEHIND_S) + 1 / self.rate_per_s
            self._crowd.publish([ticket], judged=True)
            self._sent = number + 1
