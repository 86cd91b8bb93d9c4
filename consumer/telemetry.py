"""Timings and state changes that belong to no ticket: at most once, and never in anyone's way."""

import uuid
from collections.abc import Callable
from typing import Protocol

from consumer.guards.breaker import BreakerChange
from consumer.model.types import CallReport
from consumer.record import Message
from schemas.codec import RegistryUnavailable
from schemas.events import Operation, OperationKind

CLOSE_S = 1.0


class Offering(Protocol):
    """Where telemetry goes: `consumer.kafka_out.PlainProducer`, or a list in tests."""

    def offer(self, message: Message) -> bool: ...

    def flush(self, timeout_s: float) -> int: ...


class Telemetry:
    """Writes Operation events to `ticket-telemetry`; what cannot be written at once is dropped and counted."""

    def __init__(
        self,
        producer: Offering,
        encode: Callable[[Operation], bytes],
        *,
        topic: str,
        instance: str,
        service_version: str,
    ) -> None:
        self._producer = producer
        self._encode = encode
        self._topic = topic
        self._instance = instance
        self._service_version = service_version
        self.dropped = 0

    def call_ended(self, report: CallReport) -> None:
        """One HTTP call to the model, with all its tries."""
        detail = {"tickets": str(report.tickets)}
        if report.reason:
            detail["reason"] = report.reason
        self._write(
            "TIMING",
            report.operation,
            report.outcome,
            started_us=report.started_at_us,
            duration_us=report.duration_us,
            attempts=report.attempts,
            event_id=str(uuid.UUID(report.call_id)),
            detail=detail,
        )

    def breaker_changed(self, change: BreakerChange) -> None:
        """A breaker's new state."""
        self._write("BREAKER", change.name, change.state, started_us=change.since_us, attempts=change.failures)

    def timed(
        self, operation: str, outcome: str, started_us: int, duration_us: int, detail: dict[str, str] | None = None
    ) -> None:
        """Any other operation of the service."""
        self._write("TIMING", operation, outcome, started_us=started_us, duration_us=duration_us, detail=detail)

    def close(self) -> None:
        """Give what was offered a moment to leave."""
        self._producer.flush(CLOSE_S)

    def _write(
        self,
        kind: OperationKind,
        operation: str,
        outcome: str,
        *,
        started_us: int,
        duration_us: int = 0,
        attempts: int = 1,
        event_id: str | None = None,
        detail: dict[str, str] | None = None,
    ) -> None:
        event: Operation = {
            "kind": kind,
            "event_id": event_id or str(uuid.uuid4()),
            "operation": operation,
            "outcome": outcome,
            "started_at": started_us,
            "duration_us": duration_us,
            "attempts": attempts,
            "ticket_id": None,
            "instance": self._instance,
            "detail": detail or {},
            "service_version": self._service_version,
        }
        try:
            value = self._encode(event)
        except RegistryUnavailable:
            # The call or transaction that is told of here went well; its answers must not be lost for that.
            self.dropped += 1
            return
        if not self._producer.offer(Message(self._topic, self._instance.encode(), value)):
            self.dropped += 1
