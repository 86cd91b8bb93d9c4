"""One input record on its way through the categorizer."""

from typing import TYPE_CHECKING, NamedTuple

from consumer.answer.cache import Answer
from consumer.bad_records.dead_letter import DeadLetter

if TYPE_CHECKING:
    from consumer.kafka.records import Record, TopicPartition
    from schemas.events import ModelOutcome, TicketCreated
    from schemas.position import Position


class Repeat(NamedTuple):
    """The same ticket was answered before: nothing is written, its offset is committed."""


class Done(NamedTuple):
    """This record itself was answered before, ahead of slower ones: nothing is written, its offset is committed."""


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
        given: it left the window with what came out, or is about to.
        place: among the records of its partition that are in the window, or were.
        is_first: a ticket that was never answered before, as far as its topic and its headers say.
    """

    __slots__ = (
        "asks",
        "attempts",
        "call_id",
        "decode_us",
        "dropped",
        "entered_s",
        "fingerprint",
        "given",
        "is_first",
        "lookup_us",
        "model_outcome",
        "model_us",
        "outcome",
        "partition",
        "place",
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
        self.outcome: Answer | DeadLetter | Repeat | Done | None = None
        self.dropped = False
        self.given = False
        self.place = 0
        self.is_first = False
        self.model_outcome: ModelOutcome = "not_asked"
        self.call_id: str | None = None
        self.attempts = 0
        self.decode_us = self.lookup_us = self.queue_us = self.model_us = self.rules_us = 0

    def waited_us(self, until_s: float) -> int:
        """How long it waited for the model by this moment of monotonic time, in microseconds."""
        return max(0, int((until_s - self.entered_s) * 1e6) - self.decode_us - self.lookup_us)

    @property
    def decoded(self) -> "TicketCreated":
        """The ticket of an envelope that is answered: only decoded tickets are."""
        assert self.ticket is not None  # noqa: S101 - said above
        return self.ticket

    @property
    def is_answered_in_turn(self) -> bool:
        """Whether later records of its ticket are answered after it."""
        return self.ticket is not None and (self.outcome is None or isinstance(self.outcome, Answer))

    @property
    def may_overtake(self) -> bool:
        """Whether the outcome may be committed before that of earlier records of the partition.

        Only what the memory of repeats knows of may: it says what was committed ahead of the offset.
        """
        return self.is_first and isinstance(self.outcome, Answer)

    @property
    def is_dead(self) -> bool:
        """Whether a dead letter is what came out."""
        return isinstance(self.outcome, DeadLetter)
