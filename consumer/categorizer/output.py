"""From a finished envelope to the messages of its transaction."""

from collections.abc import Iterable
from datetime import UTC, datetime

from consumer.answer.cache import Answer
from consumer.bad_records.dead_letter import Failure, dead_letter
from consumer.categorizer.audit import AuditSample
from consumer.categorizer.envelope import DeadLetter, Envelope, Repeat
from consumer.categorizer.requeue_record import queue_message
from consumer.kafka.records import Headers, Message
from schemas.categorized import CategorizedEncoder
from schemas.identity import event_id

PASSED_ON = frozenset({"traceparent", "tracestate"})


class Emission:
    """Turns finished envelopes into messages: the event, its audit copy, its place in the queue, or a dead letter."""

    def __init__(
        self,
        encoder: CategorizedEncoder,
        audit: AuditSample,
        *,
        categorized: str,
        audit_topic: str,
        recategorize: str,
        dead_letters: str,
        group: str,
        service_version: str,
    ) -> None:
        self._encoder = encoder
        self._audit = audit
        self._categorized = categorized
        self._audit_topic = audit_topic
        self._recategorize = recategorize
        self._dead_letters = dead_letters
        self._group = group
        self._service_version = service_version

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
                case DeadLetter(reason, detail):
                    messages.append(
                        dead_letter(
                            envelope.record,
                            Failure(reason, detail),
                            topic=self._dead_letters,
                            group=self._group,
                            service_version=self._service_version,
                            now=datetime.fromtimestamp(now_ms / 1000, UTC),
                        )
                    )
                case Repeat():
                    pass
                case None:
                    raise AssertionError("a slot was given back before it was done")
        return messages

    def _answered(self, envelope: Envelope, answer: Answer, now_s: float, now_ms: int, messages: list[Message]) -> None:
        ticket = envelope.ticket
        assert ticket is not None  # noqa: S101 - only decoded tickets are answered
        topic, partition, offset, timestamp_ms = envelope.source
        ticket_id = ticket["ticket_id"]
        sampled = self._audit.probability(ticket_id)
        total_us = int((now_s - envelope.entered_s) * 1e6)
        stages_us = envelope.decode_us + envelope.lookup_us + envelope.queue_us + envelope.model_us + envelope.rules_us
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
            "timings": {
                "received_at": envelope.received_us,
                "decode_us": envelope.decode_us,
                "lookup_us": envelope.lookup_us,
                "queue_us": envelope.queue_us,
                "model_us": envelope.model_us,
                "rules_us": envelope.rules_us,
                # A record's own stages may still run when it is found ready: they are no waiting.
                "wait_us": max(0, min(int((now_s - envelope.ready_s) * 1e6), total_us - stages_us)),
                "total_us": total_us,
            },
            "model_outcome": envelope.model_outcome,
            "model_call_id": envelope.call_id,
            "attempts": envelope.attempts,
            "audit_probability": sampled,
            "service_version": self._service_version,
            "created_at": ticket["created_at"],
            "categorized_at": now_ms,
        }
        key = ticket_id.encode()
        value = self._encoder.event(head, answer.encoded, tail)
        headers = _passed_on(envelope.record.headers)
        messages.append(Message(self._categorized, key, value, headers))
        if sampled:
            messages.append(Message(self._audit_topic, key, value, headers))
        if answer.provisional:
            messages.append(
                queue_message(
                    self._recategorize,
                    key,
                    envelope.record,
                    envelope.source,
                    revision=envelope.revision + 1,
                    asks=envelope.asks,
                )
            )


def _passed_on(headers: Headers) -> Headers | None:
    return [h for h in headers if h[0] in PASSED_ON] if headers else None
