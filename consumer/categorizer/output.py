"""From a finished envelope to the messages of its transaction."""

from collections.abc import Iterable
from datetime import UTC, datetime
from hashlib import sha256
from typing import NamedTuple

from consumer.answer.cache import Answer
from consumer.bad_records.dead_letter import DeadLetter, DeadLetterWriter
from consumer.categorizer.envelope import Done, Envelope, Repeat
from consumer.categorizer.requeue_record import queue_message
from consumer.kafka.records import Headers, Message
from schemas.categorized import CategorizedEncoder
from schemas.identity import event_id

PASSED_ON = frozenset({"traceparent", "tracestate"})


class OutputTopics(NamedTuple):
    """Where answers go, beside the dead letters."""

    categorized: str
    audit: str
    recategorize: str


class AuditSample:
    """The random sample of tickets that people judge, whatever the machine's confidence.

    The ticket's id alone decides, so that every revision of a ticket is in or out alike.
    """

    def __init__(self, share: float, seed: str) -> None:
        self._share = share
        self._below = int(share * 2**64)
        self._seed = seed.encode()

    def probability(self, ticket_id: str) -> float:
        """The share when the ticket is sampled, else 0."""
        if not self._below:
            return 0.0
        digest = sha256(self._seed + ticket_id.encode("utf-8", "surrogatepass")).digest()
        return self._share if int.from_bytes(digest[:8], "big") < self._below else 0.0


class Output:
    """Turns finished envelopes into messages: the event, its audit copy, its record in the queue, or a dead letter.

    Args:
        topics: where the messages go.
        encoder: of the event.
        audit: which answers are copied for people to judge.
        letters: writes dead letters.
    """

    def __init__(
        self, topics: OutputTopics, encoder: CategorizedEncoder, audit: AuditSample, letters: DeadLetterWriter
    ) -> None:
        self._topics = topics
        self._encoder = encoder
        self._audit = audit
        self._letters = letters

    def messages(self, envelopes: Iterable[Envelope], now_s: float, now_ms: int) -> list[Message]:
        """Everything that one transaction writes for these envelopes.

        Args:
            envelopes: finished ones.
            now_s: monotonic time; `wait_us` and `total_us` are measured up to it.
            now_ms: wall-clock time; becomes `categorized_at`.
        """
        messages: list[Message] = []
        for envelope in envelopes:
            match envelope.outcome:
                case Answer() as answer:
                    self._answered(envelope, answer, now_s, now_ms, messages)
                case DeadLetter() as letter:
                    failed_at = datetime.fromtimestamp(now_ms / 1000, UTC)
                    messages.append(self._letters.message(envelope.record, letter, failed_at))
                case Repeat() | Done():
                    pass
                case None:
                    raise AssertionError("an envelope was given back before it was done")
        return messages

    def _answered(self, envelope: Envelope, answer: Answer, now_s: float, now_ms: int, messages: list[Message]) -> None:
        ticket = envelope.decoded
        topic, partition, offset, timestamp_ms = envelope.source
        ticket_id = ticket["ticket_id"]
        sampled = self._audit.probability(ticket_id)
        head = {
            "event_id": event_id(topic, partition, offset, envelope.revision),
            "ticket_event_id": ticket["event_id"],
            "ticket_id": ticket_id,
            "revision": envelope.revision,
            "language": ticket["language"],
            "channel": ticket["channel"],
        }
        tail = {
            "source": {"topic": topic, "partition": partition, "offset": offset, "timestamp": timestamp_ms},
            "timings": _timings(envelope, now_s),
            "model_outcome": envelope.model_outcome,
            "model_call_id": envelope.call_id,
            "attempts": envelope.attempts,
            "audit_probability": sampled,
            "service_version": self._letters.service_version,
            "created_at": ticket["created_at"],
            "categorized_at": now_ms,
            "text_removed_chars": envelope.text_removed_chars,
        }
        key = ticket_id.encode()
        value = self._encoder.event(head, answer.encoded, tail)
        headers = _headers(answer, envelope)
        messages.append(Message(self._topics.categorized, key, value, headers))
        if sampled:
            messages.append(Message(self._topics.audit, key, value, headers))
        if answer.provisional:
            messages.append(
                queue_message(
                    self._topics.recategorize,
                    key,
                    envelope.record,
                    envelope.source,
                    revision=envelope.revision + 1,
                    asks=envelope.asks,
                )
            )


def _timings(envelope: Envelope, now_s: float) -> dict[str, int]:
    total_us = int((now_s - envelope.entered_s) * 1e6)
    stages_us = envelope.decode_us + envelope.lookup_us + envelope.queue_us + envelope.model_us + envelope.rules_us
    return {
        "received_at": envelope.received_us,
        "decode_us": envelope.decode_us,
        "lookup_us": envelope.lookup_us,
        "queue_us": envelope.queue_us,
        "model_us": envelope.model_us,
        "rules_us": envelope.rules_us,
        # A record's own stages may still run when it is found ready: they are no waiting.
        "wait_us": max(0, min(int((now_s - envelope.ready_s) * 1e6), total_us - stages_us)),
        "total_us": total_us,
    }


def _headers(answer: Answer, envelope: Envelope) -> Headers:
    theirs = envelope.record.headers
    if not theirs and not envelope.revision:
        return answer.headers
    revision = ("ts-revision", str(envelope.revision).encode())
    return [*answer.headers[:-1], revision, *(header for header in theirs if header[0] in PASSED_ON)]
