"""What the log says to grant or to change when the cluster refuses something."""

from typing import NamedTuple

import pytest
from confluent_kafka import KafkaError

from consumer.kafka.refusals import Asked, explained, mend

ASKED = Asked(written=["answers", "pages"], read=["tickets"], group="readers", transactional_id="readers.1")
OF_TRANSACTION = (
    "Failed to add partition(s) to transaction on broker TxnCoordinator/1: Broker: Topic authorization failed"
)
LINES = [
    'Failed to add partition "pages" [1] to transaction: Broker: Operation not attempted',
    'Failed to add partition "answers" [0] to transaction: Broker: Topic authorization failed',
]


class Case(NamedTuple):
    """An error as the client words it, and what mends it."""

    code: int
    words: str
    mend: str
    asked: Asked = ASKED
    said: tuple[str, ...] = ()


CASES = [
    Case(KafkaError.TOPIC_AUTHORIZATION_FAILED, OF_TRANSACTION, "WRITE on topic answers", said=tuple(LINES)),
    Case(KafkaError.TOPIC_AUTHORIZATION_FAILED, "Failed to commit offsets to transaction", "READ on topic tickets"),
    Case(KafkaError.TOPIC_AUTHORIZATION_FAILED, "Fetch failed", "READ on topic tickets", ASKED._replace(written=[])),
    Case(
        KafkaError.TOPIC_AUTHORIZATION_FAILED, "denied", "CREATE, READ and WRITE on topic pages", Asked(made=["pages"])
    ),
    Case(KafkaError.GROUP_AUTHORIZATION_FAILED, "refused", "READ on group readers"),
    Case(
        KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED, "refused", "WRITE and DESCRIBE on transactional id readers.1"
    ),
    Case(
        KafkaError.CLUSTER_AUTHORIZATION_FAILED, "no id", "WRITE on topic answers", ASKED._replace(written=["answers"])
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{KafkaError(case.code).name()}: {case.words[:30]}")
def test_a_refusal_names_the_acl_to_grant(case: Case) -> None:
    """One ACL, with its operation and the resource by name."""
    found = mend(KafkaError(case.code, case.words), case.asked, case.said)

    assert found == f"ACL: {case.mend} for the service's principal"


def test_where_nothing_names_the_topic_all_that_were_asked_for_are_named() -> None:
    error = KafkaError(KafkaError.TOPIC_AUTHORIZATION_FAILED, OF_TRANSACTION)

    assert mend(error, ASKED) == (
        "ACL: WRITE on topic answers for the service's principal; ACL: WRITE on topic pages for the service's principal"
    )


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (KafkaError.UNKNOWN_TOPIC_OR_PART, "topic answers (`ticketstream topics create`)"),
        (KafkaError._UNKNOWN_TOPIC, "topic answers (`ticketstream topics create`)"),
        (KafkaError.MSG_SIZE_TOO_LARGE, "max.message.bytes of topic answers"),
        (KafkaError.INVALID_TRANSACTION_TIMEOUT, "KAFKA_PRODUCER_TRANSACTION_TIMEOUT_MS"),
        (KafkaError.UNSUPPORTED_VERSION, "Kafka 2.5"),
        (KafkaError.SASL_AUTHENTICATION_FAILED, "KAFKA_SASL_PASSWORD"),
    ],
)
def test_what_no_acl_mends_names_the_mend(code: int, words: str) -> None:
    """After the error's own words."""
    error = KafkaError(code, "ProduceRequest for answers [0] with 1 message(s) failed")

    assert explained(error, ASKED).startswith(f"{error.str()}; ")
    assert words in explained(error, ASKED)
    assert "pages" not in explained(error, ASKED)


def test_an_error_that_says_it_all_is_left_as_it_is() -> None:
    assert explained(KafkaError(KafkaError._TRANSPORT, "connection refused"), ASKED) == "connection refused"
