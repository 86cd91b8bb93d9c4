"""Publishes tickets and corrections to their topics, as an upstream system would."""

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from consumer.commands.ticket_files import FileTicket
from consumer.config.settings import Settings
from consumer.errors import TicketstreamError
from consumer.kafka.cluster import cluster_of
from consumer.kafka.producer import PlainProducer
from consumer.kafka.records import Message
from consumer.kafka.schema_registry import registry_of
from schemas import field_rules
from schemas.codec import BadRecord, Encoder, RegistryUnavailable
from schemas.events import TicketCorrected, TicketCreated
from tickets.files.bad_lines import BadLine

FLUSH_S = 30.0
BAD_LINES_KEPT = 1000


class Published(NamedTuple):
    """What became of the rows of a file.

    Attributes:
        tickets: How many reached the broker.
        bad: Rows that are no tickets, the first thousand of them.
        bad_total: How many there are.
        failures: Why messages were not taken.
    """

    tickets: int
    bad: list[BadLine]
    bad_total: int
    failures: list[str]


class Publisher:
    """Encodes in the configured format and produces. Failures are collected until `finish`."""

    def __init__(self, settings: Settings) -> None:
        settings.require("kafka_bootstrap_servers")
        registry = registry_of(settings)
        self._topics = settings.topics
        self._created = Encoder("TicketCreated", settings.output_format, settings.topics.created, registry)
        self._corrected = Encoder("TicketCorrected", settings.output_format, settings.topics.corrected, registry)
        self._max_bytes = settings.max_ticket_bytes
        self._brokers = settings.kafka_bootstrap_servers
        self._producer = PlainProducer(cluster_of(settings), "ticketstream-publish")
        self.failures: list[str] = []
        self.lost = 0

    def ticket(self, ticket: TicketCreated) -> None:
        """Queue one ticket to be sent.

        Raises:
            BadRecord: a field cannot be encoded, or the service would refuse the ticket for its size.
            TicketstreamError: the schema registry cannot be asked.
        """
        value = _encoded(self._created, ticket)
        if len(value) > self._max_bytes:
            raise BadRecord("too_large", f"is larger than MAX_TICKET_BYTES={self._max_bytes}, attributes included")
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

    def finish(self, longest_s: float = FLUSH_S) -> list[str]:
        """Wait until the broker has every message; returns why messages were not taken."""
        left = self._producer.flush(longest_s)
        if left:
            why = self._producer.why_undelivered()
            self.failures.append(
                f"no broker at KAFKA_BOOTSTRAP_SERVERS={self._brokers} took {left} of the messages"
                f" in the time given ({longest_s:g} s at most){f': {why}' if why else ''}"
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
    rows: Iterable[FileTicket | BadLine],
    rate_per_s: float,
    advance: Callable[[], None],
) -> Published:
    """Publish tickets at a steady rate and wait until the broker has them; rate 0 is as fast as possible."""
    published = bad_total = 0
    bad: list[BadLine] = []
    began_s = time.monotonic()
    for number, row in enumerate(rows):
        if rate_per_s:
            time.sleep(max(0.0, began_s + number / rate_per_s - time.monotonic()))
        problem = _published(publisher, row)
        if problem is None:
            published += 1
        else:
            bad_total += 1
            bad += [problem] if len(bad) < BAD_LINES_KEPT else []
        advance()
    failures = publisher.finish()
    return Published(published - publisher.lost, bad, bad_total, failures)


def _published(publisher: Publisher, row: FileTicket | BadLine) -> BadLine | None:
    if isinstance(row, BadLine):
        return row
    try:
        publisher.ticket(row.ticket)
    except BadRecord as error:
        return BadLine(row.line, error.detail)
    return None
