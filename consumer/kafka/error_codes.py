"""Kafka's error codes that the service tells apart, each with the reason; and what follows from them."""

import structlog
from confluent_kafka import KafkaError, KafkaException

from consumer.errors import BrokerTrouble, Fenced
from consumer.kafka.connection_errors import named_as_settings

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
# No broker was reached. Why, the client's log says.
UNREACHED = NOT_AUTHENTICATED | frozenset(
    {
        KafkaError._TRANSPORT,  # connections fail
        KafkaError._ALL_BROKERS_DOWN,  # all of them
        KafkaError._RESOLVE,  # a host has no address
        KafkaError._SSL,  # TLS failed
        KafkaError._TIMED_OUT,  # nobody answered in time
        KafkaError._TIMED_OUT_QUEUE,  # the request was not even sent
        KafkaError._MSG_TIMED_OUT,  # a message was not sent in time
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
# The same question is answered a moment later: leaders and coordinators move, brokers come back.
PASSES = COORDINATOR_NOT_READY | frozenset(
    {
        KafkaError.NOT_LEADER_FOR_PARTITION,  # the leader has just moved
        KafkaError.LEADER_NOT_AVAILABLE,  # none is chosen yet
        KafkaError.PREFERRED_LEADER_NOT_AVAILABLE,  # the same
        KafkaError.ELIGIBLE_LEADERS_NOT_AVAILABLE,  # the same
        KafkaError.REPLICA_NOT_AVAILABLE,  # the follower that was asked has gone
        KafkaError.BROKER_NOT_AVAILABLE,  # it is starting or stopping
        KafkaError.NOT_CONTROLLER,  # the controller has just moved
        KafkaError.FENCED_LEADER_EPOCH,  # the client knows an earlier leader
        KafkaError.UNKNOWN_LEADER_EPOCH,  # the broker knows an earlier leader
        KafkaError.OFFSET_NOT_AVAILABLE,  # a new leader does not know the end of its log yet
        KafkaError.UNSTABLE_OFFSET_COMMIT,  # a transaction that carries offsets is not over
        KafkaError.REQUEST_TIMED_OUT,  # the broker waited in vain for others
        KafkaError.NETWORK_EXCEPTION,  # a broker lost another one
        KafkaError.NOT_ENOUGH_REPLICAS,  # others are coming back
        KafkaError.NOT_ENOUGH_REPLICAS_AFTER_APPEND,  # the same
        KafkaError.KAFKA_STORAGE_ERROR,  # a disk failed; another broker leads soon
        KafkaError.THROTTLING_QUOTA_EXCEEDED,  # too many changes of topics at once
        KafkaError.CONCURRENT_TRANSACTIONS,  # the one before is not over
        KafkaError.REASSIGNMENT_IN_PROGRESS,  # partitions move
        KafkaError.STALE_BROKER_EPOCH,  # a broker has just come back
        KafkaError.REBOOTSTRAP_REQUIRED,  # the client has to learn the brokers anew
        KafkaError.INCONSISTENT_TOPIC_ID,  # a topic was made again, and not every broker knows
        KafkaError.UNKNOWN_TOPIC_ID,  # not every broker knows a new topic
        KafkaError.UNKNOWN_TOPIC_OR_PART,  # the same
        KafkaError._UNKNOWN_PARTITION,  # it has no leader now, or the client has not heard of it yet
        KafkaError._UNKNOWN_TOPIC,  # the client has not heard of it yet
        KafkaError._TRANSPORT,  # a connection was lost
        KafkaError._ALL_BROKERS_DOWN,  # all of them
        KafkaError._RESOLVE,  # no name server answers
        KafkaError._TIMED_OUT,  # nobody answered in time
        KafkaError._TIMED_OUT_QUEUE,  # the request was not even sent
        KafkaError._MSG_TIMED_OUT,  # the same
        KafkaError._UNKNOWN_BROKER,  # the client does not know the new leader yet
        KafkaError._OUTDATED,  # the answer came after a newer one
        KafkaError._WAIT_CACHE,  # the client is asking for metadata
        KafkaError._RETRY,  # the client says so itself
        KafkaError._DESTROY_BROKER,  # the broker was taken out of the cluster
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


def refused_property(error: KafkaException) -> str:
    """The message for a property that librdkafka does not take."""
    said = named_as_settings(error.args[0].str())
    return f"librdkafka refuses its configuration: {said}; see the KAFKA_* names of the environment"
