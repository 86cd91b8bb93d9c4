"""What people corrected, by the fingerprint of the text, in memory. Pure: time is an argument."""

import sys
from datetime import timedelta
from heapq import heapify, heappop, heappush
from typing import NamedTuple

import msgspec

from consumer.answer.override_record import Override

_DAY_MS = timedelta(days=1) // timedelta(milliseconds=1)
# So many entries of texts that are gone may stand in the order of ages before it is made anew.
_STALE = 64


class OverrideChange(NamedTuple):
    """What stands for one text from now on; None where nothing does."""

    fingerprint: str
    override: Override | None


class Overrides:
    """The overrides that stand, of so many texts at most. Not thread-safe.

    Args:
        most: texts; of more, those that were corrected longest ago are forgotten.
        days: after which a correction answers no more; 0 is no limit.
    """

    def __init__(self, most: int, days: int) -> None:
        self._most = most
        self._kept_ms = days * _DAY_MS or sys.maxsize
        self._by_text: dict[str, Override] = {}
        # A heap. Entries stay when a text's override goes or is replaced, until they come up.
        self._by_age: list[tuple[int, str]] = []

    def apply(self, change: OverrideChange) -> None:
        """Take what has changed for one text."""
        fingerprint, override = change
        if override is None:
            self._by_text.pop(fingerprint, None)
            return
        self._by_text[override.fingerprint] = _shared(override)
        heappush(self._by_age, (override.corrected_at, override.fingerprint))
        while len(self._by_text) > self._most:
            self._forget_oldest()
        if len(self._by_age) > 2 * len(self._by_text) + _STALE:
            self._by_age = [(each.corrected_at, text) for text, each in self._by_text.items()]
            heapify(self._by_age)

    def standing(self, fingerprint: str, now_ms: int) -> Override | None:
        """The override of a text, unless it is too old.

        Args:
            fingerprint: of the text.
            now_ms: milliseconds since the epoch.
        """
        override = self._by_text.get(fingerprint)
        if override is None or now_ms - override.corrected_at > self._kept_ms:
            return None
        return override

    def __len__(self) -> int:
        return len(self._by_text)

    def _forget_oldest(self) -> None:
        corrected_at, fingerprint = heappop(self._by_age)
        found = self._by_text.get(fingerprint)
        if found is not None and found.corrected_at == corrected_at:
            del self._by_text[fingerprint]


def _shared(override: Override) -> Override:
    """The same with words that all overrides share in memory: there are few labels and one scope."""
    subcategory = override.subcategory
    return msgspec.structs.replace(
        override,
        scope=sys.intern(override.scope),
        category=sys.intern(override.category),
        subcategory=None if subcategory is None else sys.intern(subcategory),
    )
