"""From a finished slot to the messages of its transaction."""

from collections.abc import Iterable
from datetime import UTC, datetime

from consumer.bad_records.dead_letter import Failure, dead_letter
from consumer.categorizer.audit import AuditSample
from consumer.categorizer.envelope import Answer, DeadLetter, Repeat, Slot
from consumer.categorizer.requeue_record import queue_message
from consumer.kafka.records import Headers, Message
from schemas.categorized import CategorizedEncoder
from schemas.identity import event_id

PASSED_ON = frozenset({"traceparent", "tracestate"})


class Emission:
    """Turns finished slots into messages: the event, its audit copy, its place in the queue, or a dead letter."""

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

    def messages(self, slots: Iterable[Slot], now_s: float, now_ms: int) -> list[Message]:
        """Everything that one transaction writes for these slots.

        Args:
            slots: finished ones.
            now_s: monotonic time; `wait_us` and `total_us` are measured up to it.
            now_ms: wall-clock time; becomes `categorized_at`.
        """
        messages: list[Message] = []
        for slot in slots:
            match slot.outcome:
                case Answer() as answer:
                    self._answered(slot, answer, now_s, now_ms, messages)
                case DeadLetter(reason, detail):
                    messages.append(
                        dead_letter(
                            slot.record,
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

    def _answered(self, slot: Slot, answer: Answer, now_s: float, now_ms: int, messages: list[Message]) -> None:
        ticket = slot.ticket
        assert ticket is not None  # noqa: S101 - only decoded tickets are answered
        topic, partition, offset, timestamp_ms = slot.source
        ticket_id = ticket["ticket_id"]
        sampled = self._audit.probability(ticket_id)
        total_us = int((now_s - slot.entered_s) * 1e6)
        stages_us = slot.decode_us + slot.lookup_us + slot.queue_us + slot.model_us + slot.rules_us
        head = {
            "event_id": event_id(topic, partition, offset, slot.revision),
            "ticket_event_id": ticket["event_id"],
            "ticket_id": ticket_id,
            "revision": slot.revision,
            "language": ticket["language"],
            "channel": ticket["channel"],
        }
        tail = {
            "source": {"topic": topic, "partition": partition, "offset": offset, "timestamp": timestamp_ms},
            "timings": {
                "received_at": slot.received_us,
                "decode_us": slot.decode_us,
                "lookup_us": slot.lookup_us,
                "queue_us": slot.queue_us,
                "model_us": slot.model_us,
                "rules_us": slot.rules_us,
                # A record's own stages may still run when it is found ready: they are no waiting.
                "wait_us": max(0, min(int((now_s - slot.ready_s) * 1e6), total_us - stages_us)),
                "total_us": total_us,
            },
            "model_outcome": slot.model_outcome,
            "model_call_id": slot.call_id,
            "attempts": slot.attempts,
            "audit_probability": sampled,
            "service_version": self._service_version,
            "created_at": ticket["created_at"],
            "categorized_at": now_ms,
        }
        key = ticket_id.encode()
        value = self._encoder.event(head, answer.encoded, tail)
        headers = _passed_on(slot.record.headers)
        messages.append(Message(self._categorized, key, value, headers))
        if sampled:
            messages.append(Message(self._audit_topic, key, value, headers))
        if answer.provisional:
            messages.append(
                queue_message(
                    self._recategorize, key, slot.record, slot.source, revision=slot.revision + 1, asks=slot.asks
                )
            )


def _passed_on(headers: Headers) -> Headers | None:
    return [h for h in headers if h[0] in PASSED_ON] if headers else None
