"""What to do about a request that the cluster refuses: from its error code to resource and mend. Pure."""

from collections.abc import Collection, Iterable
from typing import NamedTuple

from confluent_kafka import KafkaError

from consumer.kafka.error_codes import MISSING_TOPIC, NOT_AUTHENTICATED, UNREACHED, UNSUPPORTED

_PRINCIPAL = "for the service's principal"
# Where an answer names no topic of its own, it is for offsets that the request says so.
_OFFSETS = "offset"
_OTHERS = {
    KafkaError.INVALID_TRANSACTION_TIMEOUT: (
        "lower KAFKA_PRODUCER_TRANSACTION_TIMEOUT_MS, or raise transaction.max.timeout.ms of the brokers"
    ),
    **dict.fromkeys(UNSUPPORTED, "the brokers are too old: Kafka 2.5 or newer is needed"),
    **dict.fromkeys(NOT_AUTHENTICATED, "correct KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD"),
}


class Asked(NamedTuple):
    """What a request was about.

    Attributes:
        written: topics that were to be written.
        read: topics that were to be read, or whose offsets were to be committed.
        made: topics that were to be made.
        group: whose member asked.
        transactional_id: under which it asked.
    """

    written: Collection[str] = ()
    read: Collection[str] = ()
    made: Collection[str] = ()
    group: str = ""
    transactional_id: str = ""


def mend(error: KafkaError, asked: Asked, said: Iterable[str] = ()) -> str:
    """What to grant or to change before the same is not refused again; empty for errors that say it themselves.

    Args:
        error: the cluster's, or the client's own.
        asked: for what.
        said: lines that the client logged with the error; some name the topic where the error does not.
    """
    return "; ".join(_mends(error, asked, said))


def explained(error: KafkaError, asked: Asked, said: Iterable[str] = (), why: str = "") -> str:
    """The error's own words, and what mends it; `why` is the reason of the client for which no broker is reached."""
    found = why if why and error.code() in UNREACHED else mend(error, asked, said)
    return f"{error.str()}; {found}" if found else error.str()


def acl(operation: str, resource: str, name: str) -> str:
    """An ACL in words, as `kafka-acls` takes its parts."""
    return f"ACL: {operation} on {resource} {name} {_PRINCIPAL}"


def _mends(error: KafkaError, asked: Asked, said: Iterable[str]) -> list[str]:
    operation, topics = _topics(error, asked, said)
    match error.code():
        case KafkaError.TOPIC_AUTHORIZATION_FAILED:
            found = [acl(operation, "topic", topic) for topic in topics]
        case KafkaError.CLUSTER_AUTHORIZATION_FAILED:
            # Since Kafka 2.8 the right to write one topic includes the right to ask for a producer id.
            found = [acl("WRITE", "topic", topic) for topic in sorted(asked.written)]
        case KafkaError.GROUP_AUTHORIZATION_FAILED:
            found = [acl("READ", "group", asked.group)]
        case KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
            found = [acl("WRITE and DESCRIBE", "transactional id", asked.transactional_id)]
        case code if code in MISSING_TOPIC:
            found = [f"make topic {topic} (`ticketstream topics create`)" for topic in topics]
        case KafkaError.MSG_SIZE_TOO_LARGE | KafkaError.RECORD_LIST_TOO_LARGE:
            found = [
                f"raise max.message.bytes of topic {topic}, and KAFKA_PRODUCER_MESSAGE_MAX_BYTES" for topic in topics
            ]
        case code:
            found = [_OTHERS[code]] if code in _OTHERS else []
    return found


def _topics(error: KafkaError, asked: Asked, said: Iterable[str]) -> tuple[str, list[str]]:
    """The operation that was refused, and on which topics: those that are named, or all that it may have been."""
    if asked.made:
        # Topics that a client may not see at all seem to be missing.
        return "CREATE, READ and WRITE", sorted(asked.made)
    is_read = not asked.written or _OFFSETS in error.str().lower()
    possible = sorted(set(asked.read if is_read else asked.written))
    # Of the partitions of one request those that were not refused themselves are named with another reason.
    reason = KafkaError(error.code()).str()
    lines = [error.str(), *(line for line in said if reason in line)]
    named = [topic for topic in possible if any(_names(line, topic) for line in lines)]
    return "READ" if is_read else "WRITE", named or possible


def _names(line: str, topic: str) -> bool:
    return any(form in line for form in (f'"{topic}"', f" {topic} [", f" {topic}: ", f"'{topic}'"))
