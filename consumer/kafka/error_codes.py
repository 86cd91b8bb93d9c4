"""Kafka's error codes that the service tells apart, each with the reason; and what follows from them."""

from collections.abc import Mapping

import structlog
from confluent_kafka import KafkaError, KafkaException

from consumer.config.kafka_properties import names_in
from consumer.errors import BrokerTrouble, Fenced

log = structlog.get_logger()

# Another producer has taken this transactional id.
PRODUCER_FENCED = frozenset(
    {
        KafkaError._FENCED,  # the client found out by itself
        KafkaError.PRODUCER_FENCED,  # the broker knows a newer epoch
        KafkaError.INVALID_PRODUCER_EPOCH,  # the same, from brokers before 2.5
    }
)
MISSING_TOPIC = frozenset(
    {
        KafkaError.UNKNOWN_TOPIC_OR_PART,  # there is none, or this client may not see it
        KafkaError._UNKNOWN_TOPIC,  # the same, found out by the client
        KafkaError._UNKNOWN_PARTITION,  # it has fewer partitions
    }
)
NOT_AUTHENTICATED = frozenset(
    {
        KafkaError.SASL_AUTHENTICATION_FAILED,  # the broker refuses the credentials
        KafkaError._AUTHENTICATION,  # the same, found out by the client
    }
)
UNSUPPORTED = frozenset(
    {
        KafkaError.UNSUPPORTED_VERSION,  # of a request
        KafkaError.UNSUPPORTED_FOR_MESSAGE_FORMAT,  # the topic keeps messages in a format without transactions
        KafkaError._UNSUPPORTED_FEATURE,  # the client found out that no broker can do it
    }
)
# The same transaction would be refused again, however often it is tried.
TRANSACTION_REFUSED = (
    MISSING_TOPIC
    | UNSUPPORTED
    | frozenset(
        {
            KafkaError.TOPIC_AUTHORIZATION_FAILED,  # no WRITE on an output topic
            KafkaError.GROUP_AUTHORIZATION_FAILED,  # no READ on the group whose offsets it carries
            KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,  # no WRITE on the transactional id
            KafkaError.CLUSTER_AUTHORIZATION_FAILED,  # no IDEMPOTENT_WRITE on the cluster
            KafkaError.MSG_SIZE_TOO_LARGE,  # over message.max.bytes of the client or the topic
            KafkaError.RECORD_LIST_TOO_LARGE,  # over the segment size of the topic
            KafkaError.POLICY_VIOLATION,  # a rule of the cluster's own
        }
    )
)
# The same read would be refused again.
READ_REFUSED = (
    NOT_AUTHENTICATED
    | UNSUPPORTED
    | frozenset(
        {
            KafkaError.TOPIC_AUTHORIZATION_FAILED,  # no READ on an input topic
            KafkaError.GROUP_AUTHORIZATION_FAILED,  # no READ on the group
        }
    )
)
# The group takes no offsets from this member now. The next owner of the partitions reads the records again.
NOT_A_MEMBER_NOW = frozenset(
    {
        KafkaError.FENCED_INSTANCE_ID,  # a static member that rejoined fences what it was before
        KafkaError.ILLEGAL_GENERATION,  # a rebalance is over, and this member was not part of it
        KafkaError.REBALANCE_IN_PROGRESS,  # one is under way
        KafkaError.UNKNOWN_MEMBER_ID,  # the session of this member has ended
        KafkaError._FATAL,  # the client knows that a newer member has its place; the next poll says so
    }
)
# A broker that has just come back reads the groups' offsets first; the client does not wait for that itself.
COORDINATOR_NOT_READY = frozenset(
    {
        KafkaError.COORDINATOR_LOAD_IN_PROGRESS,  # it reads the offsets
        KafkaError.COORDINATOR_NOT_AVAILABLE,  # none is chosen yet
        KafkaError.NOT_COORDINATOR,  # it has just moved
        KafkaError._WAIT_COORD,  # the client is looking for it
    }
)
# What librdkafka says within a fatal error when a newer member has taken a static member's place.
_MEMBER_FENCED = KafkaError(KafkaError.FENCED_INSTANCE_ID).str()


def is_member_fenced(error: KafkaError) -> bool:
    """Whether the group says that a newer member has this static member's place."""
    return error.code() == KafkaError._FATAL and _MEMBER_FENCED in error.str()


def judge_poll_error(error: KafkaError, detail: str) -> None:
    """Log an error that passes.

    Args:
        error: that a poll brought instead of a record.
        detail: the error in words, with what mends it.

    Raises:
        Fenced: another process has this member's place in the group.
        BrokerTrouble: the broker refuses this consumer for good, or the client is broken.
    """
    if is_member_fenced(error):
        raise Fenced(
            "another process has this one's INSTANCE_ID or KAFKA_GROUP_INSTANCE_ID: stop it, or give this one its own"
        )
    # A fatal error comes here without its flag, and nothing would ever be read after it.
    if error.fatal() or error.code() == KafkaError._FATAL or error.code() in READ_REFUSED:
        raise BrokerTrouble(f"Kafka refuses this consumer: {detail}")
    log.warning("consumer.error_reported", code=error.name(), detail=detail)


def refused_property(error: KafkaException, properties: Mapping[str, object]) -> str:
    """The message for a property that librdkafka does not take, with the settings that give it.

    Args:
        error: librdkafka's.
        properties: what the client was to be made with.
    """
    said = error.args[0].str().strip()
    names = " or ".join(names_in(said, properties)) or "the KAFKA_* names of the environment"
    return f"librdkafka refuses its configuration: {said}; correct {names}"
