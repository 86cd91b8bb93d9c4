"""The offsets of a consumer group: read with their metadata, committed outside a transaction, compared with the log."""

import time
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import NamedTuple

import structlog
from confluent_kafka import Consumer, KafkaException
from confluent_kafka import TopicPartition as ClientPartition

from consumer import outside
from consumer.errors import BrokerTrouble
from consumer.kafka import asking
from consumer.kafka.asking import insisted
from consumer.kafka.error_codes import NOT_A_MEMBER_NOW, PASSES
from consumer.kafka.records import TopicPartition
from consumer.kafka.refusals import Asked, explained

log = structlog.get_logger()

NO_METADATA: Mapping[TopicPartition, str] = {}
READ_TIMEOUT_S = 10.0
# Below the time that a service has to stop.
COMMIT_FOR_S = 8.0
COMMIT_PAUSE_S = 0.1
# Below the time that a service has to stop, too.
LOOK_FOR_S = 3.0


class CommittedOffset(NamedTuple):
    """What the group has committed for a partition: the next offset to read, and the metadata beside it."""

    offset: int
    metadata: str


class GroupOffsets:
    """The offsets of the group in which a consumer is a member. Not thread-safe.

    Args:
        member: the consumer that is the member now.
        make: makes another consumer of the same group, which never joins.
        group: its id.
        why_unreached: says why brokers are not reached, as far as it is known.
    """

    def __init__(
        self,
        member: Callable[[], Consumer],
        make: Callable[[], Consumer],
        group: str,
        why_unreached: Callable[[], str] = str,
    ) -> None:
        self._member = member
        self._make = make
        self._group = group
        self._why_unreached = why_unreached

    def read(
        self, partitions: Collection[TopicPartition], timeout_s: float = READ_TIMEOUT_S
    ) -> dict[TopicPartition, CommittedOffset]:
        """The committed offsets with their metadata; partitions without an offset are left out.

        Raises:
            BrokerTrouble: the group's coordinator did not answer in time.
        """
        return self._read(self._member(), partitions, timeout_s)

    def committed(
        self, partitions: Collection[TopicPartition], timeout_s: float = READ_TIMEOUT_S
    ) -> dict[TopicPartition, int]:
        """The committed offsets alone; else as `read`."""
        return {partition: offset for partition, (offset, _) in self.read(partitions, timeout_s).items()}

    def has_committed(self, offsets: Mapping[TopicPartition, int]) -> bool:
        """Whether the group has committed these offsets: what became of a transaction in doubt.

        Raises:
            BrokerTrouble: the group's coordinator did not answer in time.
        """
        found = self._read_from_outside(offsets, READ_TIMEOUT_S)
        return all(partition in found and found[partition].offset >= offset for partition, offset in offsets.items())

    def replace(
        self, expected: Mapping[TopicPartition, CommittedOffset], metadata: Mapping[TopicPartition, str]
    ) -> set[TopicPartition]:
        """Commit other metadata beside offsets, where the group still has exactly what is expected.

        A transaction that is not over is waited for before the group answers. So this sets no offset back, also not
        that of a transaction whose outcome this process does not know.

        Args:
            expected: what stands there, per partition.
            metadata: what to keep beside the same offsets.

        Returns:
            The partitions whose metadata was replaced.

        Raises:
            BrokerTrouble: the group's coordinator did not answer in time, or took nothing.
        """
        found = self._read_from_outside(expected, LOOK_FOR_S)
        same = {partition: kept.offset for partition, kept in expected.items() if found.get(partition) == kept}
        return set(same) if same and self.commit(same, metadata) else set()

    @outside.waiting("kafka")
    def commit(
        self, offsets: Mapping[TopicPartition, int], metadata: Mapping[TopicPartition, str] = NO_METADATA
    ) -> bool:
        """Commit offsets outside a transaction and wait for the answer, also for a coordinator that is coming back.

        Args:
            offsets: per partition the next offset to read.
            metadata: what to keep beside the offsets.

        Returns:
            False when the group takes none from this member now, because of a rebalance or because the session has
            ended: the next polls tell which partitions are still assigned.

        Raises:
            BrokerTrouble: they were not committed; reading the records again is harmless.
        """
        # Counted from the first such answer: the client itself waits for a broker that is away.
        give_up_s: float | None = None
        while True:
            try:
                done = self._member().commit(offsets=client_partitions(offsets, metadata), asynchronous=False)
                _judge_each(done)
            except KafkaException as error:
                code = error.args[0].code()
                if code in NOT_A_MEMBER_NOW:
                    log.warning("offsets.refused", code=error.args[0].name())
                    return False
                give_up_s = give_up_s or time.monotonic() + COMMIT_FOR_S
                if code not in PASSES or time.monotonic() > give_up_s:
                    detail = self._explained(error, offsets)
                    raise BrokerTrouble(f"offsets could not be committed: {detail}") from error
                time.sleep(COMMIT_PAUSE_S)
            else:
                return True

    @outside.waiting("kafka")
    def _read_from_outside(
        self, partitions: Collection[TopicPartition], timeout_s: float
    ) -> dict[TopicPartition, CommittedOffset]:
        # A consumer that never subscribes: while a member leaves the group, it gets no answer to this question.
        asking = self._make()
        try:
            return self._read(asking, partitions, timeout_s)
        finally:
            asking.close()

    @outside.waiting("kafka")
    def _read(
        self, consumer: Consumer, partitions: Collection[TopicPartition], timeout_s: float
    ) -> dict[TopicPartition, CommittedOffset]:
        def ask(left_s: float) -> list[ClientPartition]:
            answers = consumer.committed([ClientPartition(*partition) for partition in partitions], left_s)
            _judge_each(answers)
            return answers

        try:
            answers = insisted(ask, timeout_s)
        except KafkaException as error:
            detail = self._explained(error, partitions)
            raise BrokerTrouble(f"the group's offsets could not be read: {detail}") from error
        return {
            (answer.topic, answer.partition): CommittedOffset(answer.offset, answer.metadata or "")
            for answer in answers
            if answer.offset >= 0
        }

    def _explained(self, error: KafkaException, partitions: Iterable[TopicPartition]) -> str:
        asked = Asked(read={topic for topic, _ in partitions}, group=self._group)
        return explained(error.args[0], asked, why=self._why_unreached())

    @outside.waiting("kafka")
    def watermarks(self, partition: TopicPartition, timeout_s: float) -> tuple[int, int]:
        """The low watermark of a partition's log, and the end of what is committed in it.

        Raises:
            BrokerTrouble: the partition's leader did not answer in time.
        """
        try:
            return asking.watermarks(self._member(), partition, timeout_s)
        except KafkaException as error:
            detail = self._explained(error, [partition])
            raise BrokerTrouble(f"the end of {partition[0]} could not be read: {detail}") from error


def client_partitions(
    offsets: Mapping[TopicPartition, int], metadata: Mapping[TopicPartition, str]
) -> list[ClientPartition]:
    """Offsets with their metadata, as the client takes them."""
    return [ClientPartition(*partition, offset, metadata.get(partition, "")) for partition, offset in offsets.items()]


def _judge_each(answers: Iterable[ClientPartition]) -> None:
    """Raise the error of a partition that was refused while others were not."""
    for answer in answers:
        if answer.error is not None:
            raise KafkaException(answer.error)
