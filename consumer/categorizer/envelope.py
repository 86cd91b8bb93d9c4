"""One input record on its way through the categorizer."""

from typing import TYPE_CHECKING, NamedTuple

from consumer.bad_records.dead_letter import DeadLetter

if TYPE_CHECKING:
    from consumer.answer.cache import Answer
    from consumer.kafka.records import Record, TopicPartition
    from schemas.events import ModelOutcome, TicketCreated
    from schemas.position import Position


class Repeat(NamedTuple):
    """The same ticket was answered before: nothing is written, its offset is committed."""


class Envelope:
    """A record on its way through the window: what was read of it, what was measured, what came out.

    Attributes:
        record: the consumed record.
        source: position of the original record; differs from the record's own for later revisions.
        revision: the revision to answer; 0 for new tickets.
        asks: how often the model was asked for this ticket in vain, counted from the queue's header.
        ticket: the decoded ticket, its text cleaned; None when it could not be decoded.
        text_removed_chars: by which cleaning made its text shorter.
        fingerprint: of the cleaned and normalised text.
        entered_s: monotonic time at which it entered the window.
        ready_s: monotonic time at which its outcome was known.
        outcome: what came out; None while it waits for the model.
        dropped: its partition went to another member, or is read again: nothing may come of this envelope.
    """

    __slots__ = (
        "asks",
        "attempts",
        "call_id",
        "decode_us",
        "dropped",
        "entered_s",
        "fingerprint",
        "lookup_us",
        "model_outcome",
        "model_us",
        "outcome",
        "partition",
        "queue_us",
        "ready_s",
        "received_us",
        "record",
        "revision",
        "rules_us",
        "size",
        "source",
        "text_removed_chars",
        "ticket",
    )

    def __init__(self, record: "Record", source: "Position", revision: int, entered_s: float, received_us: int) -> None:
        self.record = record
        position = record.position
        # Looked at several times per record: worth remembering.
        self.partition: TopicPartition = (position[0], position[1])
        self.size = record.size
        self.source = source
        self.revision = revision
        self.entered_s = entered_s
        self.received_us = received_us
        self.ready_s = entered_s
        self.asks = 0
        self.ticket: TicketCreated | None = None
        self.text_removed_chars = 0
        self.fingerprint = ""
        self.outcome: Answer | DeadLetter | Repeat | None = None
        self.dropped = False
        self.model_outcome: ModelOutcome = "not_asked"
        self.call_id: str | None = None
        self.attempts = 0
        self.decode_us = self.lookup_us = self.queue_us = self.model_us = self.rules_us = 0

    @property
    def decoded(self) -> "TicketCreated":
        """The ticket of an envelope that is answered: only decoded tickets are."""
        assert self.ticket is not None  # noqa: S101 - said above
        return self.ticket

    @property
    def is_dead(self) -> bool:
        """Whether a dead letter is what came out."""
        return isinstance(self.outcome, DeadLetter)
