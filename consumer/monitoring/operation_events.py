"""Makes Operation events of calls, breakers and other timed operations."""

import uuid
from typing import NamedTuple

from consumer.guards.breaker import BreakerChange
from consumer.model.types import CallReport
from schemas.events import Operation


class Operations(NamedTuple):
    """Makes Operation events.

    Attributes:
        instance: The process that reports.
        service_version: Of this program.
    """

    instance: str
    service_version: str

    def call(self, report: CallReport) -> Operation:
        """One HTTP call to the model, with all its tries."""
        detail = {"tickets": str(report.tickets)}
        if report.reason:
            detail["reason"] = report.reason
        event_id = str(uuid.UUID(report.call_id))
        event: Operation = {
            **self._named(event_id, report.operation, report.outcome, report.started_at_us, report.duration_us),
            "attempts": report.attempts,
            "detail": detail,
        }
        if report.usage is not None:
            event["input_tokens"], event["cached_tokens"], event["output_tokens"], event["cost"] = report.usage
        return event

    def breaker(self, change: BreakerChange) -> Operation:
        """A breaker's new state."""
        return {
            **self.timing(change.name, change.state, change.since_us, 0),
            "kind": "BREAKER",
            "attempts": change.failures,
        }

    def timing(
        self,
        operation: str,
        outcome: str,
        started_us: int,
        duration_us: int,
        detail: dict[str, str] | None = None,
        ticket_id: str | None = None,
    ) -> Operation:
        """Any other operation."""
        return {
            **self._named(str(uuid.uuid4()), operation, outcome, started_us, duration_us),
            "ticket_id": ticket_id,
            "detail": detail or {},
        }

    def _named(self, event_id: str, operation: str, outcome: str, started_us: int, duration_us: int) -> Operation:
        return {
            "kind": "TIMING",
            "event_id": event_id,
            "operation": operation,
            "outcome": outcome,
            "started_at": started_us,
            "duration_us": duration_us,
            "attempts": 1,
            "ticket_id": None,
            "instance": self.instance,
            "detail": {},
            "service_version": self.service_version,
            "input_tokens": None,
            "cached_tokens": None,
            "output_tokens": None,
            "cost": None,
        }
