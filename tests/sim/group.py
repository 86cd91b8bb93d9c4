"""A group of the broker in memory: generations, sessions, cooperative rebalances and committed offsets."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from itertools import count
from typing import NamedTuple

from confluent_kafka import KafkaError

from consumer.kafka.records import TopicPartition
from tests.sim.refused import Refused

SESSION_S = 10.0


class Kept(NamedTuple):
    """An offset as a group keeps it."""

    offset: int
    note: str


class Metadata(NamedTuple):
    """Who a member is at the moment, for the offsets of its transactions."""

    group: str
    member: str
    generation: int


@dataclass
class Member:
    """One member of a group."""

    topics: Collection[str]
    owned: set[TopicPartition]
    seen_s: float
    joined: bool = True
    given: set[TopicPartition] = field(default_factory=set)


class Group:
    """One group.

    Args:
        partitions: of every topic.
        clock: the broker's time.
    """

    def __init__(self, partitions: int, clock: Callable[[], float]) -> None:
        self.committed: dict[TopicPartition, Kept] = {}
        self._partitions = partitions
        self._clock = clock
        self._generation = 0
        self._members: dict[str, Member] = {}
        self._rebalancing = False
        self._numbers = count(1)

    def join(self, member_id: str, topics: Collection[str], owned: Iterable[TopicPartition]) -> str:
        """JoinGroup: the rebalance is over when all members have joined.

        Args:
            member_id: nothing for a member that has none yet.
            topics: that it reads.
            owned: what it has and does not give up.

        Returns:
            The member's id.

        Raises:
            Refused: there is no such member any more.
        """
        if not member_id:
            member_id = f"member-{next(self._numbers)}"
            self._members[member_id] = Member(topics, set(), self._clock())
        member = self._member(member_id)
        member.owned, member.joined, member.seen_s = set(owned), True, self._clock()
        if not self._rebalancing:
            self._rebalance(without=member_id)
        self._settle()
        return member_id

    def beat(self, member_id: str) -> bool:
        """Heartbeat: whether the member has to join again.

        Raises:
            Refused: the group knows it no more.
        """
        member = self._member(member_id)
        member.seen_s = self._clock()
        return self._rebalancing and not member.joined

    def given(self, member_id: str) -> tuple[int, set[TopicPartition]] | None:
        """SyncGroup: the generation and what the member has in it; None while others have not joined."""
        member = self._member(member_id)
        return None if self._rebalancing else (self._generation, set(member.given))

    def leave(self, member_id: str) -> None:
        if self._members.pop(member_id, None) is not None:
            self._rebalance()
            self._settle()

    def check(self, metadata: Metadata) -> None:
        """Whether offsets of this member are taken.

        Raises:
            Refused: it is no member any more, or of an earlier generation.
        """
        self._member(metadata.member)
        if metadata.generation != self._generation:
            raise Refused(KafkaError.ILLEGAL_GENERATION)

    def look_at_the_clock(self) -> None:
        """End the sessions that have outlived their time."""
        gone = [name for name, member in self._members.items() if self._clock() - member.seen_s >= SESSION_S]
        for name in gone:
            del self._members[name]
        if gone:
            self._rebalance()
            self._settle()

    def _member(self, member_id: str) -> Member:
        if member_id not in self._members:
            raise Refused(KafkaError.UNKNOWN_MEMBER_ID)
        return self._members[member_id]

    def _rebalance(self, without: str = "") -> None:
        self._rebalancing = True
        for name, member in self._members.items():
            member.joined = name == without

    def _settle(self) -> None:
        if not self._rebalancing or not all(member.joined for member in self._members.values()):
            return
        self._rebalancing = False
        self._generation += 1
        for name, wanted in self._shares().items():
            others = {
                partition for other, member in self._members.items() if other != name for partition in member.owned
            }
            # Their owners give them up first, and then all members join again.
            self._members[name].given = wanted - others

    def _shares(self) -> dict[str, set[TopicPartition]]:
        """As even as can be; a member keeps what it has as far as that goes."""
        topics = {topic for member in self._members.values() for topic in member.topics}
        left = {(topic, number) for topic in topics for number in range(self._partitions)}
        most = -(-len(left) // max(1, len(self._members)))
        shares: dict[str, set[TopicPartition]] = {}
        for name, member in sorted(self._members.items()):
            shares[name] = set(sorted(member.owned & left)[:most])
            left -= shares[name]
        for partition in sorted(left):
            min(shares.values(), key=len).add(partition)
        return shares
