"""The group's offsets outside a transaction: reading them, and committing them in spite of a coordinator on its way."""

import time
from collections.abc import Collection, Mapping

import structlog
from confluent_kafka import Consumer, KafkaError, KafkaException
from confluent_kafka import TopicPartition as Place

from consumer.errors import BrokerTrouble
from consumer.kafka.records import TopicPartition

log = structlog.get_logger()

# Whoever has the partitions next reads the records again. A static member that rejoined fences what it was before.
_BETWEEN_MEMBERS = frozenset(
    {
        KafkaError.FENCED_INSTANCE_ID,
        KafkaError.ILLEGAL_GENERATION,
        KafkaError.REBALANCE_IN_PROGRESS,
        KafkaError.UNKNOWN_MEMBER_ID,
        # The client knows already that a newer member has its place; the next poll says so.
        KafkaError._FATAL,
    }
)
# A broker that has just come back reads the groups' offsets first; the client does not wait for that itself.
_COORDINATOR_COMING = frozenset(
    {
        KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
        KafkaError.COORDINATOR_NOT_AVAILABLE,
        KafkaError.NOT_COORDINATOR,
        KafkaError._WAIT_COORD,
    }
)
# Below the time in which a service that is told to stop has to have ended.
COMMIT_FOR_S = 8.0
COMMIT_PAUSE_S = 0.1


def places_of(offsets: Mapping[TopicPartition, int], notes: Mapping[TopicPartition, str]) -> list[Place]:
    """What the client commits: offsets, and the metadata of those that have any."""
    return [Place(*partition, offset, notes.get(partition, "")) for partition, offset in offsets.items()]


def noted(
    consumer: Consumer, partitions: Collection[TopicPartition], timeout_s: float
) -> dict[TopicPartition, tuple[int, str]]:
    """The group's committed offsets with their metadata; partitions without one are left out.

    Raises:
        BrokerTrouble: the group's coordinator did not answer in time.
    """
    try:
        places = consumer.committed([Place(*partition) for partition in partitions], timeout_s)
    except KafkaException as error:
        raise BrokerTrouble(f"the group's offsets could not be read: {error.args[0]}") from error
    found = [place for place in places if place.offset >= 0]
    return {(place.topic, place.partition): (place.offset, place.metadata or "") for place in found}


def commit(consumer: Consumer, offsets: Mapping[TopicPartition, int], notes: Mapping[TopicPartition, str]) -> bool:
    """Commit offsets and wait for the answer, also for a coordinator that is coming back.

    Returns:
        False when the group takes none from this member now.

    Raises:
        BrokerTrouble: they were not committed; reading them again is harmless.
    """
    # Counted from the first such answer: the client itself waits for a broker that is away.
    give_up_s: float | None = None
    while True:
        try:
            consumer.commit(offsets=places_of(offsets, notes), asynchronous=False)
        except KafkaException as error:
            code = error.args[0].code()
            if code in _BETWEEN_MEMBERS:
                log.warning("offsets.refused", code=error.args[0].name())
                return False
            give_up_s = give_up_s or time.monotonic() + COMMIT_FOR_S
            if code not in _COORDINATOR_COMING or time.monotonic() > give_up_s:
                raise BrokerTrouble(f"offsets could not be committed: {error.args[0]}") from error
            time.sleep(COMMIT_PAUSE_S)
        else:
            return True
