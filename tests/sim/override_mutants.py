"""The categorizer with one mistake each in how it follows overrides: what the tests here must notice."""

from collections.abc import Iterable

from consumer.answer.overrides import OverrideChange, Overrides
from consumer.categorizer.loop import Categorizer
from consumer.overrides.following import FollowedOverrides
from tests.sim.corrections import SimFeed, change_in
from tests.sim.process import Make


def answers_before_all_are_loaded() -> Make:
    """It joins the group at once, and overrides come one by one afterwards."""

    class Broken(FollowedOverrides):
        def load(self) -> None:
            feed, waiting = self._feed, list[OverrideChange]()

            class OneByOne:
                def load(self) -> Iterable[OverrideChange]:
                    return ()

                def more(self) -> Iterable[OverrideChange]:
                    waiting.extend(feed.more())
                    taken, waiting[:] = waiting[:1], waiting[1:]
                    return taken

                def close(self) -> None:
                    pass

            self._feed = OneByOne()

    return Make(breaks=lambda categorizer: _becomes(_followed(categorizer), Broken))


def follows_nothing() -> Make:
    """What comes after the start is not seen before the next one."""

    class Broken(FollowedOverrides):
        def follow(self, _: float) -> list[str]:
            return []

    return Make(breaks=lambda categorizer: _becomes(_followed(categorizer), Broken))


def reads_uncommitted_records() -> Make:
    """Those of transactions that are open, or were aborted, count as well."""

    class Broken(SimFeed):
        def more(self) -> list[OverrideChange]:
            found = []
            for number, first in self._next.items():
                log = self._broker.logs[self._topic, number]
                found += [change_in(entry) for entry in log.entries if entry.offset >= first]
                self._next[number] = log.end
            return found

    return Make(breaks=lambda categorizer: _becomes(_followed(categorizer)._feed, Broken))


def forgets_retirements() -> Make:
    """What was retired answers on."""

    class Broken(Overrides):
        def apply(self, change: OverrideChange) -> None:
            if change.override is not None:
                super().apply(change)

    return Make(breaks=lambda categorizer: _becomes(_followed(categorizer).memory, Broken))


def keeps_the_first() -> Make:
    """A text that was corrected otherwise meanwhile keeps its first correction."""

    class Broken(Overrides):
        def apply(self, change: OverrideChange) -> None:
            if change.override is None or change.fingerprint not in self._by_text:
                super().apply(change)

    return Make(breaks=lambda categorizer: _becomes(_followed(categorizer).memory, Broken))


def _followed(categorizer: Categorizer) -> FollowedOverrides:
    return categorizer._in_flight._overrides


def _becomes(part: object, broken: type[object]) -> None:
    part.__class__ = broken
