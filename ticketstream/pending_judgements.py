"""Judgements that can still be taken back. Pure: time is an argument."""

from collections import deque
from datetime import datetime
from typing import Final, NamedTuple

from analytics.reports.review_tickets import Judgement

UNDO_S: Final = 5.0


class Made(NamedTuple):
    """A judgement, and when it was made.

    Attributes:
        judgement: what was said.
        at: the time of day; aware.
        until_s: monotonic time until which it can be taken back.
    """

    judgement: Judgement
    at: datetime
    until_s: float


class Pending:
    """Judgements wait here for some seconds before they are published. The newest is taken back first."""

    def __init__(self) -> None:
        self._made: deque[Made] = deque()

    def add(self, judgement: Judgement, at: datetime, now_s: float) -> None:
        """Keep a judgement back until its time is over."""
        self._made.append(Made(judgement, at, now_s + UNDO_S))

    def undo(self, now_s: float) -> Judgement | None:
        """Take the newest judgement back; None when there is none whose time is not over."""
        if self._made and self._made[-1].until_s > now_s:
            return self._made.pop().judgement
        return None

    def due(self, now_s: float) -> list[Made]:
        """Remove and return what is to be published now, in the order in which it was said."""
        over: list[Made] = []
        while self._made and self._made[0].until_s <= now_s:
            over.append(self._made.popleft())
        return over

    def all(self) -> list[Made]:
        """Remove and return everything: the person goes."""
        left = list(self._made)
        self._made.clear()
        return left

    def next_s(self, now_s: float) -> float | None:
        """In how many seconds something is due; None when nothing is kept back."""
        return max(0.0, self._made[0].until_s - now_s) if self._made else None
