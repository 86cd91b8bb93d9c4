"""The cluster as commands see it: its topics, made and looked at, the ends of them, and who is in a group."""

import time
from collections.abc import Collection, Mapping
from typing import NamedTuple

import structlog
from confluent_kafka import Consumer, KafkaError, KafkaException
from confluent_kafka import TopicPartition as ClientPartition

from consumer.config.settings import Settings
from consumer.errors import BrokerTrouble, ConfigurationError
from consumer.kafka.asking import (
    TIMEOUT_S,
    Administration,
    Allowed,
    TopicState,
    insisted,
    shared_properties,
    watermarks,
)
from consumer.kafka.client_log import ClientLog
from consumer.kafka.cluster import cluster_of
from consumer.kafka.error_codes import refused_property
from consumer.kafka.records import TopicPartition
from consumer.kafka.refusals import Asked, acl, explained
from consumer.kafka.topic_making import BROKERS_DEFAULT, Making, TopicMade
from consumer.kafka.transactions import Transactions

log = structlog.get_logger()

# For what is nice to know and not worth waiting for.
CURIOUS_S = 3.0
_NOT_ITS_ID = KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED


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


def allowed(settings: Settings, topics: Collection[str], groups: Collection[str]) -> Allowed:
    """What this principal may do with these topics and groups, as far as the cluster tells.

    Raises:
        BrokerTrouble: no broker answered.
    """
    asking = Administration(settings)
    asking.topics()
    return Allowed(
        {name: asking.allowed_on_topic(name) for name in topics},
        {name: asking.allowed_in_group(name) for name in groups},
    )


def may_write_as(settings: Settings, transactional_id: str) -> bool:
    """Whether this principal may write under a transactional id; a producer that does so is fenced by it.

    Raises:
        BrokerTrouble: it cannot be found out; with the reason.
    """
    transactions = Transactions(cluster_of(settings), transactional_id, group=settings.kafka_group_id)
    try:
        transactions.open()
    except BrokerTrouble as error:
        cause = error.__cause__
        if not isinstance(cause, KafkaException) or cause.args[0].code() != _NOT_ITS_ID:
            raise
        return False
    finally:
        transactions.close()
    return True


def unseen(settings: Settings, names: Collection[str]) -> list[str]:
    """Those of these topics that this principal may not see, whether or not they exist.

    Raises:
        BrokerTrouble: no broker answered.
    """
    return Administration(settings).hidden(names)


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
