"""Producing outside transactions, and making the client's producers."""

import time
from collections.abc import Callable
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Producer

from consumer.errors import ConfigurationError
from consumer.kafka.client_log import ClientLog
from consumer.kafka.cluster import RECONNECTING, Cluster, Properties
from consumer.kafka.error_codes import refused_property
from consumer.kafka.records import Message

DEFAULTS: Properties = {
    **RECONNECTING,
    "linger.ms": 5,
    "compression.type": "lz4",
    # What Java clients use; librdkafka's own default would spread the same keys differently.
    "partitioner": "murmur2_random",
}
OFFER_POLL_S = 0.1


class PlainProducer:
    """Produces outside transactions: telemetry at most once, and the command line's tickets.

    Raises:
        ConfigurationError: librdkafka refuses a property.
    """

    def __init__(self, cluster: Cluster, client_id: str) -> None:
        self._producer = new_producer(
            {
                **DEFAULTS,
                "enable.idempotence": True,
                **cluster.producer_properties,
                "bootstrap.servers": cluster.bootstrap_servers,
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
            # A poll lets go of the interpreter, which costs the model's callers time: not after each message.
            self._next_poll_s = now + OFFER_POLL_S
            self._producer.poll(0)
        return True

    def send(self, message: Message, on_failure: Callable[[str], None]) -> None:
        """Hand the message over, waiting while the client's queue is full.

        Args:
            message: what to write.
            on_failure: called later, from within `send` or `flush`, with the reason why the broker did not take it.
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
    """A producer of librdkafka that logs to our log.

    Raises:
        ConfigurationError: a property is refused.
    """
    try:
        return Producer({**properties, "error_cb": client_log.error, "logger": client_log})
    except KafkaException as error:
        raise ConfigurationError(refused_property(error)) from None
