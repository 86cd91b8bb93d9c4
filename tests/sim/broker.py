"""Kafka in memory, with the semantics on which the delivery promise rests, and a clock that only tests move.

Logs with markers and a last stable offset; producer epochs, transactions that time out; groups with generations,
sessions and cooperative rebalances; offsets that are pending as long as their transaction is open. What Kafka does over
the wire in many requests is done here by one call each, which happens wholly or not at all.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import NamedTuple
from zlib import crc32

from confluent_kafka import KafkaError

from consumer.record import Headers, TopicPartition
from tests.system.rawlog import Entry, Fate

SESSION_S = 10.0


class Refused(Exception):
    """The broker's answer is this error."""

    def __init__(self, code: int) -> None:
        super().__init__(KafkaError(code).name())
        self.code = code


class Clock:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


class Sent(NamedTuple):
    """A record on its way to a log."""

    topic: str
    partition: int
    key: bytes | None
    value: bytes | None
    headers: Headers


class Log:
    """One partition: entries, and markers that take an offset each."""

    def __init__(self, number: int) -> None:
        self.entries: list[Entry] = []
        self.end = 0
        self._number = number
        self._writers: dict[int, list[int]] = defaultdict(list)

    def append(self, record: Sent, writer: int | None) -> int:
        """Add a record; with a writer it is pending until that one's marker comes."""
        headers = {name: _bytes(value) for name, value in record.headers}
        fate = Fate.COMMITTED if writer is None else Fate.PENDING
        if writer is not None:
            self._writers[writer].append(len(self.entries))
        self.entries.append(Entry(self._number, self.end, record.key, record.value, headers, fate))
        self.end += 1
        return self.end - 1

    def mark(self, writer: int, fate: Fate) -> None:
        for place in self._writers.pop(writer, []):
            self.entries[place] = self.entries[place]._replace(fate=fate)
        self.end += 1

    @property
    def stable_end(self) -> int:
        """Where readers of committed records stop."""
        return next((entry.offset for entry in self.entries if entry.fate is Fate.PENDING), self.end)


@dataclass
class Writer:
    """What the transaction coordinator knows of one transactional id."""

    number: int
    epoch: int
    timeout_s: float
    began_s: float | None = None
    ended: Fate | None = None
    partitions: set[TopicPartition] = field(default_factory=set)
    offsets: dict[str, dict[TopicPartition, "Kept"]] = field(default_factory=dict)
    batches: set[int] = field(default_factory=set)


@dataclass
class Member:
    """One member of a group."""

    topics: Collection[str]
    owned: set[TopicPartition]
    seen_s: float
    joined: bool = True
    given: set[TopicPartition] = field(default_factory=set)


class Metadata(NamedTuple):
    """Who a member is at the moment, for the offsets of its transactions."""

    group: str
    member: str
    generation: int


class Kept(NamedTuple):
    """An offset as a group keeps it."""

    offset: int
    note: str


@dataclass
class Group:
    """A group and its committed offsets."""

    generation: int = 0
    members: dict[str, Member] = field(default_factory=dict)
    rebalancing: bool = False
    committed: dict[TopicPartition, Kept] = field(default_factory=dict)


class SimBroker:
    """The whole cluster.

    Args:
        partitions: of every topic.
        clock: its time.
    """

    def __init__(self, partitions: int, clock: Clock) -> None:
        self.partitions = partitions
        self.clock = clock
        self.logs: defaultdict[TopicPartition, Log] = _Logs()
        self.groups: defaultdict[str, Group] = defaultdict(Group)
        # Counts whatever readers could notice.
        self.changes = 0
        self._writers: dict[str, Writer] = {}
        self._numbers = count(1)
        self._member_numbers = count(1)

    # Records.

    def partition_of(self, key: bytes | None) -> int:
        return crc32(key or b"") % self.partitions

    def write(self, record: Sent) -> int:
        """Outside any transaction."""
        self.changes += 1
        return self.logs[record.topic, record.partition].append(record, None)

    def entries(self, topic: str) -> list[Entry]:
        """All of a topic, one partition after the other."""
        return [entry for number in range(self.partitions) for entry in self.logs[topic, number].entries]

    # Transactions.

    def init(self, transactional_id: str, timeout_s: float) -> int:
        """End what is open under this id; the epoch with which to write from now on."""
        writer = self._writers.get(transactional_id)
        if writer is None:
            writer = self._writers[transactional_id] = Writer(next(self._numbers), -1, timeout_s)
        self._end(writer, Fate.ABORTED)
        writer.epoch += 1
        writer.ended = None
        writer.batches = set()
        writer.timeout_s = timeout_s
        return writer.epoch

    def write_in(self, transactional_id: str, epoch: int, batch: int, records: Iterable[Sent]) -> None:
        """AddPartitionsToTxn and Produce; a batch that is sent again is there once."""
        writer = self._writer(transactional_id, epoch)
        if batch in writer.batches:
            return
        writer.batches.add(batch)
        self._begin(writer)
        for record in records:
            place = record.topic, record.partition
            writer.partitions.add(place)
            self.logs[place].append(record, writer.number)

    def send_offsets(
        self, transactional_id: str, epoch: int, metadata: Metadata, offsets: Mapping[TopicPartition, Kept]
    ) -> None:
        """AddOffsetsToTxn and TxnOffsetCommit."""
        writer = self._writer(transactional_id, epoch)
        self._check(metadata)
        self._begin(writer)
        writer.offsets.setdefault(metadata.group, {}).update(offsets)

    def end(self, transactional_id: str, epoch: int, fate: Fate) -> None:
        """EndTxn: said again it changes nothing, and the other way round it is refused."""
        writer = self._writer(transactional_id, epoch)
        if writer.began_s is None and writer.ended is not fate:
            raise Refused(KafkaError.INVALID_TXN_STATE)
        self._end(writer, fate)

    def _writer(self, transactional_id: str, epoch: int) -> Writer:
        writer = self._writers[transactional_id]
        if writer.epoch != epoch:
            raise Refused(KafkaError.INVALID_PRODUCER_EPOCH)
        return writer

    def _begin(self, writer: Writer) -> None:
        if writer.began_s is None:
            writer.began_s = self.clock()

    def _end(self, writer: Writer, fate: Fate) -> None:
        if writer.began_s is None:
            return
        for place in sorted(writer.partitions):
            self.logs[place].mark(writer.number, fate)
        if fate is Fate.COMMITTED:
            for group, offsets in writer.offsets.items():
                self.groups[group].committed.update(offsets)
        writer.began_s, writer.ended = None, fate
        writer.partitions, writer.offsets = set(), {}
        self.changes += 1

    # Groups.

    def join(self, group: str, member_id: str, topics: Collection[str], owned: Iterable[TopicPartition]) -> str:
        """JoinGroup: the rebalance is over when all members have joined.

        Args:
            group: which may be new.
            member_id: nothing for a member that has none yet.
            topics: that it reads.
            owned: what it has and does not give up.

        Returns:
            The member's id.

        Raises:
            Refused: there is no such member any more.
        """
        found = self.groups[group]
        if not member_id:
            member_id = f"member-{next(self._member_numbers)}"
            found.members[member_id] = Member(topics, set(), self.clock())
        member = self._member(found, member_id)
        member.owned, member.joined, member.seen_s = set(owned), True, self.clock()
        if not found.rebalancing:
            self._rebalance(found, without=member_id)
        self._settle(found)
        return member_id

    def beat(self, group: str, member_id: str) -> bool:
        """Heartbeat: whether the member has to join again.

        Raises:
            Refused: the group knows it no more.
        """
        found = self.groups[group]
        member = self._member(found, member_id)
        member.seen_s = self.clock()
        return found.rebalancing and not member.joined

    def given(self, group: str, member_id: str) -> tuple[int, set[TopicPartition]] | None:
        """SyncGroup: the generation and what the member has in it; None while others have not joined."""
        found = self.groups[group]
        member = self._member(found, member_id)
        return None if found.rebalancing else (found.generation, set(member.given))

    def leave(self, group: str, member_id: str) -> None:
        found = self.groups[group]
        if found.members.pop(member_id, None) is not None:
            self._rebalance(found)
            self._settle(found)

    def commit(self, metadata: Metadata, offsets: Mapping[TopicPartition, Kept]) -> None:
        """OffsetCommit, outside any transaction."""
        self._check(metadata)
        self.groups[metadata.group].committed.update(offsets)
        self.changes += 1

    def committed(self, group: str, partition: TopicPartition) -> Kept | None:
        """The offset to read next, and what was noted beside it; -1 when there is none.

        Returns:
            None while a transaction that is open may change it.
        """
        if any(partition in writer.offsets.get(group, {}) for writer in self._writers.values()):
            return None
        return self.groups[group].committed.get(partition, Kept(-1, ""))

    def _check(self, metadata: Metadata) -> None:
        found = self.groups[metadata.group]
        self._member(found, metadata.member)
        if metadata.generation != found.generation:
            raise Refused(KafkaError.ILLEGAL_GENERATION)

    def _member(self, group: Group, member_id: str) -> Member:
        if member_id not in group.members:
            raise Refused(KafkaError.UNKNOWN_MEMBER_ID)
        return group.members[member_id]

    def _rebalance(self, group: Group, without: str = "") -> None:
        group.rebalancing = True
        for name, member in group.members.items():
            member.joined = name == without

    def _settle(self, group: Group) -> None:
        if not group.rebalancing or not all(member.joined for member in group.members.values()):
            return
        group.rebalancing = False
        group.generation += 1
        for name, wanted in self._shares(group).items():
            others = {each for other, member in group.members.items() if other != name for each in member.owned}
            # Whoever has it gives it up first, and then everybody joins again.
            group.members[name].given = wanted - others

    def _shares(self, group: Group) -> dict[str, set[TopicPartition]]:
        """As even as can be, and everybody keeps what he has as far as that goes."""
        topics = {topic for member in group.members.values() for topic in member.topics}
        left = {(topic, number) for topic in topics for number in range(self.partitions)}
        most = -(-len(left) // max(1, len(group.members)))
        shares: dict[str, set[TopicPartition]] = {}
        for name, member in sorted(group.members.items()):
            shares[name] = set(sorted(member.owned & left)[:most])
            left -= shares[name]
        for each in sorted(left):
            min(shares.values(), key=len).add(each)
        return shares

    # Time.

    def look_at_the_clock(self) -> None:
        """End transactions and sessions that have outlived their time."""
        now = self.clock()
        for writer in self._writers.values():
            if writer.began_s is not None and now - writer.began_s >= writer.timeout_s:
                self._end(writer, Fate.ABORTED)
                writer.epoch += 1
        for group in self.groups.values():
            gone = [name for name, member in group.members.items() if now - member.seen_s >= SESSION_S]
            for name in gone:
                del group.members[name]
            if gone:
                self._rebalance(group)
                self._settle(group)


class _Logs(defaultdict[TopicPartition, Log]):
    def __missing__(self, key: TopicPartition) -> Log:
        log = self[key] = Log(key[1])
        return log


def _bytes(value: str | bytes | None) -> bytes:
    return value.encode() if isinstance(value, str) else value or b""
