"""How an endpoint is asked best, as far as it has shown."""

import threading
from collections.abc import Callable

from classifier.llm.chat.answer import Fault, Found
from classifier.llm.chat.takes import Takes, lower, without

IGNORED_IN_A_ROW = 5
"""So many answers without a code, and none with one between them, are no accident: the form is ignored."""
_OF_FORM = frozenset({"unknown_label", "truncated", "empty"})


class Remembered:
    """What one endpoint takes of requests for one model. Thread-safe.

    Args:
        on_step: Is told of each change.
    """

    def __init__(self, on_step: Callable[[Takes], None]) -> None:
        self._on_step = on_step
        self._lock = threading.Lock()
        self._takes = Takes()
        self._is_proven = False
        self._ignored = 0

    @property
    def takes(self) -> Takes:
        """The best way to ask."""
        return self._takes

    @property
    def is_proven(self) -> bool:
        """Whether it was ever answered with 200: then an unexplained refusal is about the ticket."""
        return self._is_proven

    def named(self, takes: Takes) -> None:
        """Note what an error has named. Afterwards it may quote the ticket: then an answer has to prove it."""
        if not self._is_proven:
            self._change(takes)

    def accepted(self, takes: Takes, outcome: Found | Fault) -> None:
        """Note that a request was answered with 200."""
        self._is_proven = True
        self._change(takes)
        if isinstance(outcome, Found):
            self._ignored = 0
        elif outcome.code in _OF_FORM and takes.form == self._takes.form:
            self._ignored += 1
            below = without(self._takes, "form")
            if self._ignored >= IGNORED_IN_A_ROW and below is not None:
                self._ignored = 0
                self._change(below)

    def _change(self, takes: Takes) -> None:
        with self._lock:
            common = lower(self._takes, takes)
            changed = common != self._takes
            self._takes = common
        if changed:
            self._on_step(common)
