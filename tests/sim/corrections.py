"""Overrides in the simulation: who writes them, how categorizers read them, and which answers they explain."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from itertools import count
from typing import NamedTuple

from consumer.answer.decide import OVERRIDE_PREFIX
from consumer.answer.override_record import Override, decode, encode, key_of, read_key
from consumer.answer.overrides import OverrideChange
from consumer.overrides.following import FOLLOW_EVERY_S, change_of
from schemas.events import TicketCategorized
from tests.sim.broker import SimBroker
from tests.sim.log import Sent
from tests.sim.refused import Refused
from tests.support.oracle import answer_of
from tests.support.rawlog import Entry, Fate

TRANSACTION_S = 15.0
# What a worker knows may be so old.
STALE_S = FOLLOW_EVERY_S + 0.001


class SimFeed:
    """The committed records of `ticket-overrides`, in the broker's own log."""

    def __init__(self, broker: SimBroker, topic: str, wait: Callable[[float], None]) -> None:
        self._broker = broker
        self._topic = topic
        self._wait = wait
        self._next = dict.fromkeys(range(broker.partitions), 0)

    def load(self) -> Iterator[OverrideChange]:
        while any(entry.fate is Fate.PENDING for entry in self._broker.entries(self._topic)):
            self._wait(1.0)
        yield from self.more()

    def more(self) -> list[OverrideChange]:
        return [change_in(entry) for entry in self.new() if entry.fate is Fate.COMMITTED]

    def new(self) -> list[Entry]:
        """Every entry that was not read yet, up to the first of a transaction that is open."""
        found = []
        for number, first in self._next.items():
            log = self._broker.logs[self._topic, number]
            found += [entry for entry in log.entries if first <= entry.offset < log.stable_end]
            self._next[number] = log.stable_end
        return found

    def close(self) -> None:
        pass


class Noted(NamedTuple):
    """Which correction stood for each text from a moment on."""

    since_s: float
    by_text: dict[str, str]


class Corrections:
    """What people correct, as the sink writes it; and what it explains.

    Args:
        broker: where it is written, and whose clock counts.
        topic: `ticket-overrides`.
        scope: of all of them.
    """

    def __init__(self, broker: SimBroker, topic: str, scope: str) -> None:
        self._broker = broker
        self._topic = topic
        self._scope = scope
        self._numbers = count(1)
        self._open: list[tuple[str, int]] = []
        self._noted = [Noted(float("-inf"), {})]
        self._judged: set[tuple[int, int]] = set()

    def write(self, fingerprint: str, category: str | None, end: Fate) -> None:
        """In a transaction that ends like this, or not at all; without a category nothing stands any more."""
        number = next(self._numbers)
        name = f"corrections-{number}"
        key = key_of(self._scope, fingerprint)
        epoch = self._broker.init(name, TRANSACTION_S)
        value = encode(self._override(fingerprint, category, number))
        partition = self._broker.partition_of(key)
        self._broker.write_in(name, epoch, number, [Sent(self._topic, partition, key, value, [])])
        self._open.append((name, epoch))
        if end is not Fate.PENDING:
            self.end(end)
        self.note()

    def end(self, fate: Fate) -> None:
        """Of the transaction that was opened last."""
        if self._open:
            # The broker may have ended it by itself.
            with suppress(Refused):
                self._broker.end(*self._open.pop(), fate)
            self.note()

    def end_all(self) -> None:
        while self._open:
            self.end(Fate.ABORTED)

    def note(self) -> None:
        """Look at what stands now."""
        by_text = {}
        for number in range(self._broker.partitions):
            log = self._broker.logs[self._topic, number]
            for entry in log.entries:
                if entry.fate is Fate.COMMITTED and entry.offset < log.stable_end:
                    fingerprint, override = change_in(entry)
                    by_text[fingerprint] = override.correction_id if override else ""
        if by_text != self._noted[-1].by_text:
            self._noted.append(Noted(self._broker.clock(), by_text))

    def unexplained(self, answers: Iterable[Entry], published_s: dict[tuple[int, int], float]) -> Iterator[str]:
        """Answers that neither the model gave, while no override stood, nor an override that did.

        Args:
            answers: all entries of `ticket-categorized`.
            published_s: when each ticket was published, by partition and offset.
        """
        for entry in answers:
            place = entry.partition, entry.offset
            if entry.fate is Fate.COMMITTED and place not in self._judged:
                self._judged.add(place)
                answer = answer_of(entry)
                source = answer["source"]["partition"], answer["source"]["offset"]
                stood = self._stood(answer["fingerprint"], published_s[source] - STALE_S)
                if _correction_of(answer) not in stood:
                    yield f"ticket {source}: answered by {_correction_of(answer) or 'no override'}; {stood} stood"

    def _stood(self, fingerprint: str, since_s: float) -> set[str]:
        """The corrections of a text that stood at some time since then; nothing is one of them where none did."""
        before = [noted for noted in self._noted if noted.since_s <= since_s][-1:]
        after = [noted for noted in self._noted if noted.since_s > since_s]
        return {noted.by_text.get(fingerprint, "") for noted in (*before, *after)}

    def _override(self, fingerprint: str, category: str | None, number: int) -> Override:
        return Override(
            scope=self._scope,
            fingerprint=fingerprint,
            category=category or "account",
            subcategory=None,
            people=2 if number % 2 else 1,
            state="active" if category else "retired",
            reason=None if category else "contradicted",
            correction_id=f"correction-{number}",
            corrected_at=1_763_842_000_000 + number,
        )


def change_in(entry: Entry) -> OverrideChange:
    """What an entry of `ticket-overrides` says of its text."""
    if entry.value is None:
        return OverrideChange(read_key(entry.key or b"")[1], None)
    return change_of(decode(entry.value))


def _correction_of(answer: TicketCategorized) -> str:
    """The correction that an answer names; nothing where the model, the cache or the rules gave it."""
    named = answer["explanation"][0] if answer["method"] == "OVERRIDE" else ""
    return named.removeprefix(OVERRIDE_PREFIX)
