"""Publishes tickets and corrections to their topics, as an upstream system would."""

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from consumer.commands.ticket_files import BadLine
from consumer.config.settings import Settings
from consumer.errors import TicketstreamError
from consumer.kafka.cluster import cluster_of
from consumer.kafka.producer import PlainProducer
from consumer.kafka.records import Message
from consumer.kafka.schema_registry import registry_of
from schemas import field_rules
from schemas.codec import BadRecord, Encoder, RegistryUnavailable
from schemas.events import TicketCorrected, TicketCreated

FLUSH_S = 30.0


class Published(NamedTuple):
    """How many tickets reached the broker, which lines were no tickets, and why messages failed."""

    tickets: int
    bad: list[BadLine]
    failures: list[str]


class Publisher:
    """Encodes in the configured format and produces. Failures are collected until `finish`."""

    def __init__(self, settings: Settings) -> None:
        settings.require("kafka_bootstrap_servers")
        registry = registry_of(settings)
        self._topics = settings.topics
        self._created = Encoder("TicketCreated", settings.output_format, settings.topics.created, registry)
        self._corrected = Encoder("TicketCorrected", settings.output_format, settings.topics.corrected, registry)
        self._brokers = settings.kafka_bootstrap_servers
        self._producer = PlainProducer(cluster_of(settings), "ticketstream-publish")
        self.failures: list[str] = []
        self.lost = 0

    def ticket(self, ticket: TicketCreated) -> None:
        """Queue one ticket to be sent.

        Raises:
            BadRecord: a field cannot be encoded.
            TicketstreamError: the schema registry cannot be asked.
        """
        value = _encoded(self._created, ticket)
        self._producer.send(Message(self._topics.created, ticket["ticket_id"].encode(), value), self._failed)

    def correction(self, correction: TicketCorrected) -> None:
        """Queue one correction to be sent.

        Raises:
            BadRecord: a field cannot be encoded, or the service would refuse it.
            TicketstreamError: the schema registry cannot be asked.
        """
        field_rules.check("TicketCorrected", {**correction})
        value = _encoded(self._corrected, correction)
        self._producer.send(Message(self._topics.corrected, correction["ticket_id"].encode(), value), self._failed)

    def finish(self) -> list[str]:
        """Wait until the broker has every message; returns why messages were not taken."""
        left = self._producer.flush(FLUSH_S)
        if left:
            self.failures.append(
                f"no broker at KAFKA_BOOTSTRAP_SERVERS={self._brokers} took {left} of the messages within {FLUSH_S:g} s"
            )
            self.lost += left
        return self.failures

    def _failed(self, reason: str) -> None:
        self.failures.append(reason)
        self.lost += 1


def _encoded(encoder: Encoder, event: Mapping[str, Any]) -> bytes:
    try:
        return encoder.encode(event)
    except RegistryUnavailable as error:
        raise TicketstreamError(f"the registry at SCHEMA_REGISTRY_URL is needed to encode events: {error}") from error


def publish(
    publisher: Publisher,
    tickets: Iterable[TicketCreated | BadLine],
    rate_per_s: float,
    advance: Callable[[], None],
) -> Published:
    """Publish tickets at a steady rate and wait until the broker has them; rate 0 is as fast as possible."""
    published = 0
    bad: list[BadLine] = []
    began_s = time.monotonic()
    for number, ticket in enumerate(tickets):
        if rate_per_s:
            time.sleep(max(0.0, began_s + number / rate_per_s - time.monotonic()))
        match ticket:
            case BadLine():
                bad.append(ticket)
            case _:
                try:
                    publisher.ticket(ticket)
                    published += 1
                except BadRecord as error:
                    bad.append(BadLine(number + 1, error.detail))
        advance()
    failures = publisher.finish()
    return Published(published - publisher.lost, bad, failures)
