"""What a member of a group makes of an error that `poll` brings instead of a record."""

import structlog
from confluent_kafka import KafkaError

from consumer.errors import BrokerTrouble, Fenced

log = structlog.get_logger()

_PERMANENT = frozenset(
    {
        KafkaError.TOPIC_AUTHORIZATION_FAILED,
        KafkaError.GROUP_AUTHORIZATION_FAILED,
        KafkaError.SASL_AUTHENTICATION_FAILED,
        KafkaError._AUTHENTICATION,
    }
)
# What librdkafka says within a fatal error when a newer member has taken a static member's place.
_PLACE_TAKEN = KafkaError(KafkaError.FENCED_INSTANCE_ID).str()


def is_place_taken(error: KafkaError) -> bool:
    """Whether the group says that a newer member has this static member's place."""
    return error.code() == KafkaError._FATAL and _PLACE_TAKEN in error.str()


def judge(error: KafkaError) -> None:
    """Log an error that passes.

    Raises:
        Fenced: another process has taken our place in the group.
        BrokerTrouble: the broker refuses us for good, or the client is broken.
    """
    if is_place_taken(error):
        raise Fenced(
            "another process has this one's INSTANCE_ID or KAFKA_GROUP_INSTANCE_ID: stop it, or give this one its own"
        )
    # A fatal error comes here without its flag, and nothing would ever be read after it.
    if error.fatal() or error.code() == KafkaError._FATAL or error.code() in _PERMANENT:
        raise BrokerTrouble(f"Kafka refuses this consumer: {error.str()}")
    log.warning("consumer.error_reported", code=error.name(), detail=error.str())
