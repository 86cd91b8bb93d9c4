"""Producing outside transactions, and making the client's producers."""

import threading
import time
from collections.abc import Callable, Iterable
from typing import Any

import structlog
from confluent_kafka import KafkaError, KafkaException, Producer, libversion
from confluent_kafka import Message as ClientMessage

from consumer.errors import ConfigurationError
from consumer.kafka.client_log import ClientLog
from consumer.kafka.cluster import RECONNECTING, Cluster, Properties
from consumer.kafka.error_codes import refused_property
from consumer.kafka.records import Message
from consumer.kafka.refusals import Asked, explained, mend

log = structlog.get_logger()

DEFAULTS: Properties = {
    **RECONNECTING,
    "linger.ms": 5,
    # Every client reads this without a plug-in, and of all codecs it takes the least time.
    "compression.type": "none",
    # What Java clients use; librdkafka's own default would spread the same keys differently.
    "partitioner": "murmur2_random",
}
OFFER_POLL_S = 0.1
# The client's own `flush`, and a `poll` of 0.2 s or more, go on calling back after a fatal error while its exception is
# pending (confluent-kafka 2.16.0, `error_cb` in C). Our log then runs as Python code must not, and a process may end
# with a corrupted heap.
FLUSH_POLL_S = 0.1
# One broker of several may answer when another one refuses the login.
HOPELESS_S = 3.0
# After an error for which the client does nothing any more, another client is made no sooner.
ANEW_AFTER_S = 60.0


def library_version() -> str:
    """The version of librdkafka, the client that all of this rests on."""
    return str(libversion()[0])


class PlainProducer:
    """Produces outside transactions: telemetry at most once, and the command line's tickets.

    Args:
        cluster: where to write.
        client_id: under which the broker knows this producer.
        topics: that will be offered, as far as they are known.

    Raises:
        ConfigurationError: librdkafka refuses a property.
    """

    def __init__(self, cluster: Cluster, client_id: str, topics: Iterable[str] = ()) -> None:
        self._properties = {
            **DEFAULTS,
            "enable.idempotence": True,
            # Of what was delivered nobody asks.
            "delivery.report.only.error": True,
            **cluster.producer_properties,
            "bootstrap.servers": cluster.bootstrap_servers,
            "client.id": client_id,
        }
        self._client_log = ClientLog(cluster.producer_properties)
        self._producer = new_producer(self._properties, self._client_log)
        self._next_poll_s = 0.0
        self._offered = set(topics)
        self._refused: set[str] = set()
        self._fatal: KafkaError | None = None
        self._anew_s = 0.0
        self._lock = threading.Lock()

    def offer(self, message: Message) -> bool:
        """Hand the message over without ever waiting.

        A topic that may not be written is logged once, with what to grant.

        Returns:
            False when the message was dropped: the client's queue is full, or the cluster refuses the client.
        """
        now = time.monotonic()
        if self._fatal is not None and not self._is_made_anew(now):
            return False
        self._offered.add(message.topic)
        try:
            self._producer.produce(
                message.topic, message.value, message.key, headers=message.headers, on_delivery=self._not_delivered
            )
        except BufferError:
            return False
        except KafkaException as error:
            self._give_up(error.args[0], [message.topic], now)
            return False
        if now >= self._next_poll_s:
            # A poll lets go of the interpreter, which costs the model's callers time: not after each message.
            self.hear(now)
        return True

    def hear(self, now: float) -> None:
        """Take what the brokers have said of messages that were offered; `now` is monotonic time."""
        self._next_poll_s = now + OFFER_POLL_S
        self._poll(0.0, now)

    def send(self, message: Message, on_failure: Callable[[str], None]) -> None:
        """Hand the message over, waiting while the client's queue is full.

        Args:
            message: what to write.
            on_failure: called later, from within `send` or `flush`, with the reason why the broker did not take it.
        """

        def delivered(error: KafkaError | None, _: object) -> None:
            if error is not None:
                on_failure(self._explained(error, message.topic))

        while True:
            try:
                self._producer.produce(
                    message.topic, message.value, message.key, headers=message.headers, on_delivery=delivered
                )
            except BufferError:
                self._poll(FLUSH_POLL_S, time.monotonic())
            except KafkaException as error:
                # Refused before any broker was asked: it is too large.
                on_failure(self._explained(error.args[0], message.topic))
                return
            else:
                self._poll(0.0, time.monotonic())
                return

    def flush(self, timeout_s: float) -> int:
        """Wait until everything is delivered; the number of messages that are not, after the time given.

        A reason that waiting does not mend, such as a wrong password, ends it sooner.
        """
        give_up_s = time.monotonic() + timeout_s
        patient_s = time.monotonic() + HOPELESS_S
        while (left := len(self._producer)) and (now := time.monotonic()) < give_up_s:
            if now > patient_s and self._client_log.is_hopeless:
                break
            self._poll(min(FLUSH_POLL_S, give_up_s - now), now)
        return left

    def why_undelivered(self) -> str:
        """Why no broker takes anything, as far as it is known; may ask the broker for its certificate."""
        return self._client_log.why()

    def _explained(self, error: KafkaError, topic: str) -> str:
        # Messages that a fatal error leaves behind do not say which it was.
        return explained(self._fatal or error, Asked(written=[topic]), why=self._client_log.reason)

    def _poll(self, timeout_s: float, now: float) -> None:
        try:
            self._producer.poll(timeout_s)
        except KafkaException as error:
            # The client tells in this way that it will do nothing any more; `error_cb` is not called then.
            self._give_up(error.args[0], self._offered, now)

    def _not_delivered(self, error: KafkaError | None, message: ClientMessage) -> None:
        topic = message.topic()
        if error is not None and topic is not None:
            self._report(error, topic)

    def _give_up(self, error: KafkaError, topics: Iterable[str], now: float) -> None:
        """The client has refused something; after a fatal error it refuses everything."""
        if error.fatal() and self._fatal is None:
            self._fatal, self._anew_s = error, now + ANEW_AFTER_S
        for topic in topics:
            self._report(error, topic)

    def _report(self, error: KafkaError, topic: str) -> None:
        grant = mend(error, Asked(written=[topic]))
        if grant and topic not in self._refused:
            self._refused.add(topic)
            log.error("topic.refused", topic=topic, operation="WRITE", code=error.name(), mend=grant)

    def _is_made_anew(self, now: float) -> bool:
        """Whether there is another client by now: what was refused may be granted."""
        # Alerts and changes of breakers come from several threads.
        with self._lock:
            if self._fatal is not None and now >= self._anew_s:
                self._fatal = None
                self._producer = new_producer(self._properties, self._client_log)
            return self._fatal is None


def new_producer(properties: dict[str, Any], client_log: ClientLog) -> Producer:
    """A producer of librdkafka that logs to our log.

    Raises:
        ConfigurationError: a property is refused.
    """
    try:
        return Producer({**properties, "error_cb": client_log.error, "logger": client_log})
    except KafkaException as error:
        raise ConfigurationError(refused_property(error, properties)) from None
