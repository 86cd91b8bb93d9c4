"""Tickets that come in steadily, while something else happens."""

import threading
import time
from collections.abc import Sequence
from typing import Self

from sandbox.crowd import Crowd
from sandbox.labelled import Labelled


class Flow:
    """Sends tickets one after the other in a thread of its own, until they are used up or the `with` block ends.

    Args:
        crowd: sends them, and judges the answers.
        tickets: with ids that nobody has sent before.
        rate_per_s: how many a second, above 0.
    """

    def __init__(self, crowd: Crowd, tickets: Sequence[Labelled], rate_per_s: float) -> None:
        self._crowd = crowd
        self._tickets = tickets
        self._rate_per_s = rate_per_s
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
        began_s = time.monotonic()
        for number, ticket in enumerate(self._tickets):
            if self._ended.wait(max(0.0, began_s + number / self._rate_per_s - time.monotonic())):
                return
            self._crowd.publish([ticket], judged=True)
            self._sent = number + 1
