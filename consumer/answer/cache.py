"""Remembers what the model said to a text, by the text's fingerprint."""

from collections.abc import Callable
from typing import Any, NamedTuple

from cachetools import LRUCache

from consumer.answer.decide import AnswerBasis
from consumer.model.types import Label
from schemas.events import Method


class Answer(NamedTuple):
    """A finished answer: the event's fields `category` to `explanation`, encoded once, and its headers.

    Attributes:
        encoded: the fields.
        method: where the labels come from.
        provisional: a new revision will follow.
        headers: what can be filtered by without decoding, in UTF-8, as revision 0 has it; `ts-revision`
            is the last of them. Shared by all tickets of the text: not to be changed.
    """

    encoded: bytes
    method: Method
    provisional: bool
    headers: list[tuple[str, str | bytes | None]]


def finished_answer(fields: dict[str, Any], encode: Callable[[dict[str, Any]], bytes]) -> Answer:
    """The answer that has these fields, `category` to `explanation`, encoded by `encode`."""
    return Answer(
        encode(fields),
        fields["method"],
        fields["provisional"],
        [
            ("ts-category", fields["category"].encode()),
            ("ts-decision", fields["decision"].encode()),
            ("ts-provisional", b"true" if fields["provisional"] else b"false"),
            ("ts-revision", b"0"),
        ],
    )


class Entry:
    """The model's labels for one text, and the encoded answer made from them.

    The answer is kept as long as the basis it was made with holds; see `AnswerCache.hit`.
    """

    __slots__ = ("answer", "calibrated", "expires_s", "labels", "made_with", "model")

    def __init__(
        self, labels: tuple[Label, ...], model: str | None, expires_s: float, *, calibrated: bool = True
    ) -> None:
        self.labels = labels
        self.model = model
        self.calibrated = calibrated
        self.expires_s = expires_s
        self.answer: Answer | None = None
        self.made_with: AnswerBasis | None = None


class AnswerCache:
    """A bounded cache with a time to live; 0 entries turns it off.

    It holds the model's labels only. Answers of the rules are made again each time.
    Not thread-safe: the categorizer uses it from its own thread only, the library behind a lock.
    """

    def __init__(self, max_size: int, ttl_s: float, timer: Callable[[], float]) -> None:
        self.enabled = max_size > 0
        # Each entry holds its own expiry: a TTLCache takes four times as long to look an entry up and to add one.
        self._entries: LRUCache[str, Entry] = LRUCache(max(1, max_size))
        self._ttl_s = ttl_s
        self._timer = timer
        self._model: str | None = None

    def get(self, fingerprint: str) -> Entry | None:
        """The entry for this text; None when there is none, when it has expired, and when the cache is off."""
        entry: Entry | None = self._entries.get(fingerprint)
        return entry if entry is not None and self._timer() < entry.expires_s else None

    def put(self, fingerprint: str, labels: tuple[Label, ...], model: str | None, *, calibrated: bool = True) -> None:
        """Keep the model's labels; labels from a model of a different name first clear the cache."""
        if not self.enabled:
            return
        if model != self._model:
            self._entries.clear()
            self._model = model
        self._entries[fingerprint] = Entry(labels, model, self._timer() + self._ttl_s, calibrated=calibrated)

    def keep(self, fingerprint: str, answer: Answer, basis: AnswerBasis) -> None:
        """Give this encoded answer to every hit of the text, as long as the basis holds."""
        entry = self._entries.get(fingerprint)
        if entry is not None:
            entry.answer, entry.made_with = answer, basis

    def clear(self) -> None:
        """Forget everything."""
        self._entries.clear()

    def hit(self, entry: Entry, basis: AnswerBasis, make: Callable[[Entry], Answer]) -> Answer:
        """The entry's encoded answer; it is made again only after taxonomy, rules or policy have changed."""
        if entry.answer is None or entry.made_with is not basis:
            entry.answer = make(entry)
            entry.made_with = basis
        return entry.answer

    def __len__(self) -> int:
        return len(self._entries)
