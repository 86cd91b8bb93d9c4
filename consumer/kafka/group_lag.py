"""How far a group is behind, asked from outside of it: committed offsets, ends of logs, the oldest records between.

The group needs no member for that, and none is added to it.
"""

import time
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from confluent_kafka import (
    TIMESTAMP_NOT_AVAILABLE,
    Consumer,
    ConsumerGroupTopicPartitions,
    IsolationLevel,
    KafkaError,
    KafkaException,
    Message,
)
from confluent_kafka import TopicPartition as ClientPartition
from confluent_kafka.admin import OffsetSpec

from consumer.config.settings import Settings
from consumer.errors import BrokerTrouble, ConfigurationError
from consumer.kafka.asking import Administration, shared_properties
from consumer.kafka.client_log import ClientLog
from consumer.kafka.error_codes import PASSES, refused_property
from consumer.kafka.records import TopicPartition
from consumer.kafka.refusals import Asked, explained

# Of each question. A broker that answers at all answers sooner.
TIMEOUT_S = 3.0
# The client ends a question in time; its answer comes a moment later.
_ANSWER_S = 0.5
# How soon a new partition is seen.
_COUNTED_EVERY_S = 10.0
_BATCH = 100
# One batch of records is enough to know its first one. A broker sends one, however large.
_FEW_BYTES: Mapping[str, str | int | bool] = {
    "max.partition.fetch.bytes": 64 * 1024,
    "queued.min.messages": 1,
    "queued.max.messages.kbytes": 1024,
    "fetch.wait.max.ms": 20,
}


class Offsets(NamedTuple):
    """Where a group stands in one partition.

    Attributes:
        next: the offset that the group reads next: the committed one; the log's first where none is committed, or where
            the records from the committed one on were deleted.
        end: the end of what is committed in the log.
    """

    next: int
    end: int


class Oldest(NamedTuple):
    """The first record from an offset on that readers get.

    Attributes:
        offset: the record's.
        at_s: the record's time in seconds since the epoch; None when the record has none.
    """

    offset: int
    at_s: float | None


class LagReader:
    """Asks a cluster about groups. Not thread-safe; each question ends in seconds.

    Args:
        settings: where the cluster is.

    Raises:
        ConfigurationError: librdkafka refuses a property.
    """

    def __init__(self, settings: Settings) -> None:
        self._administration = Administration(settings)
        shared = shared_properties(settings)
        self._client_log = ClientLog(shared, is_silent=True)
        properties = {
            **shared,
            **self._client_log.callbacks(),
            **_FEW_BYTES,
            # It commits nothing. The client looks for the coordinator of its group, which every role may see.
            "group.id": settings.kafka_group_id,
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "auto.offset.reset": "earliest",
            "isolation.level": "read_committed",
        }
        try:
            self._reader = Consumer(properties)
        except KafkaException as error:
            raise ConfigurationError(refused_property(error, properties)) from None
        self._partitions: dict[str, list[TopicPartition]] = {}
        self._counted_s = 0.0

    def offsets(self, group: str, topics: Collection[str]) -> dict[TopicPartition, Offsets]:
        """Where a group stands in every partition of these topics.

        Raises:
            BrokerTrouble: a broker did not answer in time, or refused.
        """
        self._hear()
        try:
            partitions = self._partitions_of(topics)
            committed = self._committed(group, partitions)
            ends = self._listed(partitions, OffsetSpec.latest())
            behind = [partition for partition in partitions if committed.get(partition, 0) < ends[partition]]
            begins = self._listed(behind, OffsetSpec.earliest())
        except KafkaException as error:
            asked = Asked(read=topics, group=group)
            raise BrokerTrouble(explained(error.args[0], asked, why=self._why())) from error
        except TimeoutError as error:
            raise BrokerTrouble(f"no broker answered within {TIMEOUT_S:g} s{_because(self._why())}") from error
        return {
            partition: Offsets(max(committed.get(partition, 0), begins.get(partition, 0)), end)
            for partition, end in ends.items()
        }

    def oldest(self, begins: Mapping[TopicPartition, int]) -> dict[TopicPartition, Oldest | None]:
        """The first record of each partition from an offset on.

        Returns:
            None for a partition in which readers get nothing more up to its end; partitions that did not answer in
            time are left out.

        Raises:
            BrokerTrouble: a broker refused.
        """
        found: dict[TopicPartition, Oldest | None] = {}
        give_up_s = time.monotonic() + TIMEOUT_S
        self._reader.assign([ClientPartition(*partition, offset) for partition, offset in begins.items()])
        try:
            while len(found) < len(begins) and time.monotonic() < give_up_s:
                for message in self._reader.consume(_BATCH, 0.1):
                    self._take(message, found)
        finally:
            self._reader.unassign()
        return found

    def close(self) -> None:
        """Ask no more."""
        self._reader.close()

    def _take(self, message: Message, found: dict[TopicPartition, Oldest | None]) -> None:
        topic, number, error = message.topic() or "", message.partition() or 0, message.error()
        if error is None:
            kind, at_ms = message.timestamp()
            at_s = None if kind == TIMESTAMP_NOT_AVAILABLE else at_ms / 1000
            found.setdefault((topic, number), Oldest(message.offset() or 0, at_s))
        elif error.code() == KafkaError._PARTITION_EOF:
            found.setdefault((topic, number), None)
        elif error.code() not in PASSES:
            raise BrokerTrouble(explained(error, Asked(read=[topic]), why=self._why()))

    def _partitions_of(self, topics: Collection[str]) -> list[TopicPartition]:
        now = time.monotonic()
        if now - self._counted_s > _COUNTED_EVERY_S:
            self._partitions, self._counted_s = {}, now
        for topic in topics:
            if topic not in self._partitions:
                # The topic alone: a cluster may have thousands of them.
                described = self._reader.list_topics(topic, timeout=TIMEOUT_S).topics[topic]
                if described.error is not None:
                    raise KafkaException(described.error)
                self._partitions[topic] = [(topic, number) for number in sorted(described.partitions)]
        return [partition for topic in topics for partition in self._partitions[topic]]

    def _committed(self, group: str, partitions: Collection[TopicPartition]) -> dict[TopicPartition, int]:
        """What is committed; a transaction that is under way is not waited for."""
        asked = ConsumerGroupTopicPartitions(group, [ClientPartition(*partition) for partition in partitions])
        futures = self._administration.client.list_consumer_group_offsets([asked], request_timeout=TIMEOUT_S)
        found: dict[TopicPartition, int] = {}
        for each in _result(futures[group]).topic_partitions:
            if each.error is not None:
                raise KafkaException(each.error)
            if each.offset >= 0:
                found[each.topic, each.partition] = each.offset
        return found

    def _listed(self, partitions: Collection[TopicPartition], which: OffsetSpec) -> dict[TopicPartition, int]:
        if not partitions:
            return {}
        futures = self._administration.client.list_offsets(
            {ClientPartition(*partition): which for partition in partitions},
            isolation_level=IsolationLevel.READ_COMMITTED,
            request_timeout=TIMEOUT_S,
        )
        return {(asked.topic, asked.partition): _result(future).offset for asked, future in futures.items()}

    def _why(self) -> str:
        self._hear()
        return self._client_log.reason

    def _hear(self) -> None:
        """Take what the clients have logged: only polls bring that, and it must not pile up."""
        self._administration.client.poll(0)
        self._reader.poll(0)


def _result(future: Any) -> Any:
    return future.result(TIMEOUT_S + _ANSWER_S)


def _because(why: str) -> str:
    return f": {why}" if why else ""
