"""Transactions that carry output and input offsets together."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from enum import Enum, auto
from functools import partial
from typing import Any

import structlog
from confluent_kafka import KafkaError, KafkaException, Producer

from consumer import crash_points, outside
from consumer.errors import BrokerTrouble, ConfigurationError, Fenced
from consumer.kafka import stuck_producer
from consumer.kafka.asking import insisted
from consumer.kafka.client_log import ClientLog
from consumer.kafka.cluster import RECONNECTING, Cluster, Properties
from consumer.kafka.error_codes import PRODUCER_FENCED, TRANSACTION_REFUSED
from consumer.kafka.offsets import NO_METADATA, client_partitions
from consumer.kafka.producer import DEFAULTS, new_producer
from consumer.kafka.records import Message, TopicPartition
from consumer.kafka.refusals import Asked, explained
from consumer.time_limit import StillRunning, within

log = structlog.get_logger()

TRANSACTION_DEFAULTS: Properties = {
    **RECONNECTING,
    # A transaction orphaned by a death blocks readers at most this long where nobody takes its place.
    "transaction.timeout.ms": 15_000,
    # What is left behind when it waits for a dead coordinator (below) looks again only when a connection comes up; an
    # idle one is closed after this time, which costs the next transaction nothing that could be measured.
    "connections.max.idle.ms": 10_000,
    # A broker refuses a transaction while it writes the markers of the one before, which takes some milliseconds; the
    # client asks again after this time. Its own 100 ms would be most of what a ticket waits.
    "retry.backoff.ms": 5,
}
INIT_TIMEOUT_S = 30.0
# Doubt is bounded well below max.poll.interval.ms, so that waiting never costs the group's membership.
RETRY_FOR_S = 20.0
# librdkafka waits for ever, whatever time it is given, for the group's coordinator that died within a transaction
# (librdkafka issues 5456 and 5511, both open). Its producer is left behind; a new one ends its transaction.
STUCK_S = 3.0
ASK_FOR_S = 5.0
# A commit this slow, or one in whose time a line was lost, may have been retried inside the client, which the broker
# protocol in use here cannot tell from a later transaction's; a new producer epoch makes that impossible.
SUSPICIOUS_AFTER_S = 3.0


class Outcome(Enum):
    """What became of a transaction."""

    COMMITTED = auto()
    ABORTED = auto()
    IN_DOUBT = auto()


class Transactions:
    """One transactional producer, made anew whenever its state is in doubt. Not thread-safe.

    Args:
        cluster: where to write.
        transactional_id: under which the broker fences earlier producers; also the client id.
        make: makes the client's producer; tests put theirs here.
        group: whose offsets are committed.
    """

    def __init__(
        self,
        cluster: Cluster,
        transactional_id: str,
        make: Callable[[dict[str, Any], ClientLog], Producer] | None = None,
        group: str = "",
    ) -> None:
        self._make = make or new_producer
        self.transactional_id = transactional_id
        self._asked = Asked(group=group, transactional_id=transactional_id)
        self._properties = transactional_properties(cluster, transactional_id)
        self._client_log = ClientLog(cluster.producer_properties)
        self._failures_known = 0
        self._timeout_s = float(self._properties["transaction.timeout.ms"]) / 1000
        self._producer: Producer | None = None

    @outside.waiting("kafka")
    def open(self) -> None:
        """Make a producer under the transactional id: an earlier producer is fenced, its open transaction aborted.

        Raises:
            BrokerTrouble: no coordinator answered within the bound.
            ConfigurationError: librdkafka refuses a property, or the brokers the transactions' timeout.
        """
        self._producer = None
        producer = self._make(self._properties, self._client_log)
        try:
            insisted(producer.init_transactions, INIT_TIMEOUT_S, lambda: self._is_hopeless(producer))
        except KafkaException as error:
            detail = explained(error.args[0], self._asked, why=self._client_log.why())
            if error.args[0].code() == KafkaError.INVALID_TRANSACTION_TIMEOUT:
                raise ConfigurationError(f"no transactional producer could be opened: {detail}") from error
            raise BrokerTrouble(f"no transactional producer could be opened: {detail}") from error
        self._producer = producer
        self._has_lost_a_line(producer)
        self._failures_known = self._client_log.failures
        crash_points.reached("init")

    @outside.waiting("kafka")
    def commit(
        self,
        messages: Sequence[Message],
        offsets: Mapping[TopicPartition, int],
        group_metadata: Any,
        metadata: Mapping[TopicPartition, str] = NO_METADATA,
    ) -> Outcome:
        """One transaction: the messages and the input offsets, or nothing.

        Args:
            messages: what to write.
            offsets: per partition the next offset to read; none when nothing was consumed for it.
            group_metadata: the consumer's, fetched for this transaction.
            metadata: what to keep beside the offsets.

        Returns:
            COMMITTED; ABORTED when nothing was written and the same may be tried again; IN_DOUBT when only
            the group's committed offsets can tell (ask after `open`).

        Raises:
            Fenced: another process writes under the transactional id.
            BrokerTrouble: the transaction would be refused for ever (authorisation, size, missing topic).
        """
        if self._producer is not None and self._has_lost_a_line(self._producer):
            # One that has lost a connection since may wait for the group's coordinator for ever, as above.
            self._recycle()
        if self._producer is None:
            self.open()
        producer = self._producer
        assert producer is not None  # noqa: S101 - open() either sets it or raises
        self._client_log.refusals.clear()
        began_s = time.monotonic()
        give_up_s = began_s + RETRY_FOR_S
        try:
            producer.begin_transaction()
            crash_points.reached("begun")
            for message in messages:
                _produce(producer, message)
            crash_points.reached("produced")
            if offsets:
                send = partial(
                    producer.send_offsets_to_transaction, client_partitions(offsets, metadata), group_metadata
                )
                within(STUCK_S, partial(_insist, send, give_up_s), "offsets")
            crash_points.reached("offsets_sent")
            within(STUCK_S + RETRY_FOR_S, partial(_insist, producer.commit_transaction, give_up_s), "commit")
        except StillRunning as error:
            log.warning("transaction.stuck", detail=str(error))
            self._producer = None
            stuck_producer.wake(producer, error.thread)
            return Outcome.IN_DOUBT
        except KafkaException as error:
            asked = self._asked._replace(
                written={message.topic for message in messages}, read={topic for topic, _ in offsets}
            )
            self._producer = None
            return self._judge(producer, error.args[0], asked, time.monotonic() - began_s)
        crash_points.reached("committed")
        if self._has_lost_a_line(producer) or time.monotonic() - began_s > SUSPICIOUS_AFTER_S:
            self._recycle()
        return Outcome.COMMITTED

    def _is_hopeless(self, producer: Producer) -> bool:
        """Whether the brokers refuse this client for a reason that waiting does not mend."""
        with suppress(KafkaException):
            # Only a poll brings what the client has logged.
            producer.poll(0)
        return self._client_log.is_hopeless

    def _recycle(self) -> None:
        log.info("producer.recycled")
        self._producer = None

    def _has_lost_a_line(self, producer: Producer) -> bool:
        """Whether one of its connections has failed, or the whole producer.

        Raises:
            Fenced: it has heard so between two transactions.
        """
        try:
            producer.poll(0)
        except KafkaException as error:
            log.warning("producer.failed", code=error.args[0].name(), detail=error.args[0].str())
            if error.args[0].code() in PRODUCER_FENCED:
                self._fenced(0.0)
            return True
        return self._client_log.failures > self._failures_known

    def _judge(self, producer: Producer, failed: KafkaError, asked: Asked, lasted_s: float) -> Outcome:
        error = _cause(producer, failed)
        if error.code() in {KafkaError._INCONSISTENT, KafkaError.TOPIC_AUTHORIZATION_FAILED}:
            refused = _refused_topics(producer, asked.written)
            self._client_log.refusals.extend(f'"{topic}": {found.str()}' for topic, found in refused.items())
            if error.code() == KafkaError._INCONSISTENT:
                error = next(iter(refused.values()), error)
        log.warning("transaction.failed", code=error.name(), detail=error.str())
        if error.code() in PRODUCER_FENCED:
            return self._fenced(lasted_s)
        if error.code() in TRANSACTION_REFUSED:
            _abort(producer)
            detail = explained(error, asked, self._client_log.refusals, self._client_log.reason)
            raise BrokerTrouble(f"the transaction would be refused for ever: {detail}")
        if not error.txn_requires_abort():
            return Outcome.IN_DOUBT
        if _abort(producer) in PRODUCER_FENCED:
            return self._fenced(lasted_s)
        return Outcome.ABORTED

    def _fenced(self, lasted_s: float) -> Outcome:
        if lasted_s >= self._timeout_s:
            # The broker ends a transaction that has outlived its time as if another process had taken the id. If
            # another process has the id indeed, the next producer here fences it.
            return Outcome.IN_DOUBT
        raise Fenced(f"another process runs as {self.transactional_id}: stop it, or give this one its own INSTANCE_ID")

    def close(self) -> None:
        self._producer = None


def transactional_properties(cluster: Cluster, transactional_id: str) -> dict[str, Any]:
    """What a transactional producer is made with."""
    return {
        **DEFAULTS,
        **TRANSACTION_DEFAULTS,
        **cluster.producer_properties,
        "bootstrap.servers": cluster.bootstrap_servers,
        "transactional.id": transactional_id,
        "client.id": transactional_id,
    }


def _produce(producer: Producer, message: Message) -> None:
    while True:
        try:
            producer.produce(message.topic, message.value, message.key, message.partition, headers=message.headers)
        except BufferError:
            producer.poll(0.05)
        except KafkaException:
            log.error("message.refused", topic=message.topic, bytes=len(message.value or b""))  # noqa: TRY400 - judged above
            raise
        else:
            return


def _insist(call: Callable[[], object], give_up_s: float) -> None:
    while True:
        try:
            call()
        except KafkaException as error:
            # The same call again resumes the same request: this is how librdkafka wants it retried.
            if not error.args[0].retriable() or time.monotonic() > give_up_s:
                raise
        else:
            return


def _cause(producer: Producer, failed: KafkaError) -> KafkaError:
    """What has really failed.

    When a transaction fails in the background, calls that find it failed say `_STATE` and no more. A producer that is
    asked for another transaction says why it cannot begin one.
    """
    if failed.code() not in {KafkaError._STATE, KafkaError._FATAL}:
        return failed
    try:
        producer.begin_transaction()
    except KafkaException as error:
        cause: KafkaError = error.args[0]
        return cause
    return failed


def _refused_topics(producer: Producer, topics: Iterable[str]) -> dict[str, KafkaError]:
    """Topics that this client may not see, or that are missing: messages to them were not even sent."""
    refused = {}
    for topic in sorted(topics):
        with suppress(KafkaException):
            found = producer.list_topics(topic, ASK_FOR_S).topics[topic].error
            if found is not None:
                refused[topic] = found
    return refused


def _abort(producer: Producer) -> int:
    """Abort the transaction; the code of the error when that failed, or 0."""
    try:
        producer.abort_transaction(RETRY_FOR_S)
    except KafkaException as error:
        # The next open() takes the same transactional id, which aborts it on the broker.
        code: int = error.args[0].code()
        log.warning("transaction.abort_failed", code=error.args[0].name())
        return code
    return KafkaError.NO_ERROR
