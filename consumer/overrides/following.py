"""Overrides as a worker of the categorizer has them: loaded before its first answer, followed from then on."""

from collections.abc import Iterable
from typing import Protocol

import structlog

from consumer import outside
from consumer.answer.override_record import Override
from consumer.answer.overrides import OverrideChange, Overrides

log = structlog.get_logger()

# How often what is new is asked for: it costs some microseconds of the loop each time.
FOLLOW_EVERY_S = 0.05


class OverrideFeed(Protocol):
    """Where overrides come from: the topic, or a fake in tests."""

    def load(self) -> Iterable[OverrideChange]:
        """Everything that is committed, in the order in which it counts for each text."""
        ...

    def more(self) -> Iterable[OverrideChange]:
        """What was committed since; it never waits."""
        ...

    def close(self) -> None: ...


class NoFeed:
    """Nobody's corrections: `OVERRIDES=off`."""

    def load(self) -> Iterable[OverrideChange]:
        return ()

    def more(self) -> Iterable[OverrideChange]:
        return ()

    def close(self) -> None:
        pass


class FollowedOverrides:
    """The overrides that stand now. Not thread-safe; a worker's own thread uses it.

    Args:
        memory: of those that stand; an attribute too.
        feed: from where they come.
    """

    def __init__(self, memory: Overrides, feed: OverrideFeed) -> None:
        self.memory = memory
        self._feed = feed
        self._next_s = float("-inf")

    @outside.waiting("kafka")
    def load(self) -> None:
        """Take all that stand: before the first answer.

        Raises:
            BrokerTrouble: they could not be read in time, or may not be read.
        """
        changes = 0
        for change in self._feed.load():
            self.memory.apply(change)
            changes += 1
        if changes:
            log.info("overrides.loaded", records=changes, standing=len(self.memory))

    def follow(self, now: float) -> list[str]:
        """Take what is new.

        Args:
            now: monotonic time; the feed is asked twenty times a second at most.

        Returns:
            The fingerprints of the texts with an override that is new.

        Raises:
            BrokerTrouble: they may not be read any more.
        """
        if now < self._next_s:
            return []
        self._next_s = now + FOLLOW_EVERY_S
        changed = []
        for change in self._feed.more():
            self.memory.apply(change)
            if change.override is not None:
                changed.append(change.fingerprint)
        return changed

    def close(self) -> None:
        self._feed.close()

    def __len__(self) -> int:
        return len(self.memory)


def no_overrides() -> FollowedOverrides:
    """None, and none will come."""
    return FollowedOverrides(Overrides(1, 0), NoFeed())


def change_of(override: Override) -> OverrideChange:
    """What an override changes for its text."""
    return OverrideChange(override.fingerprint, override if override.is_active else None)
