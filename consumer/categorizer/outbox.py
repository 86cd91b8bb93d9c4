"""Finished envelopes, from the window until their transaction is known to be committed."""

import math
from collections.abc import Callable, Collection, Mapping
from typing import NamedTuple

import structlog

from consumer.bad_records.blame import handling_records
from consumer.bad_records.flood import Flood, before
from consumer.categorizer.envelope import Envelope
from consumer.categorizer.output import Output
from consumer.categorizer.repeats import Repeats
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
        offsets: per partition the next offset to read.
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


class Outbox:
    """Holds what one transaction is to commit. Not thread-safe; `now` is monotonic time.

    Args:
        committer: commits messages and offsets.
        output: makes the messages.
        repeats: whose pages are written with the answers.
        flood: counts dead letters, and keeps the counts beside the offsets.
    """

    def __init__(self, committer: Committer, output: Output, repeats: Repeats, flood: Flood) -> None:
        self._committer = committer
        self._output = output
        self._repeats = repeats
        self._flood = flood
        self._envelopes: list[Envelope] = []
        self._size_bytes = 0
        self._pace = CommitPace()
        self._since_s = 0.0
        self._not_before_s = 0.0

    def open(self) -> None:
        """As `Committer.open`."""
        self._committer.open()

    def close(self) -> None:
        self._committer.close()

    def __len__(self) -> int:
        return len(self._envelopes)

    @property
    def room(self) -> Room:
        """What still goes into the next transaction."""
        return Room(TRANSACTION_RECORDS - len(self._envelopes), TRANSACTION_BYTES - self._size_bytes)

    def holds(self, partitions: Collection[TopicPartition]) -> bool:
        """Whether something of these partitions is in it."""
        return any(envelope.partition in partitions for envelope in self._envelopes)

    def add(self, envelopes: list[Envelope], now: float) -> None:
        """Take finished envelopes, in the order of their partitions."""
        if not envelopes:
            return
        if not self._envelopes:
            self._since_s = now
        self._pace.finished(len(envelopes), now)
        self._envelopes.extend(envelopes)
        self._size_bytes += sum(envelope.size for envelope in envelopes)

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
        if not self._envelopes:
            return math.inf
        gather_s = 0.0 if at_once or min(self.room) <= 0 else self._pace.gather_s(under_way, now)
        return max(self._not_before_s, self._pace.begins_s(self._since_s + gather_s))

    def commit(
        self, now: float, now_ms: int, handled: Callable[[Collection[TopicPartition]], None]
    ) -> Committed | Kept | Flooded:
        """Commit what is in it.

        1. The dead letters are counted; too many of them stop everything.
        2. The messages are made: answers, audit copies, the queue's records, dead letters, and pages of repeats.
        3. Messages, offsets and the letters' counts go into one transaction.
        4. Only when it is committed are the envelopes let go, and repeats and counts moved on.

        Args:
            now: monotonic time.
            now_ms: wall-clock time in milliseconds since the epoch.
            handled: is told the partitions before step 3: only Kafka has to do with their records from then on.

        Raises:
            Fenced: another process writes under the transactional id.
            BrokerTrouble: Kafka would refuse it for ever, or did not answer.
        """
        if over := self._flood.over(self._envelopes):
            return Flooded(over)
        try:
            with handling_records():
                messages = self._output.messages(self._envelopes, now, now_ms)
        except RegistryUnavailable as error:
            log.warning("registry.unavailable", detail=str(error))
            self.pause(REGISTRY_PAUSE_S, now)
            return Kept()
        offsets = {envelope.partition: envelope.record.next_offset for envelope in self._envelopes}
        messages += self._repeats.messages(offsets)
        handled(offsets)
        if not self._committer.commit(messages, offsets, self._flood.metadata(offsets)):
            self.pause(ABORT_PAUSE_S * 2**self._committer.aborts, now)
            return Kept()
        envelopes = self._envelopes
        self._keep([])
        self._repeats.committed(offsets)
        self._flood.committed(offsets)
        return Committed(envelopes, offsets)

    def took(self, began_s: float, ended_s: float) -> None:
        """How long a transaction took that was committed."""
        self._pace.committed(began_s, ended_s)

    def end_before(self, over: Mapping[TopicPartition, tuple[int, str]]) -> None:
        """Keep only what stands before the dead letters that are too many."""
        self._keep(before(self._envelopes, over))

    def forget(self, partitions: Collection[TopicPartition]) -> None:
        """These belong to another member, or are read again."""
        self._repeats.forget(partitions)
        self._flood.forget(partitions)
        self._keep([envelope for envelope in self._envelopes if envelope.partition not in partitions])

    def _keep(self, envelopes: list[Envelope]) -> None:
        self._envelopes = envelopes
        self._size_bytes = sum(envelope.size for envelope in envelopes)
