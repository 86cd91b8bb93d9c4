"""Whether librdkafka and the brokers take the properties of the settings, asked before any work is done."""

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient
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
    allowed_ms = _allowed_ms(Administration(settings).client)
    if allowed_ms is not None and wanted_ms > allowed_ms:
        raise ConfigurationError(
            f"KAFKA_TRANSACTION_TIMEOUT_MS={wanted_ms} is above {_MAX_TIMEOUT}={allowed_ms} of the brokers:"
            " lower the first, or raise the second"
        )


def _allowed_ms(client: AdminClient) -> int | None:
    """What the brokers allow; None when they do not tell, which takes a right of its own."""
    try:
        brokers = client.list_topics(timeout=CURIOUS_S).brokers
        resource = ConfigResource(ConfigResource.Type.BROKER, str(min(brokers)))
        found = client.describe_configs([resource], request_timeout=CURIOUS_S)[resource].result(CURIOUS_S)
        return int(found[_MAX_TIMEOUT].value)
    except (KafkaException, KeyError, TimeoutError, TypeError, ValueError):
        return None
