"""Answers of the model by the fingerprint of the ticket's text."""

from collections.abc import Callable
from typing import NamedTuple

from cachetools import LRUCache

from consumer.answer.decide import AnswerBasis
from consumer.model.types import Label
from schemas.events import Method


class Answer(NamedTuple):
    """A finished answer: the event's fields `category` to `explanation`, encoded once."""

    encoded: bytes
    method: Method
    provisional: bool


class Entry:
    """The model's labels for one text, and the encoded answer made from them.

    The answer is kept as long as what it was made with is the same; see `AnswerCache.hit`.
    """

    __slots__ = ("answer", "expires_s", "labels", "made_with", "model")

    def __init__(self, labels: tuple[Label, ...], model: str | None, expires_s: float) -> None:
        self.labels = labels
        self.model = model
        self.expires_s = expires_s
        self.answer: Answer | None = None
        self.made_with: AnswerBasis | None = None


class AnswerCache:
    """A bounded cache with a time to live; 0 entries turns it off.

    It holds the model's labels and never an answer of the rules: those are made anew each time.
    Not thread-safe: the categorizer's own thread is the only one to touch it.
    """

    def __init__(self, max_size: int, ttl_s: float, timer: Callable[[], float]) -> None:
        self.enabled = max_size > 0
        # An entry knows its own age: a TTLCache takes four times as long to say and to remember it.
        self._entries: LRUCache[str, Entry] = LRUCache(max(1, max_size))
        self._ttl_s = ttl_s
        self._timer = timer
        self._model: str | None = None

    def get(self, fingerprint: str) -> Entry | None:
        """The entry for this text, None when it is unknown, too old or the cache is off."""
        entry: Entry | None = self._entries.get(fingerprint)
        return entry if entry is not None and self._timer() < entry.expires_s else None

    def put(self, fingerprint: str, labels: tuple[Label, ...], model: str | None) -> None:
        """Keep what the model said; another model's name forgets everything that the earlier one said."""
        if not self.enabled:
            return
        if model != self._model:
            self._entries.clear()
            self._model = model
        self._entries[fingerprint] = Entry(labels, model, self._timer() + self._ttl_s)

    def hit(self, entry: Entry, basis: AnswerBasis, make: Callable[[Entry], Answer]) -> Answer:
        """The entry's encoded answer, made once for as long as taxonomy, rules and policy stay the same."""
        if entry.answer is None or entry.made_with is not basis:
            entry.answer = make(entry)
            entry.made_with = basis
        return entry.answer

    def __len__(self) -> int:
        return len(self._entries)
