"""Writing to Kafka: transactions that carry output and input offsets together, and plain producing."""

import time
from collections.abc import Callable, Mapping, Sequence
from enum import Enum, auto
from functools import partial
from typing import Any

import structlog
from confluent_kafka import KafkaError, KafkaException, Producer

from consumer import crash_points
from consumer.errors import BrokerTrouble, ConfigurationError, Fenced
from consumer.kafka import stuck_producer
from consumer.kafka.client_log import ClientLog
from consumer.kafka.consumer import NO_NOTES, RECONNECTING, refused_property
from consumer.kafka.offsets import places_of
from consumer.kafka.records import Message, TopicPartition
from consumer.time_limit import StillRunning, within

log = structlog.get_logger()

DEFAULTS: Mapping[str, str | int | bool] = {
    **RECONNECTING,
    "linger.ms": 5,
    "compression.type": "lz4",
    # What Java clients use; librdkafka's own default would spread the same keys differently.
    "partitioner": "murmur2_random",
}
TRANSACTION_DEFAULTS: Mapping[str, str | int | bool] = {
    **RECONNECTING,
    # A transaction orphaned by a death blocks readers at most this long where nobody takes its place.
    "transaction.timeout.ms": 15_000,
    # What is left behind when it waits for a dead coordinator (below) looks again only when a connection comes up; an
    # idle one is closed after this time, which costs the next transaction nothing that could be measured.
    "connections.max.idle.ms": 10_000,
}
INIT_TIMEOUT_S = 30.0
# Doubt is bounded well below max.poll.interval.ms, so that waiting never costs the group's membership.
RETRY_FOR_S = 20.0
# librdkafka waits for ever, whatever time it is given, for the group's coordinator that died within a transaction
# (librdkafka issues 5456 and 5511, both open). Its producer is left behind; a new one ends its transaction.
STUCK_S = 3.0
# A commit this slow, or one in whose time a line was lost, may have been retried inside the client, which the broker
# protocol in use here cannot tell from a later transaction's; a new producer epoch makes that impossible.
SUSPICIOUS_AFTER_S = 3.0
OFFER_POLL_S = 0.1
_FENCED = frozenset({KafkaError._FENCED, KafkaError.PRODUCER_FENCED, KafkaError.INVALID_PRODUCER_EPOCH})
_PERMANENT = frozenset(
    {
        KafkaError.TOPIC_AUTHORIZATION_FAILED,
        KafkaError.GROUP_AUTHORIZATION_FAILED,
        KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
        KafkaError.CLUSTER_AUTHORIZATION_FAILED,
        KafkaError.MSG_SIZE_TOO_LARGE,
        KafkaError.RECORD_LIST_TOO_LARGE,
        KafkaError.UNKNOWN_TOPIC_OR_PART,
        KafkaError._UNKNOWN_TOPIC,
    }
)


class Outcome(Enum):
    """What became of a transaction."""

    COMMITTED = auto()
    ABORTED = auto()
    IN_DOUBT = auto()


class Transactions:
    """One transactional producer, made anew whenever its state is in doubt. Not thread-safe."""

    def __init__(
        self,
        bootstrap_servers: str,
        transactional_id: str,
        properties: Mapping[str, str],
        make: Callable[[dict[str, Any], ClientLog], Producer] | None = None,
    ) -> None:
        self._make = make or new_producer
        self.transactional_id = transactional_id
        self._properties = {
            **DEFAULTS,
            **TRANSACTION_DEFAULTS,
            **properties,
            "bootstrap.servers": bootstrap_servers,
            "transactional.id": transactional_id,
            "client.id": transactional_id,
        }
        self._client_log = ClientLog()
        self._failures_known = 0
        self._timeout_s = float({**TRANSACTION_DEFAULTS, **properties}["transaction.timeout.ms"]) / 1000
        self._producer: Producer | None = None

    def open(self) -> None:
        """Make a producer and take our place: whoever held it is fenced, its open transaction aborted.

        Raises:
            BrokerTrouble: no coordinator answered within the bound.
            ConfigurationError: librdkafka refuses a property.
        """
        self._producer = None
        producer = self._make(self._properties, self._client_log)
        try:
            producer.init_transactions(INIT_TIMEOUT_S)
        except KafkaException as error:
            raise BrokerTrouble(f"no transactional producer could be opened: {error.args[0].str()}") from error
        self._producer = producer
        self._failures_known = self._failures(producer)
        crash_points.reached("init")

    def commit(
        self,
        messages: Sequence[Message],
        offsets: Mapping[TopicPartition, int],
        metadata: Any,
        notes: Mapping[TopicPartition, str] = NO_NOTES,
    ) -> Outcome:
        """One transaction: the messages and the input offsets, or nothing.

        Args:
            messages: what to write.
            offsets: per partition the next offset to read; none when nothing was consumed for it.
            metadata: the consumer's group metadata, fetched for this transaction.
            notes: what to keep beside the offsets.

        Returns:
            COMMITTED; ABORTED when nothing was written and the same may be tried again; IN_DOUBT when only
            the group's committed offsets can tell (ask after `open`).

        Raises:
            Fenced: another process has taken our place.
            BrokerTrouble: the transaction would be refused for ever (authorisation, size, missing topic).
        """
        if self._producer is None or self._failures(self._producer) > self._failures_known:
            # One that has lost a connection since may wait for the group's coordinator for ever, as above.
            self.open()
        producer = self._producer
        assert producer is not None  # noqa: S101 - open() either sets it or raises
        began_s = time.monotonic()
        give_up_s = began_s + RETRY_FOR_S
        try:
            producer.begin_transaction()
            crash_points.reached("begun")
            for message in messages:
                _produce(producer, message)
            crash_points.reached("produced")
            places = places_of(offsets, notes)
            send_offsets = partial(producer.send_offsets_to_transaction, places, metadata)
            if places:
                within(STUCK_S, partial(_insist, send_offsets, give_up_s), "offsets")
            crash_points.reached("offsets_sent")
            within(STUCK_S + RETRY_FOR_S, partial(_insist, producer.commit_transaction, give_up_s), "commit")
        except StillRunning as error:
            log.warning("transaction.stuck", detail=str(error))
            self._producer = None
            stuck_producer.wake(producer, error.thread)
            return Outcome.IN_DOUBT
        except KafkaException as error:
            return self._judge(error.args[0], time.monotonic() - began_s)
        crash_points.reached("committed")
        if self._failures(producer) > self._failures_known or time.monotonic() - began_s > SUSPICIOUS_AFTER_S:
            log.info("producer.recycled")
            self._producer = None
        return Outcome.COMMITTED

    def _failures(self, producer: Producer) -> int:
        """How many of its connections have failed by now."""
        producer.poll(0)
        return self._client_log.failures

    def _judge(self, error: KafkaError, lasted_s: float) -> Outcome:
        log.warning("transaction.failed", code=error.name(), detail=error.str())
        producer, self._producer = self._producer, None
        if error.code() in _FENCED and lasted_s >= self._timeout_s:
            # The broker ends a transaction that has outlived its time as if another had taken our place. Should that be
            # what happened, the other is fenced by us now, and it has not been away.
            return Outcome.IN_DOUBT
        if error.code() in _FENCED:
            raise Fenced(
                f"another process runs as {self.transactional_id}: stop it, or give this one its own INSTANCE_ID"
            )
        if error.code() in _PERMANENT:
            _abort(producer)
            raise BrokerTrouble(f"the transaction would be refused for ever: {error.str()}")
        if not error.txn_requires_abort():
            return Outcome.IN_DOUBT
        _abort(producer)
        return Outcome.ABORTED

    def close(self) -> None:
        self._producer = None


class PlainProducer:
    """Produces outside transactions: telemetry at most once, and the command line's tickets."""

    def __init__(self, bootstrap_servers: str, client_id: str, properties: Mapping[str, str]) -> None:
        self._producer = new_producer(
            {
                **DEFAULTS,
                "enable.idempotence": True,
                **properties,
                "bootstrap.servers": bootstrap_servers,
                "client.id": client_id,
            },
            ClientLog(),
        )
        self._next_poll_s = 0.0

    def offer(self, message: Message) -> bool:
        """Hand the message over without ever waiting; False when the client's queue is full and it was dropped."""
        try:
            self._producer.produce(message.topic, message.value, message.key, headers=message.headers)
        except BufferError:
            return False
        now = time.monotonic()
        if now >= self._next_poll_s:
            # Nobody waits for what it brings, and it lets go of the interpreter, which the model's callers miss.
            self._next_poll_s = now + OFFER_POLL_S
            self._producer.poll(0)
        return True

    def send(self, message: Message, on_failure: Callable[[str], None]) -> None:
        """Hand the message over, waiting while the client's queue is full.

        Args:
            message: what to write.
            on_failure: told later, from within `send` or `flush`, why the broker did not take it.
        """

        def delivered(error: KafkaError | None, _: object) -> None:
            if error is not None:
                on_failure(error.str())

        while True:
            try:
                self._producer.produce(
                    message.topic, message.value, message.key, headers=message.headers, on_delivery=delivered
                )
            except BufferError:
                self._producer.poll(0.1)
            except KafkaException as error:
                # Refused before any broker was asked: it is too large.
                on_failure(error.args[0].str())
                return
            else:
                self._producer.poll(0)
                return

    def flush(self, timeout_s: float) -> int:
        """Wait until everything is delivered; the number of messages that are not, after the time given."""
        return int(self._producer.flush(timeout_s))


def new_producer(properties: dict[str, Any], client_log: ClientLog) -> Producer:
    """A librdkafka producer that logs to ours.

    Raises:
        ConfigurationError: a property is refused.
    """
    try:
        return Producer({**properties, "error_cb": client_log.error, "logger": client_log})
    except KafkaException as error:
        raise ConfigurationError(refused_property(error)) from None


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


def _abort(producer: Producer | None) -> None:
    if producer is None:
        return
    try:
        producer.abort_transaction(RETRY_FOR_S)
    except KafkaException as error:
        # The next open() takes the same transactional id, which aborts it on the broker.
        log.warning("transaction.abort_failed", code=error.args[0].name())
