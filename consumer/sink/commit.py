"""What the sink writes to Kafka: offsets, the notes beside them and dead letters, together in one transaction."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from consumer.bad_records.dead_letter import dead_letter
from consumer.kafka.consumer import GroupConsumer
from consumer.kafka.records import Message, Record, TopicPartition
from consumer.kafka.transactions import Outcome, Transactions
from consumer.sink.batch import Dead


class DeadLetterWriter(NamedTuple):
    """What every dead letter of the sink is written with."""

    topic: str
    group: str
    service_version: str


class SinkCommit:
    """Commits what one member of the sink's group has done; offsets alone too, and the marks of `Quarantine`.

    So that one mechanism waits for a coordinator that is on its way back.
    """

    def __init__(self, group_consumer: GroupConsumer, transactions: Transactions, letters: DeadLetterWriter) -> None:
        self._in = group_consumer
        self._transactions = transactions
        self._letters = letters

    def commit(
        self,
        offsets: Mapping[TopicPartition, int],
        notes: Mapping[TopicPartition, str],
        dead: Collection[Dead] = (),
    ) -> bool:
        """Whether all of it is committed; if not, nothing is.

        Raises:
            BrokerTrouble: Kafka would refuse it for ever, or did not answer.
            Fenced: another process has taken our place.
        """
        match self._transactions.commit(self._messages(dead), offsets, self._in.group_metadata(), notes):
            case Outcome.COMMITTED:
                return True
            case Outcome.ABORTED:
                return False
            case Outcome.IN_DOUBT:
                self._transactions.open()
                # Of a mark, whose offset was committed before, this says nothing; without it one more death is needed.
                return self._in.has_committed(offsets)

    def noted(self, partitions: Collection[TopicPartition], timeout_s: float) -> dict[TopicPartition, tuple[int, str]]:
        """As `GroupConsumer.noted`."""
        return self._in.noted(partitions, timeout_s)

    def give_back(self, records: list[Record]) -> None:
        """As `GroupConsumer.give_back`."""
        self._in.give_back(records)

    def _messages(self, dead: Collection[Dead]) -> list[Message]:
        topic, group, service_version = self._letters
        now = datetime.now(UTC)
        return [dead_letter(*each, topic=topic, group=group, service_version=service_version, now=now) for each in dead]
