"""From a consumed record to an envelope: decoded, a dead letter with its reason, or a repeat."""

import time
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, cast

from consumer.answer.ticket_text import ReadText
from consumer.bad_records.dead_letter import DeadLetter, first_position
from consumer.categorizer.envelope import Envelope
from consumer.categorizer.repeats import Repeats
from consumer.categorizer.requeue_record import read_queue_record
from consumer.kafka.records import Record, TopicPartition
from schemas.codec import BadRecord, Decoder
from schemas.field_rules import EARLIEST_MS, LATEST_MS

# Repeated texts are the rule in support; longer ones are not worth the memory of remembering them.
REMEMBERED_CHARACTERS = 2_048


if TYPE_CHECKING:
    from schemas.events import TicketCreated


class InputTopics(NamedTuple):
    """What the categorizer reads."""

    created: str
    recategorize: str


class TicketReader:
    """Makes envelopes of the records of `ticket-created` and `ticket-recategorize`.

    Args:
        topics: their names.
        decoder: of tickets.
        repeats: tells which tickets were answered before.
        max_ticket_bytes: larger records of `ticket-created` are dead letters.
        read_text: cleans a text and makes its fingerprint.
        remembered: of how many texts this is remembered.
    """

    def __init__(
        self,
        topics: InputTopics,
        decoder: Decoder,
        repeats: Repeats,
        *,
        max_ticket_bytes: int,
        read_text: ReadText,
        remembered: int,
    ) -> None:
        self.topics = topics
        self._decoder = decoder
        self._repeats = repeats
        self._max_ticket_bytes = max_ticket_bytes
        self._read_text = read_text
        # The raw text first: cleaning, masking and folding cost ten times as much as finding a repeat.
        self._remembered: ReadText = lru_cache(maxsize=remembered)(read_text)

    def read(self, record: Record, entered_s: float, received_us: int) -> Envelope:
        """An envelope that holds the ticket with its text cleaned, or its outcome: a dead letter or a repeat.

        Raises:
            RegistryUnavailable: the record's schema cannot be asked for now; it must be read again later.
        """
        envelope = _enveloped(record, entered_s, received_us)
        try:
            self._fill(envelope)
        except BadRecord as bad:
            envelope.outcome = DeadLetter(bad.reason, bad.detail)
        else:
            envelope.outcome = self._repeats.judge(envelope)
        return envelope

    def prepare(self, first_offsets: Mapping[TopicPartition, int]) -> None:
        """As `Repeats.prepare`: before the first record of these is read."""
        self._repeats.prepare(first_offsets)

    def unread(self, record: Record, letter: DeadLetter, entered_s: float, received_us: int) -> Envelope:
        """An envelope for a dead letter that must not even be decoded."""
        envelope = _enveloped(record, entered_s, received_us)
        envelope.outcome = letter
        return envelope

    def _fill(self, envelope: Envelope) -> None:
        began_ns = time.perf_counter_ns()
        record = envelope.record
        if record.position.topic == self.topics.recategorize:
            # Not measured again: with the queue's headers it may be larger than it was when it was let in.
            envelope.source, envelope.revision, envelope.asks = read_queue_record(record)
        elif record.carried_bytes > self._max_ticket_bytes:
            raise BadRecord(
                "too_large", f"{record.carried_bytes} bytes are over MAX_TICKET_BYTES={self._max_ticket_bytes}"
            )
        first = (record.headers and first_position(record, self.topics.created)) or envelope.source
        ticket = envelope.ticket = cast("TicketCreated", self._decoder.decode(record.value, first))
        decoded_ns = time.perf_counter_ns()
        envelope.decode_us = (decoded_ns - began_ns) // 1000
        subject, description = ticket["subject"], ticket["description"]
        short = len(subject) + len(description) <= REMEMBERED_CHARACTERS
        text = (self._remembered if short else self._read_text)(subject, description)
        ticket["subject"], ticket["description"], envelope.text_removed_chars, envelope.fingerprint = text
        envelope.lookup_us = (time.perf_counter_ns() - decoded_ns) // 1000


def _enveloped(record: Record, entered_s: float, received_us: int) -> Envelope:
    position = record.position
    if not EARLIEST_MS <= position[3] < LATEST_MS:
        # Later revisions find the time of reading in the queue's headers.
        record = record.at(received_us // 1000)
        position = record.position
    return Envelope(record, position, 0, entered_s, received_us)
