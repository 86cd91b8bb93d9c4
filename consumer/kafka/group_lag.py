"""How far a group is behind, asked from outside of it: committed offsets, ends of logs, the oldest records between.

The group needs no member for that, and none is added to it. Consumers ask, and no administrative client: librdkafka
2.16 ends the process by an assertion (`eonce->refcnt > 0`) where the time limit of such a question about a group passes
while no broker is reached.
"""

import time
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from confluent_kafka import (
    OFFSET_BEGINNING,
    OFFSET_END,
    TIMESTAMP_NOT_AVAILABLE,
    Consumer,
    KafkaError,
    KafkaException,
    Message,
)
from confluent_kafka import TopicPartition as ClientPartition

from consumer.config.settings import Settings
from consumer.errors import BrokerTrouble, ConfigurationError
from consumer.kafka.asking import shared_properties
from consumer.kafka.client_log import ClientLog
from consumer.kafka.error_codes import PASSES, READ_REFUSED, refused_property
from consumer.kafka.records import TopicPartition
from consumer.kafka.refusals import Asked, explained

# A broker that answers at all answers sooner.
TIMEOUT_S = 3.0
# How soon a new partition is seen.
_COUNTED_EVERY_S = 10.0
# One batch of records is enough to know its first one. A broker sends one, however large.
_FEW_BYTES: Mapping[str, str | int | bool] = {
    "max.partition.fetch.bytes": 64 * 1024,
    "queued.min.messages": 1,
    "queued.max.messages.kbytes": 1024,
    # Once that much is queued the client fetches nothing for this long, of no partition: by default a second.
    "fetch.queue.backoff.ms": 10,
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
        timeout_s: of each question.

    Raises:
        ConfigurationError: librdkafka refuses a property.
    """

    def __init__(self, settings: Settings, timeout_s: float = TIMEOUT_S) -> None:
        self._timeout_s = timeout_s
        self._properties = shared_properties(settings)
        self._client_log = ClientLog(self._properties, is_silent=True)
        # Every role may see this group, whose coordinator the client looks for.
        self._reader = self._made(settings.kafka_group_id, "read_committed")
        self._of_groups: dict[str, Consumer] = {}
        # A coordinator that refuses is looked for again and again, and the question itself ends in time alone.
        self._refusals: dict[str, KafkaError] = {}
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
            ends = self._ends(partitions, OFFSET_END)
            behind = [partition for partition in partitions if committed.get(partition, 0) < ends[partition]]
            begins = self._ends(behind, OFFSET_BEGINNING)
        except KafkaException as error:
            why = self._why()
            said = self._refusals.get(group, error.args[0])
            detail = explained(said, Asked(read=topics, group=group), why=why)
            raise BrokerTrouble(f"the offsets of {group} could not be read: {detail}") from error
        self._refusals.pop(group, None)
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
        give_up_s = time.monotonic() + self._timeout_s
        try:
            self._reader.assign([ClientPartition(*partition, offset) for partition, offset in begins.items()])
            while len(found) < len(begins) and time.monotonic() < give_up_s:
                message = self._reader.poll(0.1)
                if message is not None:
                    self._take(message, found)
            self._reader.unassign()
        except KafkaException as error:
            raise BrokerTrouble(explained(error.args[0], Asked(), why=self._why())) from error
        return found

    def close(self) -> None:
        """Ask no more."""
        for client in (self._reader, *self._of_groups.values()):
            client.close()

    def _made(self, group: str, isolation: str) -> Consumer:
        properties = {
            **self._properties,
            **self._client_log.callbacks(),
            **_FEW_BYTES,
            "group.id": group,
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "auto.offset.reset": "earliest",
            "isolation.level": isolation,
        }
        try:
            return Consumer(properties)
        except KafkaException as error:
            raise ConfigurationError(refused_property(error, properties)) from None

    def _take(self, message: Message, found: dict[TopicPartition, Oldest | None]) -> None:
        topic, number, error = message.topic() or "", message.partition() or 0, message.error()
        if error is None:
            kind, at_ms = message.timestamp()
            at_s = None if kind == TIMESTAMP_NOT_AVAILABLE else at_ms / 1000
            found.setdefault((topic, number), Oldest(message.offset() or 0, at_s))
            # What else was fetched of it goes, and the others are fetched sooner.
            self._reader.incremental_unassign([ClientPartition(topic, number)])
        elif error.code() == KafkaError._PARTITION_EOF:
            found.setdefault((topic, number), None)
        elif topic and error.code() not in PASSES:
            raise BrokerTrouble(explained(error, Asked(read=[topic]), why=self._why()))

    def _partitions_of(self, topics: Collection[str]) -> list[TopicPartition]:
        now = time.monotonic()
        if now - self._counted_s > _COUNTED_EVERY_S:
            self._partitions, self._counted_s = {}, now
        for topic in topics:
            if topic not in self._partitions:
                # The topic alone: a cluster may have thousands of them.
                described = self._reader.list_topics(topic, timeout=self._timeout_s).topics[topic]
                if described.error is not None:
                    raise KafkaException(described.error)
                self._partitions[topic] = [(topic, number) for number in sorted(described.partitions)]
        return [partition for topic in topics for partition in self._partitions[topic]]

    def _committed(self, group: str, partitions: Collection[TopicPartition]) -> dict[TopicPartition, int]:
        if group not in self._of_groups:
            # As readers of committed records ask, they wait for a transaction that is under way, and one mostly is.
            self._of_groups[group] = self._made(group, "read_uncommitted")
        asked = [ClientPartition(*partition) for partition in partitions]
        found = _judged(self._of_groups[group].committed(asked, self._timeout_s))
        return {partition: offset for partition, offset in found.items() if offset >= 0}

    def _ends(self, partitions: Collection[TopicPartition], which: int) -> dict[TopicPartition, int]:
        """The first or the last offset of each partition: all in one question, which only questions of times are."""
        asked = [ClientPartition(*partition, which) for partition in partitions]
        return _judged(self._reader.offsets_for_times(asked, self._timeout_s)) if asked else {}

    def _why(self) -> str:
        self._hear()
        return self._client_log.reason

    def _hear(self) -> None:
        """Take what the clients have logged: only polls bring that, and it must not pile up."""
        self._reader.poll(0)
        for group, client in self._of_groups.items():
            message = client.poll(0)
            error = message.error() if message is not None else None
            if error is not None and error.code() in READ_REFUSED:
                self._refusals[group] = error


def _judged(answers: Iterable[ClientPartition]) -> dict[TopicPartition, int]:
    """The offsets; an error of one partition is raised."""
    found: dict[TopicPartition, int] = {}
    for answer in answers:
        if answer.error is not None:
            raise KafkaException(answer.error)
        found[answer.topic, answer.partition] = answer.offset
    return found
