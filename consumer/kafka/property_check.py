"""Whether librdkafka and the brokers take the properties of the settings, asked before any work is done."""

from confluent_kafka import KafkaException
from confluent_kafka.admin._config import ConfigResource

from consumer.config.settings import Settings
from consumer.errors import ConfigurationError
from consumer.kafka.admin import CURIOUS_S
from consumer.kafka.asking import Administration
from consumer.kafka.client_log import ClientLog
from consumer.kafka.cluster import cluster_of
from consumer.kafka.consumer import GroupConsumer
from consumer.kafka.producer import new_producer
from consumer.kafka.transactions import transactional_properties

_MAX_TIMEOUT = "transaction.max.timeout.ms"
_LIMITS = (_MAX_TIMEOUT, "group.min.session.timeout.ms", "group.max.session.timeout.ms")
# Whether the brokers can be reached is not asked here.
_QUIET = {"log_level": "0"}


def check_properties(settings: Settings) -> None:
    """Make a consumer and a producer as the service makes them, without a word to the group.

    Raises:
        ConfigurationError: librdkafka refuses a property, or two of them together.
    """
    cluster, group = cluster_of(settings), settings.kafka_group_id
    quiet = cluster._replace(
        consumer_properties={**cluster.consumer_properties, **_QUIET},
        producer_properties={**cluster.producer_properties, **_QUIET},
    )
    GroupConsumer(quiet, group, "doctor").close()
    new_producer(transactional_properties(quiet, f"{group}.doctor"), ClientLog())


def check_transaction_timeout(settings: Settings) -> None:
    """Compare the transactions' timeout with what the brokers allow, where they tell.

    Raises:
        ConfigurationError: it is above that: no transaction could be opened.
    """
    wanted_ms = int(transactional_properties(cluster_of(settings), "")["transaction.timeout.ms"])
    allowed_ms = limits_of_brokers(settings).get(_MAX_TIMEOUT)
    if allowed_ms is not None and wanted_ms > allowed_ms:
        raise ConfigurationError(
            f"KAFKA_TRANSACTION_TIMEOUT_MS={wanted_ms} is above {_MAX_TIMEOUT}={allowed_ms} of the brokers:"
            " lower the first, or raise the second"
        )


def limits_of_brokers(settings: Settings) -> dict[str, int]:
    """The bounds of times that the brokers set, by Kafka's names; empty when they do not tell, which takes a right."""
    client = Administration(settings).client
    try:
        brokers = client.list_topics(timeout=CURIOUS_S).brokers
        resource = ConfigResource(ConfigResource.Type.BROKER, str(min(brokers)))
        found = client.describe_configs([resource], request_timeout=CURIOUS_S)[resource].result(CURIOUS_S)
    except (KafkaException, TimeoutError, ValueError):
        return {}
    values = {name: found[name].value for name in _LIMITS if name in found}
    return {name: int(value) for name, value in values.items() if value and value.isdecimal()}
