"""The cluster as commands see it: its topics, made and looked at, the ends of them, and who is in a group."""

import time
from collections.abc import Collection, Mapping
from typing import NamedTuple

import structlog
from confluent_kafka import Consumer, KafkaError, KafkaException
from confluent_kafka import TopicPartition as ClientPartition

from consumer.config.settings import Settings
from consumer.errors import BrokerTrouble, ConfigurationError
from consumer.kafka.asking import TIMEOUT_S, Administration, TopicState, insisted, shared_properties, watermarks
from consumer.kafka.client_log import ClientLog
from consumer.kafka.error_codes import refused_property
from consumer.kafka.records import TopicPartition
from consumer.kafka.refusals import Asked, acl, explained
from consumer.kafka.topic_making import BROKERS_DEFAULT, Making, TopicMade

log = structlog.get_logger()

# For what is nice to know and not worth waiting for.
CURIOUS_S = 3.0


class Member(NamedTuple):
    """A member of a consumer group, as the broker knows it."""

    client_id: str
    host: str


def members(settings: Settings, group: str) -> list[Member]:
    """Who is in a group now; nobody when the broker does not tell."""
    return _members(settings, group) or []


def may_have_members(settings: Settings, group: str) -> bool:
    """Whether somebody is in a group now, or the broker does not tell."""
    return _members(settings, group) != []


def partition_counts(settings: Settings) -> dict[str, int]:
    """How many partitions each existing topic has.

    Raises:
        BrokerTrouble: no broker answered.
    """
    return Administration(settings).topics()


def describe(settings: Settings, names: Collection[str]) -> dict[str, TopicState]:
    """What the cluster tells of topics that exist.

    Raises:
        BrokerTrouble: no broker answered.
    """
    asking = Administration(settings)
    return {name: asking.described(name) for name in names}


def group_operations(settings: Settings, group: str) -> frozenset[str] | None:
    """What this principal may do with a group, as Kafka names it; None when the cluster does not tell."""
    client = Administration(settings).client
    try:
        asked = client.describe_consumer_groups([group], include_authorized_operations=True, request_timeout=CURIOUS_S)
        found = asked[group].result(CURIOUS_S).authorized_operations
    except KafkaException as error:
        is_refused = error.args[0].code() == KafkaError.GROUP_AUTHORIZATION_FAILED
        return frozenset() if is_refused else None
    except TimeoutError:
        return None
    return None if not found else frozenset(operation.name for operation in found)


def or_unseen(settings: Settings, names: Collection[str]) -> str:
    """What to add where topics seem to be missing: the ACLs without which this principal would not see them.

    Returns:
        Empty when it may see all of them.

    Raises:
        BrokerTrouble: no broker answered.
    """
    acls = [acl("DESCRIBE", "topic", name) for name in Administration(settings).hidden(names)]
    return f"; or they exist and may not be seen: {'; '.join(acls)}" if acls else ""


def create(settings: Settings, partitions: int, replication: int) -> list[TopicMade]:
    """Make what is missing; what exists is left as it is. One that is refused keeps none of the others from being made.

    Raises:
        BrokerTrouble: no broker answered.
    """
    asking = Administration(settings)
    before = asking.topics()
    done = []
    for name in settings.topics.all():
        if name in before:
            done.append(TopicMade(name, before[name], existed=True))
        else:
            done.append(Making(asking, settings, name, partitions, replication).made())
    return done


def ensure(settings: Settings, topic: str, *, like: str) -> int:
    """How many partitions a topic has; if it is missing it is made with as many as another has.

    Raises:
        BrokerTrouble: no broker answered, or it refused the topic.
    """
    asking = Administration(settings)
    counts = asking.topics()
    if topic not in counts:
        made = Making(asking, settings, topic, counts.get(like, 1), BROKERS_DEFAULT).made()
        if made.problem:
            raise BrokerTrouble(f"{topic}: {made.problem}")
        for name, reason in made.left_out.items():
            log.warning("topic.property_left_out", topic=topic, property=name, reason=reason)
    give_up_s = time.monotonic() + TIMEOUT_S
    while topic not in counts:
        if time.monotonic() > give_up_s:
            raise BrokerTrouble(f"{topic} was made, and cannot be seen {TIMEOUT_S:g} s later")
        time.sleep(0.02)
        counts = asking.topics()
    return counts[topic]


def could_be_made(settings: Settings, topic: str, *, like: str) -> TopicMade:
    """What would become of a topic that is missing; nothing is made.

    Raises:
        BrokerTrouble: no broker answered.
    """
    asking = Administration(settings)
    counts = asking.topics()
    return Making(asking, settings, topic, counts.get(like, 1), BROKERS_DEFAULT).tried()


def end_offsets(settings: Settings, topic: str) -> dict[int, int]:
    """Per partition of a topic the offset that its next record will get.

    Raises:
        BrokerTrouble: the broker did not answer.
    """
    looking = reader(settings, {})
    try:
        numbers = range(partition_counts(settings).get(topic, 0))
        return {number: watermarks(looking, (topic, number), TIMEOUT_S)[1] for number in numbers}
    except KafkaException as error:
        raise BrokerTrouble(f"the end of {topic} could not be read: {why_unread(settings, topic, error)}") from error
    finally:
        looking.close()


def group_offsets(settings: Settings, group: str, partitions: Collection[TopicPartition]) -> dict[TopicPartition, int]:
    """What a group reads next, per partition; where it has committed nothing a partition is left out.

    Raises:
        BrokerTrouble: the group's coordinator did not answer.
    """
    looking = reader(settings, {"group.id": group})
    asked = [ClientPartition(*partition) for partition in partitions]
    try:
        found = insisted(lambda left_s: looking.committed(asked, left_s), TIMEOUT_S) if asked else []
        return {(each.topic, each.partition): each.offset for each in found if each.offset >= 0}
    except KafkaException as error:
        raise BrokerTrouble(f"the offsets of {group} could not be read: {error.args[0].str()}") from error
    finally:
        looking.close()


def _members(settings: Settings, group: str) -> list[Member] | None:
    client = Administration(settings).client
    try:
        found = client.describe_consumer_groups([group], request_timeout=CURIOUS_S)[group].result(CURIOUS_S)
    except (KafkaException, TimeoutError):
        return None
    return [Member(member.client_id, member.host.lstrip("/")) for member in found.members]


def reader(settings: Settings, properties: Mapping[str, str | bool | int]) -> Consumer:
    """A consumer that never joins a group: it reads what it assigns itself."""
    shared = shared_properties(settings)
    try:
        return Consumer(
            {
                **shared,
                "logger": ClientLog(shared),
                # It commits nothing. Another group would need an ACL of its own: the client looks for its coordinator.
                "group.id": settings.kafka_group_id,
                "enable.auto.commit": False,
                "fetch.wait.max.ms": 20,
                **properties,
            }
        )
    except KafkaException as error:
        raise ConfigurationError(refused_property(error)) from None


def why_unread(settings: Settings, topic: str, error: KafkaException) -> str:
    """Why a topic cannot be read, and what mends it."""
    return explained(error.args[0], Asked(read=[topic], group=settings.kafka_group_id))
