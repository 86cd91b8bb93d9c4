"""Turns the environment's `KAFKA_<PROPERTY>` names into librdkafka properties."""

from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from typing import NamedTuple

from consumer.config.librdkafka_names import ALIASES, PROPERTIES
from consumer.config.names import is_of_a_service
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
# What other programs call the brokers.
_BROKERS = frozenset({"broker", "brokers", "broker.list", "host", "hosts", "servers", "url", "urls"})
# What is left out of a property's name.
_ENDINGS = (".ms", ".id", ".type", ".servers", ".bytes")
# How alike a name that is no property must be to one that is, from 0 to 1.
_ALIKE = 0.85


class UnknownProperty(NamedTuple):
    """A name that names no property of librdkafka, and the one that was likely meant; empty when none is."""

    name: str
    likely: str

    def __str__(self) -> str:
        meant = f"did you mean {self.likely}?" if self.likely else "another program's, it seems"
        return f"{self.name} is no property of librdkafka, and is ignored; {meant}"


class KafkaProperties(NamedTuple):
    """The librdkafka properties of consumers and of producers, and the names that are none.

    Attributes:
        consumer: properties of consumers.
        producer: properties of producers.
        ignored: names that Kubernetes or Docker sets for a service called kafka.
        unknown: other names that name no property.
    """

    consumer: dict[str, str]
    producer: dict[str, str]
    ignored: tuple[str, ...]
    unknown: tuple[UnknownProperty, ...] = ()


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
    unknown: list[UnknownProperty] = []
    ours = {*settings, *(f"{name}_FILE" for name in settings)}
    # This order lets KAFKA_CONSUMER_X override KAFKA_X, and a value override a file.
    for name in sorted((n for n in names if n.startswith("KAFKA_") and n not in ours), key=_specificity):
        value = names[name]
        if is_of_a_service(name, value):
            ignored.append(name)
            continue
        targets, key = _target(name)
        if key.endswith(".file") and key.removesuffix(".file") in SECRETS:
            key, value = key.removesuffix(".file"), read_secret(name, value)
        if key not in PROPERTIES:
            unknown.append(UnknownProperty(name, _likely(name, key, ours)))
            continue
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
    return KafkaProperties(consumer, producer, tuple(sorted(ignored)), tuple(sorted(unknown)))


def names_in(message: str, properties: Iterable[str]) -> list[str]:
    """The settings of those of these properties that a message of librdkafka quotes, under whichever name."""
    return [
        f"KAFKA_{key.upper().replace('.', '_')}"
        for key in sorted(properties)
        if any(f"{quote}{name}{quote}" in message for name in {key, ALIASES.get(key, key)} for quote in '"`')
    ]


def _specificity(name: str) -> tuple[bool, bool, str]:
    return name.startswith(("KAFKA_CONSUMER_", "KAFKA_PRODUCER_")), not name.endswith("_FILE"), name


def _likely(name: str, key: str, settings: Iterable[str]) -> str:
    """The name that was likely meant by one whose `key` is no property; empty when there is none."""
    possible = PROPERTIES | {f"{secret}.file" for secret in SECRETS}
    longer = [key + ending for ending in _ENDINGS if key + ending in possible]
    meant = (longer or get_close_matches(key, sorted(possible), 1, _ALIKE) or [""])[0]
    if key in _BROKERS:
        meant = "bootstrap.servers"
    if not meant:
        return (get_close_matches(name, sorted(settings), 1, _ALIKE) or [""])[0]
    if meant in OURS:
        return OURS[meant]
    return name.removesuffix(key.upper().replace(".", "_")) + meant.upper().replace(".", "_")


def _target(name: str) -> tuple[set[str], str]:
    for role in ("consumer", "producer"):
        prefix = f"KAFKA_{role.upper()}_"
        if name.startswith(prefix):
            return {role}, name.removeprefix(prefix).lower().replace("_", ".")
    key = name.removeprefix("KAFKA_").lower().replace("_", ".")
    if key in CONSUMER_ONLY:
        return {"consumer"}, key
    return ({"producer"}, key) if key in PRODUCER_ONLY else ({"consumer", "producer"}, key)
