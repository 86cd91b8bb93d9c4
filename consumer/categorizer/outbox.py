"""Finished envelopes, from the window until their transaction is known to be committed."""

import math
from collections.abc import Callable, Collection, Mapping
from typing import NamedTuple, Protocol

import structlog

from consumer.bad_records.blame import handling_records
from consumer.bad_records.flood import Flood, before
from consumer.categorizer.envelope import Envelope
from consumer.categorizer.output import Output
from consumer.categorizer.repeats import Repeats
from consumer.categorizer.window import Taken
from consumer.guards.commit_pace import CommitPace
from consumer.kafka.committer import Committer
from consumer.kafka.records import TopicPartition
from schemas.codec import RegistryUnavailable

log = structlog.get_logger()

TRANSACTION_RECORDS = 500
# Of input; a provisional answer carries it once more.
TRANSACTION_BYTES = 8 * 1024 * 1024
REGISTRY_PAUSE_S = 1.0
# Doubled with each transaction in a row that was aborted.
ABORT_PAUSE_S = 0.1


class Room(NamedTuple):
    """What still goes into a transaction."""

    records: int = TRANSACTION_RECORDS
    size_bytes: int = TRANSACTION_BYTES


class Committed(NamedTuple):
    """The transaction is committed.

    Attributes:
        envelopes: what was in it.
        offsets: the next offset to read, of the partitions in which it moved.
    """

    envelopes: list[Envelope]
    offsets: dict[TopicPartition, int]


class Kept(NamedTuple):
    """Nothing is committed, and nothing is lost: the same is tried again after a pause."""


class Flooded(NamedTuple):
    """Nothing is committed: these partitions have too many dead letters.

    Attributes:
        over: the offset of the first letter that is too many, and the limit in words.
    """

    over: Mapping[TopicPartition, tuple[int, str]]


class Guard(Protocol):
    """What is told before a transaction, and asked for what stands beside offsets: the quarantine."""

    def handled(self, partitions: Collection[TopicPartition]) -> None:
        """All that was let in of these is finished: only Kafka has to do with it from then on."""
        ...

    def standing(self, offsets: Mapping[TopicPartition, int]) -> Mapping[TopicPartition, str]:
        """The metadata of a commit that leaves these offsets where they are."""
        ...


class Outbox:
    """Holds what one transaction is to commit. Not thread-safe; `now` is monotonic time.

    Args:
        committer: commits messages and offsets.
        output: makes the messages.
        repeats: whose pages are written with the answers.
        flood: counts dead letters, and keeps the counts beside the offsets.
        guard: is told before each transaction.
    """

    def __init__(self, committer: Committer, output: Output, repeats: Repeats, flood: Flood, guard: Guard) -> None:
        self._committer = committer
        self._output = output
        self._repeats = repeats
        self._flood = flood
        self._guard = guard
        self._envelopes: list[Envelope] = []
        # By the prefixes of their partitions; what came of some is committed already.
        self._passed: list[Envelope] = []
        # Of partitions with overtakers.
        self._first_offsets: dict[TopicPartition, int] = {}
        self._size_bytes = 0
        self._pace = CommitPace()
        self._since_s = 0.0
        self._not_before_s = 0.0

    def open(self) -> None:
        """As `Committer.open`."""
        self._committer.open()

    def close(self) -> None:
        self._committer.close()

    def __bool__(self) -> bool:
        return bool(self._envelopes or self._passed)

    @property
    def room(self) -> Room:
        """What still goes into the next transaction."""
        return Room(TRANSACTION_RECORDS - len(self._envelopes), TRANSACTION_BYTES - self._size_bytes)

    def holds(self, partitions: Collection[TopicPartition]) -> bool:
        """Whether something of these partitions is in it."""
        return any(envelope.partition in partitions for envelope in (*self._envelopes, *self._passed))

    def add(self, taken: Taken, now: float) -> None:
        """Take what the window gives out."""
        finished, passed, first_offsets = taken
        if not (finished or passed):
            return
        if not self:
            self._since_s = now
        self._pace.finished(len(finished), now)
        self._envelopes.extend(finished)
        self._passed.extend(passed)
        self._first_offsets.update(first_offsets)
        self._size_bytes += sum(envelope.size for envelope in finished)

    def pause(self, duration_s: float, now: float) -> None:
        """Commit nothing for a while."""
        self._not_before_s = now + duration_s

    def is_paused(self, now: float) -> bool:
        """Whether nothing may be committed now."""
        return now < self._not_before_s

    def due_s(self, under_way: int, now: float, *, at_once: bool) -> float:
        """When to commit, as far as is known now; never while it is empty.

        Args:
            under_way: how many more may come soon.
            now: the present.
            at_once: without waiting for more.
        """
        if not self:
            return math.inf
        gather_s = 0.0 if at_once or min(self.room) <= 0 else self._pace.gather_s(under_way, now)
        return max(self._not_before_s, self._pace.begins_s(self._since_s + gather_s))

    def commit(self, now: float, now_ms: int, holds: Callable[[TopicPartition], bool]) -> Committed | Kept | Flooded:
        """Commit what is in it.

        1. The dead letters are counted; too many of them stop everything.
        2. The messages are made: answers, audit copies, the queue's records, dead letters, and pages of repeats.
        3. Messages, offsets and the letters' counts go into one transaction. Where answers overtake, the offset goes
           there once more: the group refuses it from a member that has lost the partition.
        4. Only when it is committed are the envelopes let go, and repeats and counts moved on.

        Args:
            now: monotonic time.
            now_ms: wall-clock time in milliseconds since the epoch.
            holds: whether more of a partition is in flight.

        Raises:
            Fenced: another process writes under the transactional id.
            BrokerTrouble: Kafka would refuse it for ever, or did not answer.
        """
        if over := self._flood.over(self._passed):
            return Flooded(over)
        try:
            with handling_records():
                messages = self._output.messages(self._envelopes, now, now_ms)
        except RegistryUnavailable as error:
            log.warning("registry.unavailable", detail=str(error))
            self.pause(REGISTRY_PAUSE_S, now)
            return Kept()
        messages += self._repeats.messages(self._envelopes)
        moved = {envelope.partition: envelope.record.next_offset for envelope in self._passed}
        standing = {partition: first for partition, first in self._first_offsets.items() if partition not in moved}
        self._guard.handled([partition for partition in moved if not holds(partition)])
        metadata = {**self._flood.metadata(moved), **self._guard.standing(standing)}
        if not self._committer.commit(messages, moved | standing, metadata, None if moved else self._is_written):
            self.pause(ABORT_PAUSE_S * 2**self._committer.aborts, now)
            return Kept()
        envelopes = self._envelopes
        self._repeats.committed(envelopes)
        self._flood.committed(moved)
        self._keep([], [])
        return Committed(envelopes, moved)

    def _is_written(self) -> bool:
        # Where no offset moves all are overtakers.
        return self._repeats.has(self._envelopes[0])

    def took(self, began_s: float, ended_s: float) -> None:
        """How long a transaction took that was committed."""
        self._pace.committed(began_s, ended_s)

    def end_before(self, over: Mapping[TopicPartition, tuple[int, str]]) -> None:
        """Keep only what stands before the dead letters that are too many."""
        self._keep(before(self._envelopes, over), before(self._passed, over))

    def forget(self, partitions: Collection[TopicPartition]) -> None:
        """These belong to another member, or are read again."""
        self._repeats.forget(partitions)
        self._flood.forget(partitions)
        self._keep(_without(self._envelopes, partitions), _without(self._passed, partitions))

    def _keep(self, envelopes: list[Envelope], passed: list[Envelope]) -> None:
        self._envelopes = envelopes
        self._passed = passed
        held = {envelope.partition for envelope in envelopes}
        self._first_offsets = {one: first for one, first in self._first_offsets.items() if one in held}
        self._size_bytes = sum(envelope.size for envelope in envelopes)


def _without(envelopes: list[Envelope], partitions: Collection[TopicPartition]) -> list[Envelope]:
    return [envelope for envelope in envelopes if envelope.partition not in partitions]
