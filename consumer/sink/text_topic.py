"""The texts of `ticket-created`, cleaned as they were answered. Nothing of it is ever logged."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, cast

from analytics.store.rows import Row, StoredEvent
from consumer.answer.ticket_text import ReadText, text_reader_of
from consumer.bad_records.dead_letter import DeadLetter, first_position
from consumer.config.settings import Settings
from consumer.kafka.records import Record
from schemas.codec import BadRecord, Decoder, SchemaRegistry
from schemas.sent_times import to_milliseconds

if TYPE_CHECKING:
    from schemas.events import TicketCreated

_DAY_MS: Final = 86_400_000
EXPIRED: Final = "expired"


class TextTopic:
    """How `ticket-created` is read for its texts.

    What makes no text is passed over and counted: dead letters of tickets are the categorizer's.

    Args:
        decoder: of tickets.
        read_text: cleans a text.
        max_ticket_bytes: larger records are dead letters, and their texts not stored.
        kept_days: older records are passed over: their days are over.
        now_ms: the time, in milliseconds since the epoch.
        skipped: is told why a record makes no text.

    Attributes:
        event: what is stored of it.
    """

    event: StoredEvent = "TicketText"

    def __init__(
        self,
        decoder: Decoder,
        read_text: ReadText,
        *,
        max_ticket_bytes: int,
        kept_days: int,
        now_ms: Callable[[], int],
        skipped: Callable[[str], None],
    ) -> None:
        self._decoder = decoder
        self._read_text = read_text
        self._max_ticket_bytes = max_ticket_bytes
        self._kept_ms = kept_days * _DAY_MS
        self._now_ms = now_ms
        self._skipped = skipped

    def read(self, record: Record) -> Row | None:
        """The row of a record's text; None when it makes none.

        Raises:
            RegistryUnavailable: the record's schema could not be asked for.
        """
        # A publisher may set any time. Its text is kept no longer for it.
        received_ms = min(to_milliseconds(record.position.timestamp_ms), now_ms := self._now_ms())
        if received_ms <= now_ms - self._kept_ms:
            self._skipped(EXPIRED)
            return None
        if record.carried_bytes > self._max_ticket_bytes:
            self._skipped("too_large")
            return None
        first = first_position(record, record.position.topic) or record.position
        try:
            ticket = cast("TicketCreated", self._decoder.decode(record.value, first))
        except BadRecord as bad:
            self._skipped(bad.reason)
            return None
        text = self._read_text(ticket["subject"], ticket["description"])
        event = {
            "ticket_id": ticket["ticket_id"],
            "received_at": received_ms,
            "subject": text.subject,
            "description": text.description,
        }
        return Row(self.event, event, record.position)

    def condemned(self, letter: DeadLetter) -> None:
        """A record that has crashed its readers makes no text, and no dead letter of ours."""
        self._skipped(letter.reason)


def text_topic_of(settings: Settings, registry: SchemaRegistry | None, skipped: Callable[[str], None]) -> TextTopic:
    """How `ticket-created` is read with these settings; the arguments are those of `sink_topics`."""
    return TextTopic(
        Decoder("TicketCreated", registry),
        text_reader_of(settings),
        max_ticket_bytes=settings.max_ticket_bytes,
        kept_days=settings.texts_kept_days,
        now_ms=lambda: time.time_ns() // 1_000_000,
        skipped=skipped,
    )
