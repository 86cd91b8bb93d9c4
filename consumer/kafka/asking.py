"""Asking a broker something until it answers: one rule for everything outside of transactions."""

import time
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from typing import Any, NamedTuple, TypeVar

from confluent_kafka import Consumer, KafkaError, KafkaException, TopicCollection
from confluent_kafka import TopicPartition as ClientPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._config import ConfigResource
from confluent_kafka.admin._resource import ResourceType

from consumer.config.settings import Settings
from consumer.errors import BrokerTrouble, ConfigurationError
from consumer.kafka.client_log import ClientLog
from consumer.kafka.error_codes import PASSES, refused_property
from consumer.kafka.records import TopicPartition
from consumer.kafka.refusals import Asked, explained

T = TypeVar("T")

TIMEOUT_S = 15.0
FIRST_PAUSE_S = 0.05
LONGEST_PAUSE_S = 1.0
# A question that no broker answers ends after this time at first, so that its reason is heard; then it may take longer.
FIRST_SLICE_S = 2.0
# A leader that answers at all answers sooner.
LEADER_SLICE_S = 3.0
_MAY_NOT_SEE = frozenset({KafkaError.TOPIC_AUTHORIZATION_FAILED, KafkaError.GROUP_AUTHORIZATION_FAILED})


def insisted(question: Callable[[float], T], bound_s: float, hopeless: Callable[[], bool] = lambda: False) -> T:
    """Ask again, with growing pauses, while the answer is an error that passes, such as a leader that moves.

    Args:
        question: asks once; takes how many seconds it may take.
        bound_s: for all of it; the last question may be asked just before its end.
        hopeless: whether waiting mends nothing, such as a wrong password; asked after each error.

    Raises:
        KafkaException: the last error.
    """
    began_s = time.monotonic()
    pause_s, slice_s = FIRST_PAUSE_S, FIRST_SLICE_S
    while True:
        left_s = bound_s - (time.monotonic() - began_s)
        try:
            return question(max(0.0, min(left_s, slice_s)))
        except KafkaException as error:
            ends = time.monotonic() - began_s + pause_s >= bound_s
            if error.args[0].code() not in PASSES or ends or hopeless():
                raise
        time.sleep(pause_s)
        pause_s, slice_s = min(2 * pause_s, LONGEST_PAUSE_S), 2 * slice_s


def watermarks(client: Consumer, partition: TopicPartition, timeout_s: float) -> tuple[int, int]:
    """The low watermark of a partition's log, and its end as this client's isolation level sees it.

    Raises:
        KafkaException: the partition's leader did not answer in time.
    """
    return of_leader(
        client,
        partition[0],
        lambda left_s: client.get_watermark_offsets(ClientPartition(*partition), left_s),
        timeout_s,
    )


def of_leader(client: Consumer, topic: str, question: Callable[[float], T], timeout_s: float) -> T:
    """The answer of the leader of a partition; the client is made to look for the new one when the old one is gone.

    Raises:
        KafkaException: it did not answer in time.
    """

    def ask(left_s: float) -> T:
        try:
            return question(min(left_s, LEADER_SLICE_S))
        except KafkaException as error:
            if error.args[0].code() not in PASSES:
                raise
            # A request to a broker that died waits for it, whatever the cluster knows by now.
            with suppress(KafkaException):
                client.list_topics(topic, timeout=min(left_s, LEADER_SLICE_S))
            raise

    return insisted(ask, timeout_s)


class TopicState(NamedTuple):
    """What a cluster tells of a topic.

    Attributes:
        properties: by Kafka's names; None when this principal may not read them, or the cluster cannot tell.
        replicas: of each partition; 0 when the cluster does not tell.
        is_closed: whether this principal may not read the properties.
    """

    properties: Mapping[str, str] | None
    replicas: int
    is_closed: bool = False


class Allowed(NamedTuple):
    """What this principal may do, as Kafka names it.

    Attributes:
        topics: by name; nothing where it may not even see the topic. None where the cluster does not tell, or has none.
        groups: by name, the same way.
    """

    topics: Mapping[str, frozenset[str] | None]
    groups: Mapping[str, frozenset[str] | None]


class Administration:
    """A client for questions about the cluster, and for making topics.

    Raises:
        ConfigurationError: librdkafka refuses a property.
    """

    def __init__(self, settings: Settings) -> None:
        self._brokers = settings.kafka_bootstrap_servers
        properties = shared_properties(settings)
        # The caller is told why there is no answer.
        self._client_log = ClientLog(properties, is_silent=True)
        try:
            # Held until the answers are in: the client's end cancels what it was asked for.
            self.client = AdminClient({**properties, **self._client_log.callbacks()})
        except KafkaException as error:
            raise ConfigurationError(refused_property(error)) from None

    def topics(self, timeout_s: float = TIMEOUT_S) -> dict[str, int]:
        """How many partitions each topic has that exists and may be seen.

        Raises:
            BrokerTrouble: no broker answered; with the reason, as far as it is known.
        """
        began_s = time.monotonic()
        try:
            metadata = insisted(lambda left_s: self.client.list_topics(timeout=left_s), timeout_s, self._is_hopeless)
        except KafkaException as error:
            raise self._unreached(error, time.monotonic() - began_s) from error
        return {name: len(topic.partitions) for name, topic in metadata.topics.items() if topic.error is None}

    def hidden(self, names: Collection[str]) -> list[str]:
        """Those of these topics that this principal may not see, whether or not they exist.

        Raises:
            BrokerTrouble: no broker answered.
        """
        return [name for name in names if self._error_of(name) == KafkaError.TOPIC_AUTHORIZATION_FAILED]

    def asked(self, question: Callable[[float], T]) -> T:
        """The answer to a question, asked again while the error is one that passes.

        Raises:
            KafkaException: the last error.
        """
        return insisted(question, TIMEOUT_S, self._is_hopeless)

    def explained(self, error: KafkaError, asked: Asked) -> str:
        """An error in words, with the reason why no broker was reached."""
        return explained(error, asked, why=self._client_log.why())

    def described(self, name: str) -> TopicState:
        """What the cluster tells of a topic that exists; what it does not tell is left out."""
        properties, is_closed = self._properties_of(name)
        try:
            found = self.asked(lambda left_s: self._describe(name, left_s))
        except (KafkaException, TimeoutError):
            return TopicState(properties, 0, is_closed)
        replicas = min((len(partition.replicas) for partition in found.partitions), default=0)
        return TopicState(properties, replicas, is_closed)

    def allowed_on_topic(self, name: str) -> frozenset[str] | None:
        """What this principal may do with a topic; None where the cluster does not tell, or has no such topic."""
        return self._allowed(lambda left_s: self._describe(name, left_s))

    def allowed_in_group(self, name: str) -> frozenset[str] | None:
        """What this principal may do with a group, also with one that has no members yet."""

        def ask(left_s: float) -> Any:
            asked = self.client.describe_consumer_groups(
                [name], include_authorized_operations=True, request_timeout=left_s
            )
            return asked[name].result(left_s)

        return self._allowed(ask)

    def _allowed(self, question: Callable[[float], Any]) -> frozenset[str] | None:
        try:
            found = self.asked(question).authorized_operations
        except KafkaException as error:
            return frozenset() if error.args[0].code() in _MAY_NOT_SEE else None
        except TimeoutError:
            return None
        return frozenset(operation.name for operation in found) if found else None

    def _describe(self, name: str, left_s: float) -> Any:
        asked = self.client.describe_topics(
            TopicCollection([name]), include_authorized_operations=True, request_timeout=left_s
        )
        return asked[name].result(left_s)

    def _properties_of(self, name: str) -> tuple[dict[str, str] | None, bool]:
        resource = ConfigResource(ResourceType.TOPIC, name)
        try:
            found = self.asked(
                lambda left_s: self.client.describe_configs([resource], request_timeout=left_s)[resource].result(left_s)
            )
        except KafkaException as error:
            return None, error.args[0].code() == KafkaError.TOPIC_AUTHORIZATION_FAILED
        except TimeoutError:
            return None, False
        return {key: entry.value for key, entry in found.items() if entry.value is not None}, False

    def _error_of(self, name: str) -> int:
        began_s = time.monotonic()
        try:
            found = self.asked(lambda left_s: self.client.list_topics(name, timeout=left_s)).topics[name].error
        except KafkaException as error:
            raise self._unreached(error, time.monotonic() - began_s) from error
        return KafkaError.NO_ERROR if found is None else int(found.code())

    def _is_hopeless(self) -> bool:
        # Only a poll brings what the client has logged.
        self.client.poll(0)
        return self._client_log.is_hopeless

    def _unreached(self, error: KafkaException, waited_s: float) -> BrokerTrouble:
        why = self._client_log.why() or (
            f"{error.args[0].str()}; see that it runs and can be reached, and set KAFKA_SECURITY_PROTOCOL"
            " if it wants TLS or a login"
        )
        return BrokerTrouble(
            f"no broker answered at KAFKA_BOOTSTRAP_SERVERS={self._brokers} within {waited_s:.0f} s: {why}"
        )


def shared_properties(settings: Settings) -> dict[str, Any]:
    """What consumers and producers have in common: how to reach the brokers, and as whom."""
    properties = settings.kafka_properties.producer
    shared = {key: value for key, value in properties.items() if key in settings.kafka_properties.consumer}
    return {**shared, "bootstrap.servers": settings.kafka_bootstrap_servers}
