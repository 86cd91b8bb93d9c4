"""Turns the environment's `KAFKA_<PROPERTY>` names into librdkafka properties."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from consumer.errors import ConfigurationError

PROMISED = frozenset(
    {
        "acks",
        "enable.auto.commit",
        "enable.auto.offset.store",
        "enable.idempotence",
        "isolation.level",
        "request.required.acks",
        "transactional.id",
    }
)
# Properties that the service sets itself, each with the setting that it is made from.
OURS = {
    "bootstrap.servers": "KAFKA_BOOTSTRAP_SERVERS",
    "client.id": "INSTANCE_ID",
    "group.id": "KAFKA_GROUP_ID",
    "metadata.broker.list": "KAFKA_BOOTSTRAP_SERVERS",
}
# librdkafka warns at every start about a consumer property in a producer.
CONSUMER_ONLY = frozenset(
    {
        "auto.offset.reset",
        "fetch.max.bytes",
        "fetch.min.bytes",
        "fetch.wait.max.ms",
        "group.instance.id",
        "group.protocol",
        "heartbeat.interval.ms",
        "max.partition.fetch.bytes",
        "max.poll.interval.ms",
        "partition.assignment.strategy",
        "queued.max.messages.kbytes",
        "session.timeout.ms",
    }
)
PRODUCER_ONLY = frozenset(
    {"batch.size", "compression.type", "linger.ms", "message.timeout.ms", "partitioner", "transaction.timeout.ms"}
)
# These may also come from the file that `<NAME>_FILE` names. Others may not: librdkafka has properties that end in
# `.file`.
SECRETS = frozenset(
    {
        "sasl.oauthbearer.assertion.private.key.passphrase",
        "sasl.oauthbearer.assertion.private.key.pem",
        "sasl.oauthbearer.client.secret",
        "sasl.password",
        "ssl.key.password",
        "ssl.key.pem",
        "ssl.keystore.password",
    }
)
# Names that Kubernetes injects into every container beside a service called "kafka", "kafka-ui" and the like.
_INJECTED = re.compile(
    r"^KAFKA_(\w+_)?(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT|PORT_\d+_(TCP|UDP|SCTP)(_(ADDR|PORT|PROTO))?)$"
)


class KafkaProperties(NamedTuple):
    """The librdkafka properties of consumers and of producers, and the names that were ignored as injected."""

    consumer: dict[str, str]
    producer: dict[str, str]
    ignored: tuple[str, ...]


def parse_kafka_properties(
    names: Mapping[str, str], settings: Iterable[str], read_secret: Callable[[str, str], str]
) -> KafkaProperties:
    """Sort the `KAFKA_*` names into consumer and producer properties.

    Args:
        names: the environment.
        settings: upper-case names of the service's own settings, which are no properties.
        read_secret: returns the content of a secret file, given the name `<NAME>_FILE` and its path.

    Raises:
        ConfigurationError: a property would break the delivery promise.
    """
    consumer: dict[str, str] = {}
    producer: dict[str, str] = {}
    ignored: list[str] = []
    ours = {*settings, *(f"{name}_FILE" for name in settings)}
    # This order lets KAFKA_CONSUMER_X override KAFKA_X, and a value override a file.
    for name in sorted((n for n in names if n.startswith("KAFKA_") and n not in ours), key=_specificity):
        if _INJECTED.match(name):
            ignored.append(name)
            continue
        targets, key = _target(name)
        value = names[name]
        if key.endswith(".file") and key.removesuffix(".file") in SECRETS:
            key, value = key.removesuffix(".file"), read_secret(name, value)
        if key in PROMISED:
            raise ConfigurationError(
                f"{name} sets {key}, which exactly-once delivery needs as it is; remove it from the environment"
            )
        if key in OURS:
            raise ConfigurationError(f"{name} sets {key}, which the service makes from {OURS[key]}; set that instead")
        if "consumer" in targets:
            consumer[key] = value
        if "producer" in targets:
            producer[key] = value
    return KafkaProperties(consumer, producer, tuple(sorted(ignored)))


def _specificity(name: str) -> tuple[bool, bool, str]:
    return name.startswith(("KAFKA_CONSUMER_", "KAFKA_PRODUCER_")), not name.endswith("_FILE"), name


def _target(name: str) -> tuple[set[str], str]:
    for role in ("consumer", "producer"):
        prefix = f"KAFKA_{role.upper()}_"
        if name.startswith(prefix):
            return {role}, name.removeprefix(prefix).lower().replace("_", ".")
    key = name.removeprefix("KAFKA_").lower().replace("_", ".")
    if key in CONSUMER_ONLY:
        return {"consumer"}, key
    return ({"producer"}, key) if key in PRODUCER_ONLY else ({"consumer", "producer"}, key)
