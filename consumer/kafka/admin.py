"""Topics: made as the contract says, and looked at."""

import time
from collections.abc import Mapping
from typing import Any, NamedTuple

from confluent_kafka import Consumer, KafkaError, KafkaException
from confluent_kafka import TopicPartition as ClientPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from consumer.config.settings import Settings
from consumer.errors import BrokerTrouble, ConfigurationError
from consumer.kafka.client_log import ClientLog
from consumer.kafka.error_codes import refused_property
from consumer.kafka.refusals import Asked, explained

TIMEOUT_S = 15.0
# For what is nice to know and not worth waiting for.
CURIOUS_S = 3.0
_DAY_MS = 24 * 60 * 60 * 1000
DEAD_LETTER_RETENTION_MS = 365 * _DAY_MS
BROKERS_DEFAULT = -1
# Small segments, so that little is left to read that compaction has not seen yet.
COMPACTED = {
    "cleanup.policy": "compact",
    "segment.bytes": str(4 * 1024 * 1024),
    "segment.ms": str(60 * 60 * 1000),
    "min.cleanable.dirty.ratio": "0.1",
}


class TopicMade(NamedTuple):
    """A topic after `create`: its partitions, and whether it was there before."""

    name: str
    partitions: int
    existed: bool


class Member(NamedTuple):
    """A member of a consumer group, as the broker knows it."""

    client_id: str
    host: str


def members(settings: Settings, group: str) -> list[Member]:
    """Who is in a group now; nobody when the broker does not tell."""
    client = admin_client(settings)
    try:
        found = client.describe_consumer_groups([group], request_timeout=CURIOUS_S)[group].result(CURIOUS_S)
    except (KafkaException, TimeoutError):
        return []
    return [Member(member.client_id, member.host.lstrip("/")) for member in found.members]


def partition_counts(settings: Settings) -> dict[str, int]:
    """How many partitions each existing topic has.

    Raises:
        BrokerTrouble: no broker answered.
    """
    try:
        metadata = admin_client(settings).list_topics(timeout=TIMEOUT_S)
    except KafkaException as error:
        raise BrokerTrouble(
            f"no broker answered at KAFKA_BOOTSTRAP_SERVERS={settings.kafka_bootstrap_servers} within {TIMEOUT_S:g} s:"
            f" {error.args[0].str()}; see that it runs and can be reached, and set KAFKA_SECURITY_PROTOCOL"
            " if it wants TLS or a login"
        ) from error
    return {name: len(topic.partitions) for name, topic in metadata.topics.items() if topic.error is None}


def end_offsets(settings: Settings, topic: str) -> dict[int, int]:
    """Per partition of a topic the offset that its next record will get.

    Raises:
        BrokerTrouble: the broker did not answer.
    """
    looking = reader(settings, {})
    try:
        numbers = range(partition_counts(settings).get(topic, 0))
        return {
            number: looking.get_watermark_offsets(ClientPartition(topic, number), TIMEOUT_S)[1] for number in numbers
        }
    except KafkaException as error:
        raise BrokerTrouble(f"the end of {topic} could not be read: {why_unread(settings, topic, error)}") from error
    finally:
        looking.close()


def reader(settings: Settings, properties: Mapping[str, str | bool]) -> Consumer:
    """A consumer that never joins a group: it reads what it assigns itself."""
    made_with = {
        **_shared(settings),
        # It commits nothing. Another group would need an ACL of its own: the client looks for its coordinator.
        "group.id": settings.kafka_group_id,
        "enable.auto.commit": False,
        "fetch.wait.max.ms": 20,
        **properties,
    }
    try:
        return Consumer(made_with)
    except KafkaException as error:
        raise ConfigurationError(refused_property(error, made_with)) from None


def why_unread(settings: Settings, topic: str, error: KafkaException) -> str:
    """Why a topic cannot be read, and what mends it."""
    return explained(error.args[0], Asked(read=[topic], group=settings.kafka_group_id))


def ensure(settings: Settings, topic: str, *, like: str) -> int:
    """How many partitions a topic has; if it is missing it is made with as many as another has.

    Raises:
        BrokerTrouble: no broker answered, or it refused the topic.
    """
    counts = partition_counts(settings)
    if topic not in counts:
        _make(settings, [_new(settings, topic, counts.get(like, 1), BROKERS_DEFAULT)])
    give_up_s = time.monotonic() + TIMEOUT_S
    while topic not in counts:
        if time.monotonic() > give_up_s:
            raise BrokerTrouble(f"{topic} was made, and cannot be seen {TIMEOUT_S:g} s later")
        time.sleep(0.02)
        counts = partition_counts(settings)
    return counts[topic]


def create(settings: Settings, partitions: int, replication: int) -> list[TopicMade]:
    """Make what is missing; what exists is left as it is.

    Raises:
        BrokerTrouble: no broker answered, or it refused a topic.
        ConfigurationError: more replicas than brokers were asked for.
    """
    existing = partition_counts(settings)
    wanted = settings.topics.all()
    missing = [_new(settings, name, partitions, replication) for name in wanted if name not in existing]
    _make(settings, missing)
    return [TopicMade(name, existing.get(name, partitions), name in existing) for name in wanted]


def _make(settings: Settings, topics: list[NewTopic]) -> None:
    # Held until the answers are in: the client's end cancels what it was asked for.
    client = admin_client(settings)
    for name, future in (client.create_topics(topics) if topics else {}).items():
        try:
            future.result(TIMEOUT_S)
        except KafkaException as error:
            if error.args[0].code() == KafkaError.INVALID_REPLICATION_FACTOR:
                raise ConfigurationError(
                    f"{name}: the cluster has fewer brokers than the replicas asked for; lower --replication"
                ) from error
            if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                detail = explained(error.args[0], Asked(made=[name]))
                raise BrokerTrouble(f"{name} could not be made: {detail}") from error


def _new(settings: Settings, name: str, partitions: int, replication: int) -> NewTopic:
    properties = {"cleanup.policy": "delete"}
    if name in {settings.topics.dead_letter, settings.topics.park}:
        properties["retention.ms"] = str(DEAD_LETTER_RETENTION_MS)
    if name in {settings.topics.repeats, settings.topics.marks}:
        properties |= COMPACTED
    return NewTopic(name, partitions, replication, config=properties)


def admin_client(settings: Settings) -> AdminClient:
    """A client for requests that concern the cluster.

    Raises:
        ConfigurationError: librdkafka refuses a property.
    """
    made_with = _shared(settings)
    try:
        return AdminClient(made_with)
    except KafkaException as error:
        raise ConfigurationError(refused_property(error, made_with)) from None


def _shared(settings: Settings) -> dict[str, Any]:
    """What consumers and producers have in common: how to reach the brokers, as whom, and where to log."""
    properties = settings.kafka_properties.producer
    shared = {key: value for key, value in properties.items() if key in settings.kafka_properties.consumer}
    return {**shared, "bootstrap.servers": settings.kafka_bootstrap_servers, "logger": ClientLog()}
