"""Records, envelopes, answers and a model that follows a script, for the tests of the consumer."""

import threading
from collections.abc import Callable, Collection, Sequence
from typing import Any

from consumer.answer.cache import Answer
from consumer.answer.decide import AnswerBasis
from consumer.answer.keyword_rules import Rules
from consumer.answer.policy import default_policy
from consumer.answer.taxonomy import load_taxonomy
from consumer.categorizer.envelope import Envelope
from consumer.categorizer.model_callers import GIVEN_UP, ModelCallers, PendingText, TextReply
from consumer.categorizer.output import OutputTopics
from consumer.categorizer.repeats import Page, Repeats
from consumer.categorizer.ticket_reader import InputTopics
from consumer.kafka.records import Headers, Message, Record, TopicPartition
from consumer.model.types import Label, ModelReply, ModelTicket
from schemas.events import ModelOutcome, TicketCreated
from schemas.position import Position

CREATED = "ticket-created"
QUEUE = "ticket-recategorize"
INPUTS = InputTopics(CREATED, QUEUE)
OUTPUTS = OutputTopics("ticket-categorized", "ticket-audit", QUEUE)
TIMESTAMP_MS = 1_763_842_000_123
TAXONOMY = load_taxonomy()
BASIS = AnswerBasis(TAXONOMY, Rules(TAXONOMY), default_policy(0.6), 0.6)
BILLING = (Label("billing", 0.9, "payment_issue", 0.8), Label("account", 0.1))
# Of a model for another taxonomy.
FOREIGN = (Label("shipping", 0.9, "late_parcel", 0.8), Label("returns", 0.1))
FINISHED = Answer(b"answer", "MODEL", provisional=False, headers=[])


def a_record(
    offset: int = 0,
    *,
    topic: str = CREATED,
    partition: int = 0,
    key: bytes | None = b"T-1",
    value: bytes | None = b'{"ticket_id": "T-1", "subject": "Refund", "description": "Please"}',
    headers: Headers | None = None,
) -> Record:
    """One consumed record."""
    return Record(Position(topic, partition, offset, TIMESTAMP_MS), key, value, headers or [])


def a_ticket(**changes: Any) -> TicketCreated:
    """One decoded ticket."""
    ticket: TicketCreated = {
        "event_id": "e-1",
        "ticket_id": "T-1",
        "subject": "Problema con pago",
        "description": "No puedo pagar mi factura",
        "language": "es",
        "channel": None,
        "attributes": {},
        "created_at": TIMESTAMP_MS,
    }
    return ticket | changes  # type: ignore[return-value]  # a TypedDict's | takes no plain dict


def an_envelope(
    offset: int = 0, *, text: str = "pay", entered_s: float = 0.0, revision: int = 0, partition: int = 0
) -> Envelope:
    """An envelope with a decoded ticket whose fingerprint is its text; of the queue when the revision is above 0."""
    record = a_record(offset, topic=QUEUE if revision else CREATED, partition=partition)
    envelope = Envelope(record, Position(CREATED, partition, offset, TIMESTAMP_MS), revision, entered_s, 0)
    envelope.ticket = a_ticket(ticket_id=f"T-{offset}", subject=text)
    envelope.fingerprint = f"v2:{text}"
    return envelope


def answered(labels: tuple[Label, ...] = BILLING, model: str = "m-1", attempts: int = 1) -> ModelReply:
    """What the model replies when all is well."""
    return ModelReply("answered", labels, model, "c-1", attempts, 7)


def failed(outcome: ModelOutcome, attempts: int = 3) -> ModelReply:
    """What comes of a call that went wrong."""
    return ModelReply(outcome, call_id="c-1", attempts=attempts, duration_us=7)


class QuietCallers(ModelCallers):
    """Callers without a thread: what is submitted waits until the test gives the reply."""

    def __init__(self) -> None:
        super().__init__(ScriptedModel(), concurrency=0, batch_size=32, on_unforeseen=lambda _: None)
        self.submitted: list[PendingText] = []

    def submit(self, texts: Sequence[PendingText]) -> None:
        self.submitted.extend(texts)

    def reply_with(self, reply: ModelReply, place: int = 0, began_s: float = 0.0) -> PendingText:
        """Give this reply to a text, unless no ticket waits for it any more."""
        pending = self.submitted.pop(place)
        self._replies.append(TextReply(pending, reply if pending.wanted else GIVEN_UP, began_s))
        return pending


class ScriptedModel:
    """Replies what it is told to, as soon as it is let; remembers what it was asked."""

    def __init__(self, reply: Callable[[ModelTicket], ModelReply] = lambda _: answered()) -> None:
        self.reply = reply
        self.let = threading.Event()
        self.let.set()
        self.calls: list[list[ModelTicket]] = []
        self.deadlines: list[float] = []
        self.traceparents: list[str | None] = []
        self.at_once = 0
        self.most_at_once = 0
        self._counting = threading.Lock()

    def ask(
        self, tickets: Sequence[ModelTicket], deadline: float, *, traceparent: str | None = None
    ) -> list[ModelReply]:
        with self._counting:
            self.calls.append(list(tickets))
            self.deadlines.append(deadline)
            self.traceparents.append(traceparent)
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        self.let.wait(10)
        with self._counting:
            self.at_once -= 1
        return [self.reply(ticket) for ticket in tickets]

    @property
    def asked(self) -> list[str]:
        """Subjects in the order in which they were asked about."""
        return [ticket.subject for call in self.calls for ticket in call]


class NoPages:
    """A memory of repeats that keeps nothing."""

    def load(self, _: Collection[TopicPartition]) -> dict[TopicPartition, list[Page]]:
        return {}

    def message(self, partition: TopicPartition, place: int, page: Page) -> Message:
        raise AssertionError(f"nothing is remembered of {partition}, yet page {page.number} goes to {place}")


def no_repeats() -> Repeats:
    """Lets every repeat pass."""
    return Repeats(CREATED, 0, NoPages())
