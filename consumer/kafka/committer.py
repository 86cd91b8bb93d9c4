"""Commit, or find out what became of it: the rule that both loops share."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import structlog

from consumer.errors import BrokerTrouble
from consumer.kafka.offsets import NO_METADATA
from consumer.kafka.records import Message, TopicPartition
from consumer.kafka.transactions import Outcome, Transactions

log = structlog.get_logger()


class Member(Protocol):
    """Whose offsets are committed: a `GroupConsumer`, or what stands for none in a command without a group."""

    def group_metadata(self) -> Any:
        """The member's generation as of now."""
        ...

    def has_committed(self, offsets: Mapping[TopicPartition, int]) -> bool:
        """Whether the group has committed these offsets."""
        ...


class Committer:
    """Writes messages and offsets of one group member in transactions. Not thread-safe.

    Args:
        member: whose offsets are committed.
        transactions: the transactional producer.
        max_aborts: after so many aborted transactions in a row the committer gives up.
        ended: is told of each transaction, as its client said what became of it, and how many messages it had.

    Attributes:
        aborts: how many transactions in a row were aborted.
    """

    def __init__(
        self,
        member: Member,
        transactions: Transactions,
        max_aborts: int,
        ended: Callable[[Outcome, int], None] = lambda *_: None,
    ) -> None:
        self._member = member
        self._transactions = transactions
        self._max_aborts = max_aborts
        self._ended = ended
        self.aborts = 0

    def open(self) -> None:
        """Fence an earlier process under the same transactional id, and end what it left open.

        Raises:
            BrokerTrouble: no coordinator answered within the bound.
        """
        self._transactions.open()

    def commit(
        self,
        messages: Sequence[Message],
        offsets: Mapping[TopicPartition, int],
        metadata: Mapping[TopicPartition, str] = NO_METADATA,
        is_written: Callable[[], bool] | None = None,
    ) -> bool:
        """Commit all of it or nothing.

        1. One transaction writes the messages and the offsets, with the member's generation as of now.
        2. When its outcome is in doubt, a new producer under the same id ends it one way or the other.
        3. The group's committed offsets then tell which, or where no offset moves, what was written.
        4. An aborted transaction is counted. The caller keeps what it wanted to commit, and tries again later.

        Args:
            messages: what to write.
            offsets: per partition the next offset to read.
            metadata: what to keep beside the offsets.
            is_written: whether a message is committed; for transactions in which no offset moves.

        Returns:
            Whether it is committed; if not, nothing is.

        Raises:
            Fenced: another process writes under the transactional id.
            BrokerTrouble: the transaction would be refused for ever, Kafka did not answer, or too many transactions
                in a row were aborted.
        """
        outcome = self._transactions.commit(messages, offsets, self._member.group_metadata(), metadata)
        self._ended(outcome, len(messages))
        match outcome:
            case Outcome.COMMITTED:
                committed = True
            case Outcome.ABORTED:
                committed = False
            case Outcome.IN_DOUBT:
                committed = self._found_committed(offsets, is_written)
        self.aborts = 0 if committed else self.aborts + 1
        if self.aborts >= self._max_aborts:
            raise BrokerTrouble(f"{self.aborts} transactions in a row were aborted; see transaction.failed in the log")
        return committed

    def close(self) -> None:
        self._transactions.close()

    def _found_committed(self, offsets: Mapping[TopicPartition, int], is_written: Callable[[], bool] | None) -> bool:
        # Of a marker, whose offset was committed before, the offsets say nothing; one more crash is needed then.
        self._transactions.open()
        committed = is_written() if is_written else self._member.has_committed(offsets)
        log.info("transaction.found_committed" if committed else "transaction.found_aborted")
        return committed
