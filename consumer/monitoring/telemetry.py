"""Sends timings and changes of state that belong to no ticket. Delivery is at most once and never blocks."""

from collections.abc import Callable
from typing import Protocol

import structlog

from consumer.guards.breaker import BreakerChange
from consumer.kafka.records import Message
from consumer.model.types import CallReport
from consumer.monitoring.operation_events import Operations
from schemas.codec import RegistryUnavailable
from schemas.events import Operation

log = structlog.get_logger()

CLOSE_S = 1.0


class Offering(Protocol):
    """Where telemetry goes: `consumer.kafka.producer.PlainProducer`, or a list in tests."""

    def offer(self, message: Message) -> bool: ...

    def hear(self, now: float) -> None: ...

    def flush(self, timeout_s: float) -> int: ...


class Telemetry:
    """Writes Operation events to `ticket-telemetry`; an event that cannot be queued at once is dropped and counted."""

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
        self._key = instance.encode()
        self._operations = Operations(instance, service_version)
        self.dropped = 0

    def call_ended(self, report: CallReport) -> None:
        """One HTTP call to the model, with all its tries."""
        self._write(self._operations.call(report))

    def breaker_changed(self, change: BreakerChange) -> None:
        """A breaker's new state."""
        self._write(self._operations.breaker(change))

    def timed(
        self, operation: str, outcome: str, started_us: int, duration_us: int, detail: dict[str, str] | None = None
    ) -> None:
        """Any other operation of the service."""
        self._write(self._operations.timing(operation, outcome, started_us, duration_us, detail))

    def look(self, now: float) -> None:
        """Hear what became of earlier events; `now` is monotonic time."""
        self._producer.hear(now)

    def close(self) -> None:
        """Wait a moment for events that are not sent yet, and log how many were dropped."""
        self._producer.flush(CLOSE_S)
        if self.dropped:
            log.warning("telemetry.dropped", events=self.dropped)

    def _write(self, event: Operation) -> None:
        try:
            value = self._encode(event)
        except RegistryUnavailable:
            # The reported call or transaction succeeded: an error here would lose its answers.
            self.dropped += 1
            return
        if not self._producer.offer(Message(self._topic, self._key, value)):
            self.dropped += 1
